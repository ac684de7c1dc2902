"""AWS integrations with functions: the event is made by template, and the error message of a function selects.

Developer guide, "Set up Lambda custom integrations in API Gateway" and "Handle Lambda errors in API Gateway".
"""

from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.functions.call import FunctionCall
from limen.integrations.functions.invoke import invoke
from limen.integrations.functions.refusal import Refusal
from limen.integrations.functions.target import FunctionTarget
from limen.integrations.rest.custom import make_request
from limen.integrations.rest.custom_settings import CustomSettings
from limen.integrations.rest.failures import rest_failure
from limen.integrations.rest.function_failures import error_message_of, function_refused
from limen.integrations.rest.responses import make_response
from limen.integrations.rest.uri import in_words_of_rest
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import Header

_EMPTY = b"{}"
"""The event where nothing makes one (observed)."""


def compile_function_custom(settings: CustomSettings, target: FunctionTarget, upstream: Upstream) -> Step:
    """A step that invokes a function and goes on when it has answered."""

    def invoke_function(exchange: Exchange) -> Any:
        try:
            request = make_request(settings, exchange)
        except GatewayError as error:
            raise in_words_of_rest(error) from None
        headers = [header for header in request.headers if _passes(header[0])]
        invoke(upstream, CustomFunctionCall(exchange, settings, target, request.body or _EMPTY), headers)
        return WAITS

    return invoke_function


def _passes(lower: bytes) -> bool:
    """On whose behalf a function is called is said by the gateway alone."""
    return lower != b"content-type" and not lower.replace(b"_", b"-").startswith(b"x-limen-")


class CustomFunctionCall(FunctionCall):
    """An event made by mapping and template."""

    __slots__ = ("settings",)

    def __init__(self, exchange: Exchange, settings: CustomSettings, target: FunctionTarget, payload: bytes) -> None:
        FunctionCall.__init__(self, exchange, target, payload, settings.timeout)
        self.settings = settings

    def make_answer(self, payload: bytes, is_error: bool) -> Response:
        settings, exchange = self.settings, self.exchange
        message = error_message_of(payload) if is_error else None
        selected = settings.selection.select(exchange, message or "", exchange.integration_status)
        headers: list[Header] = self.answered
        response = make_response(selected, exchange, headers, payload, settings.binary_types, settings.variables)
        response.headers.insert(0, (b"x-amzn-trace-id", b"X-Amzn-Trace-Id", exchange.trace_id))
        return response

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        return function_refused(self.exchange, refusal)

    def misconfigured(self, reason: str) -> GatewayError:
        return GatewayError(API_CONFIGURATION_ERROR, reason)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        return rest_failure(self.exchange, error)
