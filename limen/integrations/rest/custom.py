"""HTTP and AWS integrations: nothing of a request is passed that is not mapped, templates make the bodies.

The order is AWS's: content handling, passthrough behavior, parameters, template, overrides; then the call; then the
integration response that is selected, its parameters, its template.
"""

from collections.abc import Awaitable, Mapping
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.overrides import texts_of
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.route_plan import WAITS, Step
from limen.gateway.run import resume, waiting
from limen.integrations.backend_request import BackendRequest
from limen.integrations.exchange_call import ExchangeCall
from limen.integrations.forwarding import render_lines
from limen.integrations.noting import note_request
from limen.integrations.rest.content import convert_request, decode_content
from limen.integrations.rest.custom_settings import CustomSettings
from limen.integrations.rest.failures import rest_failure
from limen.integrations.rest.proxy import BODILESS
from limen.integrations.rest.proxy_mapping import take_host
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import (
    illegal_header,
    is_dropped_header,
    is_illegal_header,
    map_headers,
    map_query,
    overwrite,
    render_query,
    request_header,
)
from limen.integrations.rest.responses import make_response
from limen.integrations.rest.treatment import forward, make_trace_id
from limen.integrations.rest.uri import fill_path, fill_query, in_words_of_rest
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import Header, find_header

_NO_OVERRIDES: Mapping[str, Any] = {}
_JSON = b"application/json"
_LF, _CR, _SPACE = b"\n\r "


def compile_custom(settings: CustomSettings, upstream: Upstream) -> Step:
    """A step that asks a backend and goes on when the response is there."""
    service = settings.service

    def custom(exchange: Exchange) -> Any:
        try:
            request = make_request(settings, exchange)
            signing = None if service is None else service.finish(request, exchange)
            call = None if signing is not None else _make_call(settings, exchange, request)
        except GatewayError as error:
            raise in_words_of_rest(error) from None
        if signing is not None:
            waiting.start(_send_signed(settings, upstream, exchange, request, signing), "sign")
        elif call is not None:
            upstream.send(call)
        return WAITS

    return custom


def make_request(settings: CustomSettings, exchange: Exchange) -> BackendRequest:
    """Raises GatewayError."""
    content_type = find_header(exchange.headers, b"content-type")
    is_binary = settings.binary_types.has(content_type)
    body, is_binary = convert_request(exchange.body, is_binary, settings.content_handling)
    template = settings.templates.choose(content_type)
    reading = Reading(exchange, None, exchange.body)
    headers = map_headers(settings.mapping, reading)
    query = map_query(settings.mapping, reading)
    if template is not None:
        if is_binary:
            raise GatewayError(API_CONFIGURATION_ERROR, "Unable to transform request: the body is binary")
        body = template.render(exchange, body, "request", settings.variables)
    overrides = _NO_OVERRIDES
    if exchange.overrides is not None:
        overrides = exchange.overrides.request
        headers, query = _override(settings, overrides, headers, query)
    headers, host = take_host(headers)
    path, asked = _target(settings, exchange, reading, overrides, query)
    method = settings.method or exchange.method
    return BackendRequest(
        method,
        host or settings.uri.host,
        path,
        asked,
        _with_defaults(settings, exchange, method, headers, content_type),
        b"" if method in BODILESS else body,
    )


def _target(
    settings: CustomSettings,
    exchange: Exchange,
    reading: Reading,
    overrides: Mapping[str, Any],
    query: list[tuple[str, str]],
) -> tuple[bytes, bytes]:
    """Path and query of the request line."""
    asked = render_query(query) if query else b""
    if exchange.trace is None and not overrides:
        of_uri = b"" if settings.make_query is None else settings.make_query(exchange)
        path = settings.make_path(exchange)
    else:
        uri, entries = settings.uri, settings.mapping.path
        of_path = {name: ",".join(texts) for name, texts in texts_of(overrides, "path").items()}
        path = fill_path(uri, entries, reading, settings.route, of_path)
        of_uri = fill_query(uri, entries, reading, of_path)
    return path, of_uri + b"&" + asked if of_uri and asked else of_uri or asked


def render_head(request: BackendRequest) -> bytes:
    """Raises GatewayError rather than let anything add a line."""
    target = request.path + b"?" + request.query if request.query else request.path
    # The last line of defence: whatever a client or a mapping puts into a path, it adds no line to a request.
    if _LF in target or _CR in target or _SPACE in target:
        raise GatewayError(
            API_CONFIGURATION_ERROR, "a space or line break in the path that would be sent to the backend"
        )
    end = b"\r\n"
    if request.body or request.method not in BODILESS:
        end = b"Content-Length: %d\r\n\r\n" % len(request.body)
    return b"".join(
        (
            request.method,
            b" ",
            target,
            b" HTTP/1.1\r\nHost: ",
            request.host,
            b"\r\nConnection: keep-alive\r\n",
            render_lines(request.headers),
            end,
        )
    )


class CustomCall(ExchangeCall):
    """A request made by mapping and template."""

    __slots__ = ("settings",)

    def __init__(self, exchange: Exchange, settings: CustomSettings, request: BackendRequest, head: bytes) -> None:
        ExchangeCall.__init__(self, exchange, settings.uri.origin, request.method, head, request.body, settings.timeout)
        self.settings = settings

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        settings, exchange = self.settings, self.exchange
        if settings.service is not None:
            exchange.endpoint_request_id = _request_id(headers)
        headers, body = decode_content(headers, body)
        selected = settings.selection.select(exchange, str(status))
        response = make_response(selected, exchange, headers, body, settings.binary_types, settings.variables)
        response.headers.insert(0, (b"x-amzn-trace-id", b"X-Amzn-Trace-Id", exchange.trace_id))
        return response

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return rest_failure(self.exchange, error)


def _request_id(headers: list[Header]) -> bytes:
    """As most services name it, and as S3 does."""
    return find_header(headers, b"x-amzn-requestid") or find_header(headers, b"x-amz-request-id") or b""


async def _send_signed(
    settings: CustomSettings,
    upstream: Upstream,
    exchange: Exchange,
    request: BackendRequest,
    signing: Awaitable[None],
) -> None:
    try:
        await signing
        call = _make_call(settings, exchange, request)
    except GatewayError as error:
        resume(exchange, in_words_of_rest(error))
    except Exception as error:
        resume(exchange, error)
    else:
        upstream.send(call)


def _make_call(settings: CustomSettings, exchange: Exchange, request: BackendRequest) -> CustomCall:
    head = render_head(request)
    if exchange.trace is not None:
        note_request(exchange.trace, settings.uri.origin.scheme, head, request.body)
    return CustomCall(exchange, settings, request, head)


def _override(
    settings: CustomSettings, overrides: Mapping[str, Any], headers: list[Header], query: list[tuple[str, str]]
) -> tuple[list[Header], list[tuple[str, str]]]:
    """What the template has set goes before what is mapped (guide, "Use a mapping template to override ...")."""
    is_service = settings.is_service
    of_headers = []
    for name, texts in texts_of(overrides, "header").items():
        if is_illegal_header(name, is_service):
            raise illegal_header(name)
        if is_dropped_header(name, is_service):
            continue
        of_headers.append(request_header(name, ",".join(texts)))
    of_query = texts_of(overrides, "querystring")
    query = [(name, value) for name, value in query if name not in of_query]
    for name, texts in of_query.items():
        query += [(name, text) for text in texts]
    return overwrite(headers, of_headers), query


def _with_defaults(
    settings: CustomSettings, exchange: Exchange, method: bytes, headers: list[Header], content_type: bytes | None
) -> list[Header]:
    """What AWS adds where nothing of the name is mapped (observed)."""
    names = {header[0] for header in headers}
    added: list[Header] = []
    if settings.service is not None:
        added += [header for header in settings.service.headers if header[0] not in names]
        names.update(header[0] for header in added)
    if b"accept" not in names:
        added.append((b"accept", b"Accept", _JSON))
    if b"user-agent" not in names:
        added.append((b"user-agent", b"User-Agent", b"AmazonAPIGateway_" + settings.api_id))
    if b"content-type" not in names and method not in BODILESS:
        added.append((b"content-type", b"Content-Type", content_type or _JSON))
    if settings.service is None:
        added.append((b"x-amzn-apigateway-api-id", b"x-amzn-apigateway-api-id", settings.api_id))
    trace_id = exchange.trace_id or make_trace_id(exchange, forward(exchange.headers))
    added.append((b"x-amzn-trace-id", b"X-Amzn-Trace-Id", trace_id))
    return headers + added
