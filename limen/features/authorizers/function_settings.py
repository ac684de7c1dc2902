"""What a Lambda authorizer is compiled from: its document, as REST and HTTP APIs have it, in one shape."""

from collections.abc import Hashable
from typing import Any

import orjson
import re2
from msgspec import Struct

from limen.features.authorizers.function_output import (
    Parse,
    parse_policy_v1,
    parse_policy_v2,
    parse_rest_policy,
    parse_simple,
)
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.identity_sources import Source, parse_http_sources, parse_rest_sources
from limen.gateway import errors, rest_errors
from limen.gateway.errors import Failure, PlanError
from limen.gateway.ports import EventKind

REST_TIMEOUT = 29.0
HTTP_TIMEOUT = 10.0
"""Seconds (AWS quotas)."""
DEFAULT_REST_TTL = 300


class Failures(Struct, frozen=True):
    """How the API type answers who may not pass."""

    unauthorized: Failure
    denied: Failure
    failed: Failure
    """The function was run, and failed."""
    misconfigured: Failure
    """It was not run, did not answer in time, or answered what cannot be understood."""


OF_REST = Failures(
    unauthorized=rest_errors.UNAUTHORIZED,
    denied=rest_errors.ACCESS_DENIED,
    failed=rest_errors.AUTHORIZER_FAILURE,
    misconfigured=rest_errors.AUTHORIZER_CONFIGURATION_ERROR,
)
OF_HTTP = Failures(
    unauthorized=errors.UNAUTHORIZED,
    denied=errors.FORBIDDEN,
    failed=errors.AUTHORIZER_FAILURE,
    misconfigured=errors.AUTHORIZER_CONFIGURATION_ERROR,
)


class FunctionSettings(Struct, frozen=True, kw_only=True):
    """`ttl` in seconds, 0 where answers are not kept; `expression` is a compiled pattern of RE2 or None."""

    authorizer_id: str
    name: str
    kind: EventKind
    uri: str
    credentials: str
    sources: list[Source]
    requires_identity: bool
    """What lacks an identity is refused without asking."""
    takes_one_value: bool
    """The function sees one value, so that a request with several could show it one and a backend another."""
    expression: Any
    ttl: int
    parse: Parse
    failures: Failures
    timeout: float
    configuration: Hashable
    """Two that differ share no answers."""

    @property
    def is_rest(self) -> bool:
        return self.kind in ("TOKEN", "REQUEST")


def read_rest_settings(guarded: Guarded) -> FunctionSettings:
    """Raises PlanError."""
    authorizer = _get_authorizer(guarded, "type", ("TOKEN", "REQUEST"))
    kind = authorizer["type"]
    ttl = authorizer.get("authorizerResultTtlInSeconds", DEFAULT_REST_TTL)
    sources = parse_rest_sources(authorizer.get("identitySource") or "", guarded.variables, guarded.given_context)
    if not sources and (kind == "TOKEN" or ttl):
        raise PlanError(f"authorizer {authorizer['id']} has no identity source")
    return FunctionSettings(
        authorizer_id=authorizer["id"],
        name=authorizer.get("name", ""),
        kind=kind,
        uri=authorizer.get("authorizerUri") or "",
        credentials=authorizer.get("authorizerCredentials") or "",
        sources=sources,
        requires_identity=kind == "TOKEN" or ttl > 0,
        takes_one_value=kind == "TOKEN",
        expression=_compile_expression(authorizer) if kind == "TOKEN" else None,
        ttl=ttl,
        parse=parse_rest_policy,
        failures=OF_REST,
        timeout=REST_TIMEOUT,
        configuration=_fingerprint(authorizer, guarded),
    )


def read_http_settings(guarded: Guarded) -> FunctionSettings:
    """Raises PlanError."""
    authorizer = _get_authorizer(guarded, "authorizerType", ("REQUEST",))
    version = authorizer.get("authorizerPayloadFormatVersion")
    if version not in ("1.0", "2.0"):
        raise PlanError(f"there is no payload format version {version!r} of authorizers")
    ttl = authorizer.get("authorizerResultTtlInSeconds", 0)
    sources = parse_http_sources(authorizer.get("identitySource") or [], guarded.variables)
    if not sources and ttl:
        raise PlanError(f"authorizer {authorizer['authorizerId']} has no identity source")
    is_simple = version == "2.0" and authorizer.get("enableSimpleResponses", False)
    return FunctionSettings(
        authorizer_id=authorizer["authorizerId"],
        name=authorizer.get("name", ""),
        kind=version,
        uri=authorizer.get("authorizerUri") or "",
        credentials=authorizer.get("authorizerCredentialsArn") or "",
        sources=sources,
        requires_identity=bool(sources),
        takes_one_value=False,
        expression=None,
        ttl=ttl,
        parse=parse_simple if is_simple else parse_policy_v1 if version == "1.0" else parse_policy_v2,
        failures=OF_HTTP,
        timeout=HTTP_TIMEOUT,
        configuration=_fingerprint(authorizer, guarded),
    )


def _get_authorizer(guarded: Guarded, member: str, kinds: tuple[str, ...]) -> Any:
    authorizer = guarded.authorizer
    named = guarded.method.get("authorizerId", "(none given)")
    if authorizer is None:
        raise PlanError(f"its Lambda authorizer {named} does not exist")
    if authorizer.get(member) not in kinds:
        raise PlanError(f"its authorizer {named} is of type {authorizer.get(member)}, and no Lambda authorizer")
    return authorizer


def _fingerprint(authorizer: Any, guarded: Guarded) -> bytes:
    """Stage variables may be anywhere in it."""
    return orjson.dumps([authorizer, dict(guarded.variables), guarded.account], option=orjson.OPT_SORT_KEYS)


def _compile_expression(authorizer: Any) -> Any:
    text = authorizer.get("identityValidationExpression")
    if not text:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)  # type: ignore[no-untyped-call]
    except re2.error:
        raise PlanError(f"identityValidationExpression {text!r} of authorizer {authorizer['id']}") from None
