"""What is never shown whole, in logs or explanations: credentials, keys, cookies."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

_SECRET = re.compile(
    r"authorization|api[-_]?key|cookie|token|secret|password|passwd|signature|credential|session[-_]?id", re.IGNORECASE
)
SHOWN = 6
"""Characters at the end of a long secret that are shown, so that keys can be told apart, as API Gateway does."""
_LONG = 20


def is_secret(name: str) -> bool:
    """Whether a header or a parameter of that name holds what others must not read."""
    return _SECRET.search(name) is not None and name.lower() not in _HARMLESS


_HARMLESS = frozenset({"x-amzn-trace-id", "x-amz-content-sha256", "idempotency-token"})


def mask(value: str) -> str:
    if len(value) < _LONG:
        return "*" * len(value)
    return "*" * (len(value) - SHOWN) + value[-SHOWN:]


def redact(values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of headers or parameters, text or lists of text by name."""
    return {name: _mask_any(value) if is_secret(name) else value for name, value in values.items()}


def redact_uri(uri: str) -> str:
    """With the values of secret parameters, and a password before the host, masked."""
    try:
        password = urlsplit(uri).password
    except ValueError:  # a client may choose the host: no spelling of it keeps a request out of the logs
        password = None
    if password:
        uri = uri.replace(f":{password}@", f":{mask(password)}@", 1)
    base, question, query = uri.partition("?")
    return base + question + "&".join(_redact_pair(pair) for pair in query.split("&"))


def redact_event(text: str) -> str:
    """The event of a function, whose headers and parameters hold what those of its request hold."""
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    if not isinstance(event, dict):
        return text
    masked = {name: redact(value) for name, value in event.items() if name in _OF_EVENTS and isinstance(value, dict)}
    masked |= {name: _mask_any(event[name]) for name in _OF_AUTHORIZERS if event.get(name) is not None}
    context = event.get("requestContext")
    if isinstance(context, dict):
        identity = context.get("identity")
        if isinstance(identity, dict) and identity.get("apiKey") is not None:
            masked["requestContext"] = {**context, "identity": {**identity, "apiKey": _mask_any(identity["apiKey"])}}
    return orjson.dumps({**event, **masked}).decode() if masked else text


_OF_EVENTS = frozenset({"headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters"})

_OF_AUTHORIZERS = ("authorizationToken", "identitySource")
"""In their events: who calls."""


def _redact_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{name}{equals}{mask(value)}" if is_secret(name) else pair


def _mask_any(value: Any) -> Any:
    return [mask(str(each)) for each in value] if isinstance(value, list) else mask(str(value))
