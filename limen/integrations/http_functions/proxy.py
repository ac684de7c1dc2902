"""Lambda proxy integrations of HTTP APIs: a request goes to a function as an event, what it returns is the response."""

from typing import Any

from limen.gateway.errors import INTERNAL, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.forwarding import find_trace
from limen.integrations.functions.call import FunctionCall
from limen.integrations.functions.invoke import invoke
from limen.integrations.functions.refusal import Refusal
from limen.integrations.http_functions.answers import MalformedError
from limen.integrations.http_functions.event_headers import event_headers
from limen.integrations.http_functions.events import path_of_event
from limen.integrations.http_functions.failures import (
    TIMED_OUT,
    UNAVAILABLE,
    function_failed,
    function_refused,
    malformed,
)
from limen.integrations.http_functions.settings import FunctionProxySettings
from limen.integrations.mapping import map_request, map_response
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import HOP_BY_HOP

_NOT_PASSED = HOP_BY_HOP | {b"content-length", b"date", b"apigw-requestid"}
"""Of a response: what the gateway says itself."""


def compile_function_proxy(settings: FunctionProxySettings, upstream: Upstream) -> Step:
    """A step that invokes a function and goes on when it has answered."""
    mapping, make_event, path_prefix = settings.mapping, settings.make_event, settings.path_prefix

    def call_function(exchange: Exchange) -> Any:
        headers = event_headers(exchange.headers, exchange.host)
        path, query = path_of_event(exchange, path_prefix), exchange.query
        if mapping is not None:
            mapped, path, query = map_request(mapping, exchange, headers.passed, path, query)
            headers = headers.mapped(mapped)
        trace = find_trace(exchange, headers.traces)
        event = make_event(exchange, headers, path, query, trace)
        try:
            call = HttpFunctionCall(exchange, settings, event)
            invoke(upstream, call, [(b"x-amzn-trace-id", b"X-Amzn-Trace-Id", trace)])
        except GatewayError as error:
            exchange.integration_error = error.reason
            raise
        return WAITS

    return call_function


class HttpFunctionCall(FunctionCall):
    """A proxied request of an HTTP API."""

    __slots__ = ("settings",)

    def __init__(self, exchange: Exchange, settings: FunctionProxySettings, event: bytes) -> None:
        FunctionCall.__init__(self, exchange, settings.target, event, settings.timeout)
        self.settings = settings

    def make_answer(self, payload: bytes, is_error: bool) -> Response:
        exchange = self.exchange
        if is_error:
            raise function_failed(payload)
        try:
            response = self.settings.read_answer(payload)
        except MalformedError as error:
            raise malformed(exchange, str(error)) from None
        exchange.function_status = response.status
        received = response.headers
        response.headers = [header for header in received if header[0] not in _NOT_PASSED]
        mappings = self.settings.mappings
        mapping = mappings.get(response.status) if mappings else None
        if mapping is not None:
            response.status, response.headers = map_response(
                mapping, exchange, response.status, received, response.headers, response.body
            )
        return response

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        return function_refused(refusal)

    def misconfigured(self, reason: str) -> GatewayError:
        return GatewayError(INTERNAL, reason)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return GatewayError(TIMED_OUT if error.kind == "timeout" else UNAVAILABLE, error.message)
