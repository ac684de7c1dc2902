"""What an authorizer function returned, parsed strictly: who calls, and what they may do.

Guide: "Output from an Amazon API Gateway Lambda authorizer", "Lambda function response for format 2.0".
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson

from limen.features.authorizers.granted import Granted, MalformedPolicyError, Verdict
from limen.gateway.caller import Caller
from limen.gateway.caller_view import text_of_property
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import MethodArn

UNAUTHORIZED = "Unauthorized"
"""The error by which a function says that it does not know the caller."""
RESERVED = "claims"
"""The key of a context that is none."""
VERDICTS_KEPT = 256
"""By path; a client may choose any number of paths."""


class MalformedOutputError(ValueError):
    """The message says what is wrong with it."""


class Answer:
    """Of a function: kept for others with the same identity, so nothing in it is about one request."""

    __slots__ = ("_verdicts", "caller", "expires", "granted", "kept_since", "verdict")

    def __init__(self, caller: Caller, granted: Granted | None, verdict: Verdict = Verdict.DENIED) -> None:
        self.caller = caller
        self.granted = granted
        self.verdict = verdict
        """Of a simple response, which has no policy: the same for whatever is asked."""
        self.kept_since = 0.0
        """Monotonic seconds, as `expires`; set where it is kept."""
        self.expires = 0.0
        self._verdicts: dict[tuple[bytes, bytes], Verdict] = {}

    def weigh(self, exchange: Exchange, name_method: MethodArn) -> Verdict:
        granted = self.granted
        if granted is None:
            return self.verdict
        if granted.is_conditional:
            return granted.weigh(name_method(exchange), exchange)
        key = (exchange.method, exchange.route_path)
        verdict = self._verdicts.get(key)
        if verdict is None:
            verdict = granted.weigh(name_method(exchange), exchange)
            if len(self._verdicts) >= VERDICTS_KEPT:
                self._verdicts.clear()
            self._verdicts[key] = verdict
        return verdict


Parse: TypeAlias = Callable[[bytes], Answer]
"""Raises MalformedOutputError."""


def parse_rest_policy(payload: bytes) -> Answer:
    """Values of the context become texts, but for null."""
    output = _load(payload)
    context = {name: text_of_property(value) for name, value in _flat_context(output).items()}
    return _answer_of_policy(output, context)


def parse_policy_v1(payload: bytes) -> Answer:
    output = _load(payload)
    return _answer_of_policy(output, _flat_context(output))


def parse_policy_v2(payload: bytes) -> Answer:
    """The context may hold any JSON."""
    output = _load(payload)
    return _answer_of_policy(output, _context(output))


def parse_simple(payload: bytes) -> Answer:
    output = _load(payload)
    is_authorized = output.get("isAuthorized")
    if not isinstance(is_authorized, bool):
        raise MalformedOutputError("isAuthorized is neither true nor false")
    caller = Caller("lambda", context=_context(output))
    return Answer(caller, None, Verdict.ALLOWED if is_authorized else Verdict.DENIED)


def is_unauthorized(payload: bytes) -> bool:
    """Whether a function that failed, or returned an error object, said no more than that."""
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and document.get("errorMessage") == UNAUTHORIZED


def error_message(payload: bytes) -> str:
    """Of a function that failed."""
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        document = None
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return str(message)[:1000] if message is not None else payload[:1000].decode("utf-8", "replace")


def _load(payload: bytes) -> dict[str, Any]:
    try:
        output = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise MalformedOutputError("it is no JSON") from None
    if not isinstance(output, dict):
        raise MalformedOutputError("it is no object")
    return output


def _answer_of_policy(output: dict[str, Any], context: dict[str, Any]) -> Answer:
    principal = output.get("principalId")
    if isinstance(principal, int | float) and not isinstance(principal, bool):
        principal = str(principal)
    if not isinstance(principal, str) or not principal:
        raise MalformedOutputError("it has no principalId")
    usage_key = output.get("usageIdentifierKey")
    if usage_key is not None and not isinstance(usage_key, str):
        raise MalformedOutputError("usageIdentifierKey is no text")
    try:
        granted = Granted(output.get("policyDocument"))
    except MalformedPolicyError as error:
        raise MalformedOutputError(f"Could not parse policy: {error}") from None
    caller = Caller("lambda", principal_id=principal, context=context, usage_key=usage_key)
    return Answer(caller, granted)


def _context(output: dict[str, Any]) -> dict[str, Any]:
    context = output.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise MalformedOutputError("context is no object")
    return context


def _flat_context(output: dict[str, Any]) -> dict[str, Any]:
    context = _context(output)
    if RESERVED in context:
        raise MalformedOutputError(f"context has {RESERVED!r}, which is reserved")
    for name, value in context.items():
        # Null is no documented value; API Gateway passes it on all the same (observed 2024-06).
        if value is not None and not isinstance(value, str | int | float):
            raise MalformedOutputError(f"{name!r} of the context is neither text nor a number nor a boolean")
    return context
