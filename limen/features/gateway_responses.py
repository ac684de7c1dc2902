"""Gateway responses: how a REST API answers where no integration does, with what its owner customised of that.

Templates are no Velocity: `$context`, `$stageVariables` and `$method.request` are put in, nothing else happens. What a
client can choose is escaped where the template is JSON, so that it stays JSON. Guide: "Gateway responses".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from limen.gateway.errors import Failure, GatewayError, PlanError
from limen.gateway.escapes import escape_json
from limen.gateway.exchange import Exchange, Response
from limen.gateway.method_request import Read, compile_source
from limen.gateway.rest_context import find_rest_variable
from limen.gateway.rest_errors import DEFAULT_TEMPLATE
from limen.gateway.rest_failures import answer_rest_failure, answer_too_large, rest_ids
from limen.gateway.route_plan import FailureResponse
from limen.wire import Header, header

Document: TypeAlias = Mapping[str, Any]

JSON = "application/json"

_VARIABLE = re.compile(
    r"\$(?:\{(?P<formal>[^{}]+)\}|(?P<plain>(?:context|stageVariables|method\.request)(?:\.[A-Za-z0-9_$-]+)+))"
)
_HEADER = "gatewayresponse.header."
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def compile_failures(customised: Mapping[str, Document], variables: Mapping[str, str]) -> FailureResponse:
    """How failures are answered; `customised` by type. Raises PlanError for a mapping that means nothing."""
    compiled = {
        name: _compile(document, variables) for name, document in customised.items() if name != "REQUEST_TOO_LARGE"
    }
    found: dict[Failure, FailureResponse] = {}

    def answer(exchange: Exchange, error: GatewayError) -> Response:
        respond = found.get(error.failure)
        if respond is None:
            respond = found[error.failure] = _choose(error.failure, compiled)
        return respond(exchange, error)

    return answer


def _choose(failure: Failure, compiled: Mapping[str, FailureResponse]) -> FailureResponse:
    """Its own, then the default of its class, then what is built in."""
    if failure.name == "REQUEST_TOO_LARGE":
        return answer_too_large
    if not failure.name:
        return answer_rest_failure
    default = "DEFAULT_5XX" if failure.status >= 500 else "DEFAULT_4XX"
    return compiled.get(failure.name) or compiled.get(default) or answer_rest_failure


def _compile(document: Document, variables: Mapping[str, str]) -> FailureResponse:
    status = int(document["statusCode"]) if document.get("statusCode") else None
    headers = _compile_headers(document.get("responseParameters") or {}, variables)
    bodies = {
        media_type.partition(";")[0].strip().lower(): _compile_template(media_type, text, variables)
        for media_type, text in (document.get("responseTemplates") or {JSON: DEFAULT_TEMPLATE}).items()
    }
    default_type = JSON if JSON in bodies else next(iter(bodies))

    def respond(exchange: Exchange, error: GatewayError) -> Response:
        media_type = _accepted(exchange)
        if media_type not in bodies:
            media_type = default_type
        mapped = [
            (lower, name, value.strip(" \t").encode("utf-8", "surrogateescape"))
            for lower, name, read in headers
            if (value := read(exchange)) is not None and not _CONTROLS.search(value)
        ]
        names = {lower for lower, _, _ in mapped}
        own = [
            header(b"Content-Type", media_type.encode()),
            *rest_ids(exchange),
            (b"x-amzn-errortype", b"x-amzn-ErrorType", error.failure.error_type.encode()),
        ]
        kept: list[Header] = [each for each in own if each[0] not in names]
        return Response(status or error.failure.status, kept + mapped, bodies[media_type](exchange, error))

    return respond


def _accepted(exchange: Exchange) -> str:
    """The first media type that the client accepts."""
    accept = exchange.find_header(b"accept")
    if accept is None:
        return JSON
    return accept.decode("latin-1").partition(",")[0].partition(";")[0].strip().lower()


def _compile_headers(parameters: Mapping[str, str], variables: Mapping[str, str]) -> list[tuple[bytes, bytes, Read]]:
    """Of what may be mapped only headers have a place in a response."""
    compiled = []
    for target, expression in parameters.items():
        read = compile_source(expression, variables)
        if read is None:
            raise PlanError(f"gateway response: {target} is mapped from {expression!r}, which is nothing to read")
        if expression[:1] == "'" and _CONTROLS.search(expression):
            raise PlanError(f"gateway response: {target} is {expression!r}, which contains a control character")
        if target.startswith(_HEADER):
            name = target.removeprefix(_HEADER).encode("latin-1", "replace")
            compiled.append((name.lower(), name, read))
    return compiled


Body: TypeAlias = Callable[[Exchange, GatewayError], bytes]


def _compile_template(media_type: str, text: str, variables: Mapping[str, str]) -> Body:
    if text == DEFAULT_TEMPLATE:
        # Not failure_body: a customised response has AWS's template as it is written.
        return lambda _, error: b'{"message":' + orjson.dumps(error.message) + b"}"
    is_json = "json" in media_type.lower()
    parts: list[Read] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        parts.append(_constant(text[end : match.start()]))
        end = match.end()
        is_quoted = text[match.start() - 1 : match.start()] == text[end : end + 1] == '"'
        parts.append(_compile_variable(match, variables, is_json=is_json, is_quoted=is_quoted))
    parts.append(_constant(text[end:]))

    def render(exchange: Exchange, _: GatewayError) -> bytes:
        return "".join([part(exchange) or "" for part in parts]).encode("utf-8", "surrogateescape")

    return render


def _constant(text: str) -> Read:
    return lambda _: text


def _compile_variable(match: re.Match[str], variables: Mapping[str, str], *, is_json: bool, is_quoted: bool) -> Read:
    expression = match["formal"] or match["plain"]
    if expression == "context.error.messageString":
        return _bare_message if is_quoted else _message_string
    read = compile_source(expression, variables)
    if read is None:
        return _constant(match[0])
    if not is_json or (expression.startswith("context.") and _is_plain(expression)):
        return read

    def read_escaped(exchange: Exchange) -> str | None:
        value = read(exchange)
        return None if value is None else escape_json(value)

    return read_escaped


def _is_plain(expression: str) -> bool:
    return find_rest_variable(expression.removeprefix("context.")).is_plain


def _message_string(exchange: Exchange) -> str:
    """A JSON string with its quotes, or null."""
    message = None if exchange.failure is None else exchange.failure.message
    return "null" if message is None else f'"{escape_json(message)}"'


def _bare_message(exchange: Exchange) -> str:
    """Within quotes that the template has itself (guide, "Set up a gateway response using the console")."""
    message = None if exchange.failure is None else exchange.failure.message
    return "" if message is None else escape_json(message)
