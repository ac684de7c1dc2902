"""What one rib needs of another, as Protocols; plan binds them."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.aws.policies.asked import Effect
from limen.gateway.exchange import Exchange


class PrivateAddresses(Protocol):
    """Where private integrations lead to."""

    def get_address(self, integration: Mapping[str, Any], variables: Mapping[str, str]) -> str:
        """A URL of scheme, host and port. Raises LookupError, in words for the log, where no setting names one."""


class ActingCallers(Protocol):
    """Those who signed requests, where a backend is called as them."""

    def find_key(self, exchange: Exchange) -> AccessKey | None:
        """None where nobody signed."""

    def weigh(self, exchange: Exchange, action: str, resource: str) -> Effect:
        """What their own policies say. NEITHER: a policy of the resource may still allow it."""


EventKind: TypeAlias = Literal["TOKEN", "REQUEST", "1.0", "2.0"]
"""What an authorizer function is given: the first two by REST APIs, the payload format versions by HTTP APIs."""


class AuthorizerUse(Struct, frozen=True, kw_only=True):
    """A function as one route or method uses it to authorize requests."""

    kind: EventKind
    uri: str
    credentials: str = ""
    authorizer_id: str
    account: str
    region: str
    api_id: str
    stage_name: str
    route_key: str = ""
    """Of HTTP APIs."""
    variables: Mapping[str, str]
    timeout: float
    """Seconds."""


class FunctionReply(Struct, frozen=True, kw_only=True):
    """What became of one call of a function."""

    payload: bytes = b""
    """What it returned, or the error object of one that failed."""
    is_error: bool = False
    """The function was run and failed."""
    problem: str = ""
    """Why it was not run or has not answered, in words for the log."""
    status: int | None = None
    """Of the answer of Lambda; None where none came."""
    request_id: str = ""
    latency: float = 0.0
    """Seconds."""


class AskFunction(Protocol):
    """One function as one route or method asks it."""

    def __call__(
        self, exchange: Exchange, arn: str, identity: list[str], hear: Callable[[FunctionReply], None]
    ) -> None:
        """Returns at once; `hear` is called once, later or before this returns.

        `arn` is what the request asks to invoke, `identity` the values of the identity sources in their order.
        """


class AuthorizerFunctions(Protocol):
    """Functions that are asked who may pass."""

    def compile(self, use: AuthorizerUse) -> AskFunction:
        """Raises PlanError, and LookupError for a stage variable."""
