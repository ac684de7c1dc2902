"""As whom an integration calls an AWS service: a role that is assumed, or whom the settings name for the service."""

import re
from collections.abc import Mapping
from typing import Protocol

from limen.aws.arn import find_arn
from limen.aws.credentials import AccessKey
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.ports import ActingCallers
from limen.gateway.stage_variables import fill_stage_variables, mentions_stage_variables
from limen.integrations.role_sessions import RoleSessions
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.service_place import Keys, NoCredentialsError, Place

CALLER = "arn:aws:iam::*:user/*"
"""As credentials: those of whoever calls the API."""

NOT_OF_AWS = (
    f"credentials {CALLER!r} pass on the caller's identity, and who signs for this API is a user of Limen's, whom AWS "
    "does not know: give the integration a role"
)
NOBODY_SIGNED = (
    f"credentials {CALLER!r} pass on the caller's identity, and nobody signed the request: AWS_IAM authorization is "
    "needed"
)

_ROLE = re.compile(r"role/.+")


class Caller(Protocol):
    """As whom an integration calls its service."""

    def find(self, exchange: Exchange) -> AccessKey | None:
        """None where it takes a call to find out. Raises NoCredentialsError."""

    async def wait(self) -> AccessKey:
        """Called where `find` has answered None. Raises NoCredentialsError."""


def compile_caller(
    given: str, region: str, variables: Mapping[str, str], place: Place, services: ServiceEndpoints
) -> Caller:
    """`given` is what the integration has as credentials, empty where it has none; `region` that of its API.

    Raises PlanError, and LookupError for a stage variable.
    """
    try:
        role = resolve_role(given, variables)
    except NoCredentialsError as error:
        return _NotServed(str(error))
    if role == CALLER:
        return _NotServed(NOT_OF_AWS) if place.is_aws else _Signed(services.callers)
    if not role:
        return _Own(place.keys)
    sts = services.locate("sts", region)
    if sts.is_aws and not place.is_aws:
        # A server that is like one service of AWS has no STS to ask, and knows no roles.
        return _Own(place.keys)
    return _Role(role, place.keys, sts, services.roles)


def resolve_role(given: str, variables: Mapping[str, str]) -> str:
    """The ARN of the role that credentials name, or CALLER; empty where there are none.

    Raises PlanError, LookupError for a stage variable, and NoCredentialsError for what one stage cannot be served with.
    """
    credentials = fill_stage_variables(given, variables)
    if credentials == CALLER:
        return CALLER
    arn = find_arn(credentials)
    if credentials and (arn is None or arn.service != "iam" or not _ROLE.fullmatch(arn.resource)):
        problem = f"integration credentials {credentials!r} are not the ARN of a role"
        if mentions_stage_variables(given):
            # The document is right, one stage's variables are not.
            raise NoCredentialsError(problem)
        raise PlanError(problem)
    return credentials


class _Own:
    """Nobody was named: the credentials that the settings give for the service itself."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def find(self, exchange: Exchange) -> AccessKey:
        return self._keys.find()

    async def wait(self) -> AccessKey:
        return self._keys.find()


class _Role:
    """A role, assumed in the region of the API by the credentials of the settings."""

    def __init__(self, role: str, own: Keys, sts: Place, sessions: RoleSessions) -> None:
        self._role = role
        self._own = own
        self._sts = sts
        self._sessions = sessions

    def find(self, exchange: Exchange) -> AccessKey | None:
        self._own.find()  # A service that no setting leads to is not called as a role either.
        return self._sessions.find(self._role, self._sts)

    async def wait(self) -> AccessKey:
        return await self._sessions.assume(self._role, self._sts)


class _Signed:
    """Whoever signed the request."""

    def __init__(self, callers: ActingCallers) -> None:
        self._callers = callers

    def find(self, exchange: Exchange) -> AccessKey:
        key = self._callers.find_key(exchange)
        if key is None:
            raise NoCredentialsError(NOBODY_SIGNED)
        return key

    async def wait(self) -> AccessKey:
        raise NoCredentialsError(NOBODY_SIGNED)


class _NotServed:
    def __init__(self, reason: str) -> None:
        self._reason = reason

    def find(self, exchange: Exchange) -> AccessKey:
        raise NoCredentialsError(self._reason)

    async def wait(self) -> AccessKey:
        raise NoCredentialsError(self._reason)
