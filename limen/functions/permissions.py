"""Whether an API may invoke a function: what the function's resource-based policies say.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
A policy belongs to one qualifier: who may invoke an alias may not thereby invoke the function or another alias.
"""

import logging

from msgspec import structs

from limen.aws.arn import find_arn
from limen.aws.identities import Principal
from limen.aws.policies.asked import Asked, principal_asker, service_asker, without_account
from limen.aws.policies.policy import Policy, compile_policy
from limen.aws.principals import read_principal
from limen.functions.errors import access_denied, invalid_parameter
from limen.functions.names import LATEST
from limen.functions.registry import Route

log = logging.getLogger("limen.functions")

API_GATEWAY = "apigateway.amazonaws.com"
ACTION = "lambda:InvokeFunction"
_ASKER = service_asker(API_GATEWAY)
_MOST_VERDICTS = 1_000
"""Of one function: sources name stage, method and path, so they are few."""


class Permissions:
    """`is_enforced`: without it what would be refused is let through, with one warning for each source."""

    def __init__(self, is_enforced: bool) -> None:
        self._is_enforced = is_enforced
        self._warned: set[tuple[str, str]] = set()

    def check(self, route: Route, source_arn: str) -> None:
        """Raises InvokeError where no policy lets the API with this ARN invoke the function by this name."""
        function = route.function
        key = (route.name.qualifier, source_arn)
        verdict = function.verdicts.get(key)
        if verdict is None:
            if len(function.verdicts) >= _MOST_VERDICTS:
                function.verdicts.clear()
            verdict = function.verdicts[key] = weigh(route, source_arn)
        if verdict:
            return
        if self._is_enforced:
            raise access_denied(ACTION, route.qualified_arn)
        self._warn(route.qualified_arn, source_arn)

    def check_principal(self, route: Route, described: bytes) -> None:
        """Raises InvokeError where no policy lets a caller invoke whom no policy of its own lets."""
        principal = _read(described)
        if weigh_principal(route, principal):
            return
        if self._is_enforced:
            raise access_denied(ACTION, route.qualified_arn, user=principal.arn)
        self._warn(route.qualified_arn, principal.arn)

    def _warn(self, arn: str, source_arn: str) -> None:
        if (arn, source_arn) in self._warned:
            return
        if len(self._warned) >= _MOST_VERDICTS:
            self._warned.clear()
        self._warned.add((arn, source_arn))
        log.warning("no policy of %s lets %s invoke it; AWS would refuse", arn, source_arn)


def weigh(route: Route, source_arn: str) -> bool:
    """A function without a policy is invoked by nobody but its account."""
    policy = _find_policy(route)
    if policy is None:
        return False
    source = find_arn(source_arn)
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": source.account if source is not None else "",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": API_GATEWAY,
        "aws:securetransport": "true",
    }
    compiled, arn = policy
    if compiled.decide(Asked(ACTION, arn, context, _ASKER)).is_allowed:
        return True
    if source is None:
        return False
    # Terraform that was told to ask for no account (skip_requesting_account_id) writes API ARNs without one, which
    # would let nobody in; Limen has one account, so it is clear whose is meant.
    context["aws:sourcearn"] = str(structs.replace(source, account=""))
    return compiled.decide(Asked(ACTION, arn, context, _ASKER)).is_allowed


def weigh_principal(route: Route, principal: Principal) -> bool:
    """A policy that names the account lets those in whose own policies let them, and no one else."""
    policy = _find_policy(route)
    if policy is None:
        return False
    compiled, arn = policy
    asker = without_account(principal_asker(principal))
    context = {
        "aws:principalarn": principal.principal_arn,
        "aws:principalaccount": principal.account,
        "aws:principaltype": "Account" if principal.is_root else principal.kind,
        "aws:principalisawsservice": "false",
        "aws:userid": principal.user_id,
        "aws:viaawsservice": "true",
        "aws:securetransport": "true",
    }
    if principal.kind == "User":
        context["aws:username"] = principal.name
    return compiled.decide(Asked(ACTION, arn, context, asker)).is_allowed


def _find_policy(route: Route) -> tuple[Policy, str] | None:
    """That of the name by which a function is invoked, and the ARN that the policy knows it by."""
    qualifier = "" if route.name.qualifier == LATEST else route.name.qualifier
    policy = route.function.record.policies.get(qualifier)
    if policy is None:
        return None
    return compile_policy(policy), f"{route.name.arn}:{qualifier}" if qualifier else route.name.arn


def _read(described: bytes) -> Principal:
    try:
        return read_principal(described)
    except ValueError:
        raise invalid_parameter("the principal is not described as it should be") from None
