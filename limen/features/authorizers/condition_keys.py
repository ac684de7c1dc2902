"""What conditions of policies may look at in a request to an API.

Guide: "AWS condition keys that can be used in API Gateway resource policies".
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from time import time

from limen.aws.identities import Principal
from limen.aws.policies.asked import ANYBODY, Asker, Context, principal_asker
from limen.gateway.caller import IamIdentity
from limen.gateway.exchange import Exchange

_OF_REQUESTS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalisawsservice",
        "aws:referer",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:useragent",
        "aws:viaawsservice",
    }
)
_OF_SIGNERS = frozenset(
    {
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principaltype",
        "aws:sourceidentity",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
    }
)
"""Missing where nobody signed."""
_OF_NOBODY = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
    }
)
"""What a client that calls a regional API by itself has none of: no service, no VPC, no second factor."""
_KNOWN = _OF_REQUESTS | _OF_SIGNERS | _OF_NOBODY
_TAG = "aws:principaltag/"


def is_known(key: str) -> bool:
    """By its name in lower case. A condition on another key lets nothing through."""
    return key in _KNOWN or key.startswith(_TAG)


def condition_values(exchange: Exchange) -> dict[str, str]:
    """Of a request, whoever sent it. `Referer` and `User-Agent` are as the client says."""
    now = int(time())
    values = {
        "aws:currenttime": _stamp(now),
        "aws:epochtime": str(now),
        "aws:principalisawsservice": "false",
        "aws:requestedregion": exchange.stage.region,
        "aws:securetransport": "true",  # there is no listener without TLS
        "aws:sourceip": exchange.client.source_ip,
        "aws:viaawsservice": "false",
    }
    for key, lower in (("aws:useragent", b"user-agent"), ("aws:referer", b"referer")):
        value = exchange.find_header(lower)
        if value is not None:
            values[key] = value.decode("utf-8", "replace")
    return values


def caller_values(exchange: Exchange) -> Context:
    """With those of whoever signed it."""
    values = condition_values(exchange)
    iam = None if exchange.caller is None else exchange.caller.iam
    if iam is None:
        return values
    return {**values, **_identity_values(iam)}


def asker_of(exchange: Exchange) -> Asker:
    """Whom a resource policy may name: who signed the request; bearers of tokens are nobody to IAM."""
    iam = None if exchange.caller is None else exchange.caller.iam
    if iam is None:
        return ANYBODY
    if iam.principal is not None:
        return principal_asker(iam.principal)
    return principal_asker(Principal(kind="User", arn=iam.user_arn, account=iam.account, user_id=iam.user_id))


def _identity_values(iam: IamIdentity) -> Mapping[str, str]:
    values = {
        "aws:principalaccount": iam.account,
        "aws:principalarn": iam.user_arn,
        "aws:userid": iam.user_id,
    }
    if iam.organization:
        values["aws:principalorgid"] = iam.organization
    if iam.principal is not None:
        values |= _principal_values(iam.principal)
    return values


def _principal_values(principal: Principal) -> dict[str, str]:
    kind = "Account" if principal.is_root else principal.kind
    values = {"aws:principalarn": principal.principal_arn, "aws:principaltype": kind}
    if principal.kind == "User" and principal.name:
        values["aws:username"] = principal.name
    session = principal.session
    if session is not None:
        # Of temporary credentials alone; nobody here has a second factor.
        values["aws:multifactorauthpresent"] = "false"
        values["aws:tokenissuetime"] = _stamp(session.issued)
        if session.source_identity:
            values["aws:sourceidentity"] = session.source_identity
    return values | {_TAG + name.lower(): value for name, value in principal.tags.items()}


@lru_cache(maxsize=64)
def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
