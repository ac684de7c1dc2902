"""A trace as the lines that API Gateway writes: execution logs and test invocations are made of them.

Their words are as observed; developer guide, "Setting up CloudWatch logging for a REST API".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from limen.features.redaction import mask, redact, redact_event, redact_uri
from limen.gateway.trace import Trace

LONGEST = 1024
"""Bytes of a line; what is cut off is named."""
TRUNCATED = " [TRUNCATED]"

ERROR, INFO, DATA = "ERROR", "INFO", "DATA"
"""What a line is shown for: DATA where requests and responses are logged whole."""


class Line(Struct, frozen=True):
    """`seconds` since the trace began."""

    seconds: float
    text: str


Part: TypeAlias = tuple[str, str]
"""What a line is shown for, and its text."""


def render_lines(trace: Trace, request_id: str, *, level: str = INFO, has_data: bool = True) -> list[Line]:
    """`level` ERROR gives what went wrong alone; without `has_data` nothing of what was sent is shown."""
    shown = {ERROR} if level == ERROR else {ERROR, INFO}
    if has_data:
        shown.add(DATA)
    lines = []
    for event in trace.events:
        render = _EVENTS.get(event.name)
        if render is not None:
            for purpose, text in render(event.values, trace, request_id):
                if purpose in shown and not (purpose == DATA and level == ERROR):
                    lines.append(Line(event.seconds, cut(text)))
    return lines


def cut(text: str) -> str:
    """At most LONGEST bytes of it."""
    if len(text) * 4 <= LONGEST:
        return text
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= LONGEST:
        return text
    return encoded[:LONGEST].decode("utf-8", "ignore") + TRUNCATED


def as_map(values: Mapping[str, Any]) -> str:
    """As Java prints a map; secrets are masked."""
    pairs = [f"{name}={_join(value)}" for name, value in redact(values).items()]
    return "{" + ", ".join(pairs) + "}"


def _join(value: Any) -> str:
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _request(values: dict[str, Any], _: Trace, request_id: str) -> Iterator[Part]:
    yield INFO, f"Starting execution for request: {request_id}"
    yield INFO, f"HTTP Method: {values['method']}, Resource Path: {values['resource_path']}"
    yield DATA, f"Method request path: {as_map(values['path'])}"
    yield DATA, f"Method request query string: {as_map(values['query'])}"
    yield DATA, f"Method request headers: {as_map(values['headers'])}"
    yield DATA, f"Method request body before transformations: {values['body']}"


def _client_certificate(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    if values["problem"]:
        yield ERROR, f"Access denied. Reason: {values['problem']}"


def _authorizer(values: dict[str, Any], _: Trace, request_id: str) -> Iterator[Part]:
    yield INFO, f"Starting authorizer: {values['id']} for request: {request_id}"
    yield INFO, f"Incoming identity: {', '.join(values['identity'].values())}"


def _authorizer_request(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    yield DATA, f"Endpoint request URI: {redact_uri(values['uri'])}"
    yield DATA, f"Endpoint request headers: {as_map(values['headers'])}"
    yield DATA, f"Endpoint request body after transformations: {redact_event(values['payload'])}"
    yield INFO, f"Sending request to {redact_uri(values['uri'])}"


def _authorizer_response(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    if not values["problem"]:
        yield DATA, f"Authorizer result body before parsing: {values['body']}"


def _authorized(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    if values["policy"] is not None:
        yield INFO, f"Using valid authorizer policy for principal: {mask(values['principal'])}"
    if values["cached_s"] is None:
        yield INFO, "Successfully completed authorizer execution"
    if values.get("settled", values["verdict"]) != "allowed":
        yield ERROR, "The client is not authorized to perform this operation."


def _resource_policy(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    """Limen's own: AWS says nothing of it."""
    if values["number"] is None:
        yield INFO, f"Resource policy: no statement decides on {values['arn']}"
    else:
        sid = values["statement"].get("Sid")
        named = f"{values['number']} ({sid})" if sid else str(values["number"])
        yield INFO, f"Resource policy: statement {named} decides on {values['arn']}: {values['effect']}"


def _token(values: dict[str, Any], _: Trace, request_id: str) -> Iterator[Part]:
    if values["outcome"] == "refused":
        yield ERROR, f"Unauthorized request: {request_id}: {values['reason']}"
    else:
        yield INFO, "Successfully completed authorizer execution"


def _validated(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    if values["outcome"] == "failed":
        yield ERROR, values["message"]
    elif values["what"] == "body" and values["outcome"] == "passed":
        yield INFO, f"Request validation succeeded for content type {values['content_type']}"


def _cache(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    """Limen's own: AWS says nothing of it."""
    yield INFO, f"Cache {_OUTCOMES[values['outcome']]}" + ("" if values["age_s"] is None else f" ({values['age_s']} s)")


_OUTCOMES = {
    "hit": "hit: the response was kept",
    "miss": "miss: the backend is asked",
    "replaced": "miss: the client asks for a new response, which replaces what is kept",
    "waited": "hit: the response is that of another request that was under way",
    "waits": "miss: another request for the same is under way, and its response is waited for",
}
"""By outcome of a look into the cache."""


def _endpoint_request(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    uri = redact_uri(values["uri"])
    yield DATA, f"Endpoint request URI: {uri}"
    yield DATA, f"Endpoint request headers: {as_map(values['headers'])}"
    body = redact_event(values["payload"]) if "payload" in values else values["body"]
    yield DATA, f"Endpoint request body after transformations: {body}"
    yield INFO, f"Sending request to {uri}"


def _endpoint_response(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    latency = int(values["latency_ms"])
    yield INFO, f"Received response. Status: {values['status']}, Integration latency: {latency} ms"
    yield DATA, f"Endpoint response headers: {as_map(values['headers'])}"
    yield DATA, f"Endpoint response body before transformations: {values['body']}"


def _function(values: dict[str, Any], _: Trace, __: str) -> Iterator[Part]:
    yield ERROR, values["text"]


def _failed(values: dict[str, Any], trace: Trace, _: str) -> Iterator[Part]:
    kind = values["type"]
    if is_untrusted(trace):
        return
    if kind in OF_PLANS:
        return  # what the check of the usage plan came to is a line of its own
    if kind in ("BAD_REQUEST_PARAMETERS", "BAD_REQUEST_BODY") and trace.find("validated") is not None:
        return
    if trace.find("function_failed") is not None or (kind == "ACCESS_DENIED" and trace.find("authorized") is not None):
        return
    if kind in _FAILURES and trace.find("function_refused") is None:
        yield ERROR, _FAILURES[kind]
    elif (kind in _OF_CLIENTS and trace.find("function_refused") is None) or kind.startswith("DEFAULT_4"):
        yield ERROR, str(values["message"])
    else:
        yield ERROR, f"Execution failed due to configuration error: {values['reason'] or values['message']}"
        if kind.startswith("AUTHORIZER_"):
            yield ERROR, "AuthorizerConfigurationException"


def is_untrusted(trace: Trace) -> bool:
    """Mutual TLS refused the client, before anything else was looked at."""
    shown = trace.find("client_certificate")
    return shown is not None and bool(shown["problem"])


OF_PLANS = frozenset({"INVALID_API_KEY", "QUOTA_EXCEEDED", "THROTTLED"})
"""What the check of a usage plan ends in."""

_FAILURES = {
    "INTEGRATION_TIMEOUT": "Execution failed due to a timeout error",
    "INTEGRATION_FAILURE": "Execution failed due to a network error communicating with endpoint",
}
"""By type of gateway response."""

_OF_CLIENTS = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "EXPIRED_TOKEN",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "REQUEST_TOO_LARGE",
        "RESOURCE_NOT_FOUND",
        "UNAUTHORIZED",
        "UNSUPPORTED_MEDIA_TYPE",
        "WAF_FILTERED",
    }
)


def _response(values: dict[str, Any], trace: Trace, _: str) -> Iterator[Part]:
    if trace.find("failed") is not None:
        yield ERROR, f"Method completed with status: {values['status']}"
        return
    yield DATA, f"Method response body after transformations: {values['body']}"
    yield DATA, f"Method response headers: {as_map(method_headers(values['headers']))}"
    yield INFO, "Successfully completed execution"
    yield INFO, f"Method completed with status: {values['status']}"


def method_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """The headers of a method response, without those that the gateway adds to each answer."""
    return {name: value for name, value in headers.items() if name.lower() not in _ADDED}


_ADDED = frozenset({"x-amzn-requestid", "x-amz-apigw-id", "content-length", "connection", "date"})

_EVENTS: dict[str, Callable[[dict[str, Any], Trace, str], Iterator[Part]]] = {
    "request": _request,
    "client_certificate": _client_certificate,
    "authorizer": _authorizer,
    "authorizer_request": _authorizer_request,
    "authorizer_response": _authorizer_response,
    "authorized": _authorized,
    "resource_policy": _resource_policy,
    "token": _token,
    "validated": _validated,
    "cache": _cache,
    "endpoint_request": _endpoint_request,
    "endpoint_response": _endpoint_response,
    "function_refused": _function,
    "function_failed": _function,
    "failed": _failed,
    "response": _response,
}
