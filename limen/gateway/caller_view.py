"""What is shown of a caller: variables of `$context.authorizer` and `$context.identity`, and what events say of it.

Guide: "$context variables for data models, authorizers, mapping templates, and CloudWatch access logging".
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from limen.gateway.caller import Caller, IamIdentity
from limen.gateway.exchange import Exchange

Read: TypeAlias = Callable[[Exchange], str | None]

_CLAIMS = "claims."
_OF_IAM: dict[str, Callable[[IamIdentity], str]] = {
    "accessKey": lambda iam: iam.access_key,
    "accountId": lambda iam: iam.account,
    "caller": lambda iam: iam.caller_id,
    "principalOrgId": lambda iam: iam.organization,
    "user": lambda iam: iam.user_id,
    "userArn": lambda iam: iam.user_arn,
}
"""`$context.identity` of a caller that signed its request, and `requestContext.identity` of events in format 1.0."""


# --- variables


def authorizer_reader(name: str) -> Read:
    """`$context.authorizer.{name}`: of the authorizer itself, a claim of a token, or what a function answered."""
    own = AUTHORIZER_VARIABLES.get(name)
    if own is not None:
        return own
    if name.startswith(_CLAIMS):
        claim = name.removeprefix(_CLAIMS)
        return lambda exchange: find_claim(exchange, claim)
    return lambda exchange: find_property(exchange, name)


def find_claim(exchange: Exchange, name: str) -> str | None:
    caller = exchange.caller
    return None if caller is None or caller.claims is None else text_of_property(caller.claims.get(name))


def find_property(exchange: Exchange, name: str) -> str | None:
    """What a Lambda authorizer answered by that name, as text."""
    return None if exchange.caller is None else text_of_property(exchange.caller.context.get(name))


def text_of_property(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def identity_reader(name: str) -> Read:
    """`$context.identity.{name}`, as far as it is of a caller that signed its request."""
    read = _OF_IAM[name]

    def read_identity(exchange: Exchange) -> str | None:
        caller = exchange.caller
        return None if caller is None or caller.iam is None else read(caller.iam) or None

    return read_identity


def _principal_id(exchange: Exchange) -> str | None:
    return None if exchange.caller is None else exchange.caller.principal_id or None


def _error(exchange: Exchange) -> str | None:
    return exchange.authorizer_error


def _latency(exchange: Exchange) -> str | None:
    """Milliseconds."""
    return None if exchange.authorizer_latency is None else str(int(exchange.authorizer_latency * 1000))


def _status(exchange: Exchange) -> str | None:
    return None if exchange.authorizer_status is None else str(exchange.authorizer_status)


def _integration_status(exchange: Exchange) -> str | None:
    status = exchange.authorizer_integration_status
    return None if status is None else str(status)


def _request_id(exchange: Exchange) -> str | None:
    return exchange.authorizer_request_id or None


AUTHORIZER_VARIABLES: dict[str, Read] = {
    "error": _error,
    "integrationLatency": _latency,
    "integrationStatus": _integration_status,
    "latency": _latency,
    "principalId": _principal_id,
    "requestId": _request_id,
    "status": _status,
}
"""By their names below `$context.authorizer`; no key of a context and no claim stands in for them."""

IDENTITY_VARIABLES = tuple(_OF_IAM)


# --- events


def identity_of(caller: Caller | None) -> dict[str, str | None]:
    """What `requestContext.identity` of format 1.0 says of a caller that signed its request; nothing of another."""
    if caller is None or caller.iam is None:
        return {}
    iam = caller.iam
    return {name: read(iam) or None for name, read in _OF_IAM.items()}


def rest_authorizer(exchange: Exchange) -> dict[str, Any] | None:
    """`requestContext.authorizer` of REST APIs; None where events have none."""
    caller = exchange.caller
    if caller is None:
        return None
    if caller.kind == "lambda":
        own = {"principalId": caller.principal_id, "integrationLatency": _whole_ms(exchange)}
        return {**_texts(caller.context), **own}
    if caller.kind == "cognito":
        return {"claims": caller.claims}
    if caller.kind == "jwt":
        return {"claims": caller.claims, "scopes": caller.scopes}
    return None


def http_authorizer_v1(exchange: Exchange) -> dict[str, Any]:
    """`requestContext.authorizer` of HTTP APIs in format 1.0, which has one whoever calls."""
    caller = exchange.caller
    if caller is not None and caller.kind == "lambda":
        own: dict[str, Any] = {"integrationLatency": _whole_ms(exchange)}
        if caller.principal_id:
            own["principalId"] = caller.principal_id
        return {**caller.context, **own}
    return {"claims": caller and caller.claims, "scopes": caller and caller.scopes}


def http_authorizer_v2(caller: Caller) -> bytes:
    """`requestContext.authorizer` of HTTP APIs in format 2.0 as JSON, made once for each caller."""
    if caller.shown is None:
        caller.shown = orjson.dumps({_KINDS_V2.get(caller.kind, caller.kind): _v2_of(caller)})
    return caller.shown


_KINDS_V2 = {"cognito": "jwt"}


def _v2_of(caller: Caller) -> Mapping[str, Any] | None:
    if caller.kind == "lambda":
        return caller.context
    if caller.iam is None:
        return {"claims": caller.claims, "scopes": caller.scopes}
    iam = caller.iam
    return {
        "accessKey": iam.access_key,
        "accountId": iam.account,
        "callerId": iam.caller_id,
        "cognitoIdentity": None,
        "principalOrgId": iam.organization or None,
        "userArn": iam.user_arn,
        "userId": iam.user_id,
    }


def _texts(context: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: text_of_property(value) for name, value in context.items()}


def _whole_ms(exchange: Exchange) -> int:
    return int((exchange.authorizer_latency or 0.0) * 1000)
