"""Lambda proxy integrations of REST APIs: a request goes to a function as an event, what it returns is the response."""

from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.functions.call import FunctionCall
from limen.integrations.functions.invoke import invoke
from limen.integrations.functions.refusal import Refusal
from limen.integrations.functions.stream import FunctionStream
from limen.integrations.rest.content import decode_base64
from limen.integrations.rest.failures import rest_failure
from limen.integrations.rest.function_answer import Answer, MalformedAnswerError, parse_answer, parse_prelude
from limen.integrations.rest.function_event import EventMaker
from limen.integrations.rest.function_failures import error_message_of, function_failed, function_refused, malformed
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.settings import FunctionProxySettings
from limen.integrations.rest.treatment import treat_response
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import Header, find_header


def compile_function_proxy(settings: FunctionProxySettings, scope: RestScope, upstream: Upstream) -> Step:
    """A step that invokes a function and goes on when it has answered, or when its response begins."""
    make_event = EventMaker(scope).make
    target, timeout = settings.target, settings.timeout

    def invoke_function(exchange: Exchange) -> Any:
        payload = make_event(exchange)
        call: RestFunctionCall | RestFunctionStream
        if settings.is_streamed:
            call = RestFunctionStream(exchange, target, upstream.clock, payload, timeout)
        else:
            call = RestFunctionCall(exchange, settings, payload)
        invoke(upstream, call, [trace_header(exchange)])
        return WAITS

    return invoke_function


def trace_header(exchange: Exchange) -> Header:
    return (b"x-amzn-trace-id", b"X-Amzn-Trace-Id", exchange.trace_id)


class RestFunctionCall(FunctionCall):
    """A proxied request of a REST API."""

    __slots__ = ("settings",)

    def __init__(self, exchange: Exchange, settings: FunctionProxySettings, payload: bytes) -> None:
        FunctionCall.__init__(self, exchange, settings.target, payload, settings.timeout)
        self.settings = settings

    def make_answer(self, payload: bytes, is_error: bool) -> Response:
        exchange = self.exchange
        if is_error:
            raise function_failed(exchange, error_message_of(payload) or payload[:1000].decode("utf-8", "replace"))
        try:
            answer = parse_answer(payload)
        except MalformedAnswerError as error:
            raise malformed(exchange, str(error)) from None
        headers = head_of(exchange, answer)
        return Response(answer.status, headers, self._body(answer) if answer.body else b"")

    def _body(self, answer: Answer) -> bytes:
        """Decoded only where the client accepts a binary media type, by the first that it names."""
        body = answer.body.encode()
        if answer.is_encoded and self.settings.binary_types.has(find_header(self.exchange.headers, b"accept")):
            return decode_base64(body)
        return body

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        return function_refused(self.exchange, refusal)

    def misconfigured(self, reason: str) -> GatewayError:
        return GatewayError(API_CONFIGURATION_ERROR, reason)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return rest_failure(self.exchange, error)


class RestFunctionStream(FunctionStream):
    """The same, answered as it comes."""

    __slots__ = ()

    def make_head(self, prelude: bytes) -> tuple[int, list[Header]]:
        try:
            answer = parse_prelude(prelude)
        except MalformedAnswerError as error:
            raise self.misconfigured(f"the prelude of a streamed response: {error}") from None
        return answer.status, head_of(self.exchange, answer)

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        return function_refused(self.exchange, refusal)

    def make_error(self, code: str, details: str) -> GatewayError:
        return function_failed(self.exchange, f"{code}: {details}" if details else code)

    def misconfigured(self, reason: str) -> GatewayError:
        return GatewayError(API_CONFIGURATION_ERROR, reason)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return rest_failure(self.exchange, error)


def head_of(exchange: Exchange, answer: Answer) -> list[Header]:
    """The headers of the response to a client."""
    exchange.function_status = answer.status
    passed, _, _ = treat_response(answer.headers, exchange.method == b"HEAD")
    return [trace_header(exchange), *passed]
