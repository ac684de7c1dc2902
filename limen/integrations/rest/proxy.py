"""HTTP proxy integrations of REST APIs: a request goes to a backend whole, its response to the client likewise.

Headers by the tables of treatment.py, bodies by those of content.py; what is mapped goes on top.
"""

from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import MALFORMED_PATH
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.exchange_call import IDEMPOTENT, ExchangeCall
from limen.integrations.noting import note_request, note_response
from limen.integrations.rest.content import as_text, convert_request, convert_response, decode_content
from limen.integrations.rest.failures import rest_failure
from limen.integrations.rest.proxy_mapping import leave_out, map_proxied, without_authorization, without_parameters
from limen.integrations.rest.settings import ProxySettings
from limen.integrations.rest.treatment import forward, own_lines, treat_response
from limen.integrations.rest.uri import in_words_of_rest
from limen.integrations.segments import encode_query
from limen.integrations.streaming import StreamedProxyCall
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import Header, find_header

BODILESS = frozenset({b"GET", b"HEAD", b"OPTIONS"})
"""Methods whose requests go without a body."""
_LENGTH_ZERO = b"Content-Length: 0\r\n\r\n"
_LF, _CR, _SPACE = b"\n\r "


def compile_proxy(settings: ProxySettings, upstream: Upstream) -> Step:
    """A step that sends an exchange to a backend and goes on when the response is there."""
    return RestProxy(settings, upstream).proxy


class RestProxy:
    """One integration: what is the same for all its requests, as bytes."""

    __slots__ = ("_agent", "_is_plain", "_settings", "_start", "_upstream")

    def __init__(self, settings: ProxySettings, upstream: Upstream) -> None:
        self._settings = settings
        self._upstream = upstream
        self._is_plain = settings.mapping is None and not settings.drops_authorization
        self._agent = b"User-Agent: AmazonAPIGateway_%b\r\n" % settings.api_id
        self._start = _start(settings, settings.host)

    def proxy(self, exchange: Exchange) -> Any:
        settings = self._settings
        try:
            path = settings.make_path(exchange) if exchange.trace is None else settings.note_path(exchange)
            query = encode_query(exchange.query) if exchange.query else b""
            if query and settings.mapping is not None and settings.mapping.vouched_query:
                query = without_parameters(query, settings.mapping.vouched_query)
            if settings.make_query is not None:
                query = b"&".join(filter(None, (settings.make_query(exchange), query)))
            forwarded = forward(exchange.headers)
            lines, start = forwarded.lines, self._start
            has_agent, has_type = forwarded.has_agent, forwarded.has_type
            mapped = None
            if not self._is_plain:
                if settings.drops_authorization:
                    forwarded = without_authorization(exchange)
                mapped = map_proxied(settings, exchange, forwarded)
                lines, has_agent, has_type = mapped.lines, mapped.has_agent, mapped.has_type
                if mapped.host is not None:
                    start = _start(settings, mapped.host)
                if mapped.query:
                    query = query + b"&" + mapped.query if query else mapped.query
            own = own_lines(exchange, forwarded)
            if mapped is not None and mapped.says_own:
                own = leave_out(own, mapped)
        except GatewayError as error:
            raise in_words_of_rest(error) from None
        method = settings.method or exchange.method
        if not has_agent:
            lines += self._agent
        body, end = b"", b"\r\n"
        if method not in BODILESS:
            if not has_type:
                lines += b"Content-Type: application/json\r\n"
            body = _request_body(settings, exchange)
            end = b"Content-Length: %d\r\n\r\n" % len(body) if body else _LENGTH_ZERO
        target = path + b"?" + query if query else path
        self._send(exchange, method, target, b"".join((method, b" ", target, start, lines, own, end)), body)
        return WAITS

    def _send(self, exchange: Exchange, method: bytes, target: bytes, head: bytes, body: bytes) -> None:
        # The last line of defence: whatever a client or a mapping puts into a path, it adds no line to a request.
        if _LF in target or _CR in target or _SPACE in target:
            raise GatewayError(MALFORMED_PATH, "a space or line break in the path that would be sent to the backend")
        settings = self._settings
        if exchange.trace is not None:
            note_request(exchange.trace, settings.origin.scheme, head, body)
        if settings.stream is None:
            self._upstream.send(RestProxyCall(exchange, settings, method, head, body))
        else:
            clock = self._upstream.clock
            call = StreamedProxyCall(exchange, settings.stream, clock, method, head, method in IDEMPOTENT)
            call.body, call.has_body = body, bool(body)
            self._upstream.send(call)


def _start(settings: ProxySettings, host: bytes) -> bytes:
    """From behind the target to the lines that a request brings."""
    return b" HTTP/1.1\r\nHost: %b\r\nConnection: keep-alive\r\nX-Amzn-Apigateway-Api-Id: %b\r\n" % (
        host,
        settings.api_id,
    )


class RestProxyCall(ExchangeCall):
    """A proxied request of a REST API."""

    __slots__ = ("settings",)

    def __init__(self, exchange: Exchange, settings: ProxySettings, method: bytes, head: bytes, body: bytes) -> None:
        ExchangeCall.__init__(self, exchange, settings.origin, method, head, body, settings.timeout)
        self.settings = settings

    def let_go_of_body(self) -> None:
        self.body = self.exchange.body = b""

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        passed, content_type, is_encoded = treat_response(headers, self.method == b"HEAD")
        if is_encoded:
            passed, body = decode_content(passed, body)
        if body:
            body = self._response_body(content_type, body)
        return Response(status, passed, body)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return rest_failure(self.exchange, error)

    def _response_body(self, content_type: bytes | None, body: bytes) -> bytes:
        types = self.settings.binary_types
        if types.are_all:
            return body
        if types.are_none:
            return as_text(body)
        wants_binary = types.has(find_header(self.exchange.headers, b"accept"))
        return convert_response(body, types.has(content_type), wants_binary, None)


def stream_head(exchange: Exchange, status: int, headers: list[Header]) -> tuple[int, list[Header]]:
    """Of a response that is passed on as it comes: nothing of its body is converted, or decoded."""
    if exchange.trace is not None:
        note_response(exchange, status, headers, b"")
    return status, treat_response(headers, exchange.method == b"HEAD")[0]


def _request_body(settings: ProxySettings, exchange: Exchange) -> bytes:
    body = exchange.body
    if not body:
        return body
    is_binary = settings.binary_types.has(find_header(exchange.headers, b"content-type"))
    if is_binary and settings.content_handling is None:
        return body
    return convert_request(body, is_binary, settings.content_handling)[0]
