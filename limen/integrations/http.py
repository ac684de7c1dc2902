"""HTTP proxy integrations of HTTP APIs: a request goes to a backend as it came, its response to the client likewise.

What depends on configuration alone is compiled: the host line is bytes, the URI a function. Status and body of the
client's answer for what goes wrong: developer guide, "Troubleshooting", and API Gateway as observed.
"""

from typing import Any

from mypy_extensions import mypyc_attr

from limen.gateway.errors import BAD_REQUEST, INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.exchange_call import ExchangeCall
from limen.integrations.forwarding import drop_nominated, forward, own_headers, render_lines
from limen.integrations.mapping import map_request, map_response
from limen.integrations.noting import note_request
from limen.integrations.proxy_settings import ProxySettings
from limen.integrations.segments import encode_query
from limen.integrations.target import HOST
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import HOP_BY_HOP, Header

_NOT_PASSED = HOP_BY_HOP | {b"content-length", b"date", b"apigw-requestid"}
"""Of a response: what the gateway says itself."""
_NOT_PASSED_OF_HEAD = _NOT_PASSED - {b"content-length"}
"""A response without its body still says how long the body would be."""
_LF, _CR, _SPACE = b"\n\r "
_BODILESS = frozenset({b"GET", b"HEAD"})
_LENGTH_ZERO = b"Content-Length: 0\r\n\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
"""Added to a request without a body that says so (guide, "Important notes"; the type as seen in recorded requests)."""


def compile_proxy(settings: ProxySettings, upstream: Upstream) -> Step:
    """A step that sends an exchange to a backend and goes on when the response is there."""
    target, mapping, fixed_method = settings.target, settings.mapping, settings.method
    make_path, make_query = target.make_path, target.make_query
    constant = b" HTTP/1.1\r\nHost: %b\r\n" % target.host

    def proxy(exchange: Exchange) -> Any:
        path = make_path(exchange)
        query = encode_query(exchange.query) if exchange.query else b""
        if make_query is not None:
            query = b"&".join(filter(None, (make_query(exchange), query)))
        forwarded = forward(exchange.headers)
        lines, start = forwarded.lines, constant
        if mapping is not None:
            passed, path, query = map_request(mapping, exchange, forwarded.passed, path, query)
            passed, start = _take_host(passed, constant)
            lines = render_lines(passed)
        method = fixed_method or exchange.method
        asked = path + b"?" + query if query else path
        own = own_headers(exchange, forwarded.read)
        body = exchange.body
        if body:
            end = b"Content-Length: %d\r\n\r\n" % len(body)
        elif method in _BODILESS:
            end = b"\r\n"
        else:
            end = _LENGTH_ZERO if _says_type(lines) else _FORM + _LENGTH_ZERO
        head = b"".join((method, b" ", asked, start, lines, own, end))
        # The last line of defence: whatever a client or a mapping puts into a path, it adds no line to a request.
        if _LF in asked or _CR in asked or _SPACE in asked:
            raise GatewayError(BAD_REQUEST, "a space or line break in the path that would be sent to the backend")
        if exchange.trace is not None:
            note_request(exchange.trace, target.origin.scheme, head, body)
        upstream.send(ProxyCall(exchange, settings, method, head))
        return WAITS

    return proxy


@mypyc_attr(allow_interpreted_subclasses=True)
class ProxyCall(ExchangeCall):
    """A proxied request of an HTTP API."""

    __slots__ = ("mappings",)

    def __init__(self, exchange: Exchange, settings: ProxySettings, method: bytes, head: bytes) -> None:
        ExchangeCall.__init__(self, exchange, settings.target.origin, method, head, exchange.body, settings.timeout)
        self.mappings = settings.mappings

    def let_go_of_body(self) -> None:
        self.body = self.exchange.body = b""

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        not_passed = _NOT_PASSED_OF_HEAD if self.method == b"HEAD" else _NOT_PASSED
        passed: list[Header] = []
        connection: list[bytes] = []
        for header in headers:
            if header[0] not in not_passed:
                passed.append(header)
            elif header[0] == b"connection":
                connection.append(header[2])
        if connection:
            passed = drop_nominated(passed, connection)
        mapping = self.mappings.get(status) if self.mappings else None
        if mapping is not None:
            status, passed = map_response(mapping, self.exchange, status, headers, passed, body)
        return Response(status, passed, body)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return GatewayError(INTEGRATION_TIMEOUT if error.kind == "timeout" else INTEGRATION_FAILURE, error.message)


def _says_type(lines: bytes) -> bool:
    return b"\ncontent-type:" in b"\n" + lines.lower()


def _take_host(headers: list[Header], constant: bytes) -> tuple[list[Header], bytes]:
    """The Host header may be mapped; it stays the first line, and stays one."""
    hosts = [value for lower, _, value in headers if lower == b"host"]
    if not hosts:
        return headers, constant
    if not HOST.fullmatch(hosts[-1]):
        raise GatewayError(BAD_REQUEST, "the value for header host is not a host")
    return [header for header in headers if header[0] != b"host"], b" HTTP/1.1\r\nHost: %b\r\n" % hosts[-1]
