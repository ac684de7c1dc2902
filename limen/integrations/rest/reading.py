"""What a mapping expression reads, compiled: functions from a reading of a message to text.

Text is UTF-8 with surrogate escapes, so that any bytes of a header come out as they went in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from limen.gateway.client_certificate import PEM, on_one_line
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.method_request import compile_source
from limen.gateway.request_view import RequestView, view_of
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, INVALID_JSON
from limen.integrations.rest.expressions import Expression
from limen.templates.errors import Trouble
from limen.templates.jsonpath import compile_path
from limen.templates.values import decode_json, json_text
from limen.templates.weight import weigh
from limen.wire import Header

_UNREAD = object()
_JSON_BEGINS = (b"{", b"[", b'"', b"'")
"""Other bodies are not looked into (observed)."""

Value: TypeAlias = str | list[str] | None
"""Several values where an expression says `multivalue...`."""


class Reading:
    """One message while its parameters are mapped: a body is parsed once for all paths into it.

    `headers` are those of the backend's response; None while a request is read.
    """

    __slots__ = ("_document", "body", "exchange", "headers")

    def __init__(self, exchange: Exchange, headers: Sequence[Header] | None, body: bytes) -> None:
        self.exchange = exchange
        self.headers = headers
        self.body = body
        self._document: Any = _UNREAD

    @property
    def view(self) -> RequestView:
        return view_of(self.exchange)

    @property
    def document(self) -> Any:
        """None for a body that nothing is looked for in. Raises GatewayError for one that is not JSON."""
        if self._document is _UNREAD:
            self._document = self._parse()
        return self._document

    def _parse(self) -> Any:
        is_request = self.headers is None
        stripped = self.body.lstrip()
        if not stripped or (is_request and not stripped.startswith(_JSON_BEGINS)):
            return None
        try:
            return decode_json(self.body)
        except ValueError:
            if is_request:
                raise GatewayError(INVALID_JSON, "Invalid JSON in request body") from None
            raise GatewayError(API_CONFIGURATION_ERROR, "Unable to parse the response body as JSON") from None


Read: TypeAlias = Callable[[Reading], Value]


def compile_expression(expression: Expression, variables: Mapping[str, str]) -> Read:
    """Raises PlanError."""
    name = expression.name
    match expression.kind:
        case "method.request.multivaluequerystring":
            return lambda reading: reading.view.query.get(name)
        case "method.request.multivalueheader":
            return lambda reading: reading.view.find_headers(name)
        case "integration.response.header":
            return _response_header_reader(name)
        case "integration.response.multivalueheader":
            return _response_headers_reader(name)
        case "method.request.body" | "integration.response.body":
            return _body_reader(name) if name else _read_body
    read = compile_source(str(expression), variables)
    if read is None:
        raise PlanError(f"{expression} is no source")
    return _from_exchange(read)


def compile_header_expression(expression: Expression, variables: Mapping[str, str]) -> Read:
    """The same for a header, which is one line: what API Gateway itself writes on several is put on one."""
    read = compile_expression(expression, variables)
    if expression.kind != "context" or expression.name != PEM:
        return read

    def read_line(reading: Reading) -> str | list[str] | None:
        text = read(reading)
        return on_one_line(text) if isinstance(text, str) else text

    return read_line


def _from_exchange(read: Callable[[Exchange], str | None]) -> Read:
    return lambda reading: read(reading.exchange)


def to_text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _response_header_reader(name: str) -> Read:
    """The last value, matched by case (observed)."""
    wanted = name.encode()

    def read(reading: Reading) -> str | None:
        for _, sent, value in reversed(reading.headers or ()):
            if sent == wanted:
                return to_text(value)
        return None

    return read


def _response_headers_reader(name: str) -> Read:
    wanted = name.encode()

    def read(reading: Reading) -> list[str] | None:
        return [to_text(value) for _, sent, value in reading.headers or () if sent == wanted] or None

    return read


def _read_body(reading: Reading) -> str | None:
    return to_text(reading.body) if reading.body else None


def _body_reader(path: str) -> Read:
    try:
        compiled = compile_path("$" + path)
    except Trouble as trouble:
        raise PlanError(f"the path {path!r} into a body: {trouble.reason}") from None

    def read(reading: Reading) -> str | None:
        try:
            value = compiled.find(reading.document)
            if value is None or isinstance(value, str):
                return value
            if compiled.simple is None:
                weigh(value)  # what is selected may be there several times
            return json_text(value)
        except Trouble as trouble:
            raise GatewayError(API_CONFIGURATION_ERROR, f"the path {path!r} into a body: {trouble.reason}") from None

    return read
