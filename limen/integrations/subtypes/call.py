"""A call of an AWS service on behalf of a request: parameters are read, the request is made and signed, then sent.

What the service answers, errors too, passes as it is. What API Gateway says where it cannot call it: as observed.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from limen.aws.credentials import AccessKey
from limen.aws.signer import Signer
from limen.gateway.errors import BAD_REQUEST, INTERNAL, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import WAITS, Step
from limen.gateway.run import resume, waiting
from limen.integrations.backend_request import BackendRequest
from limen.integrations.exchange_call import ExchangeCall
from limen.integrations.forwarding import render_lines
from limen.integrations.http import ProxyCall
from limen.integrations.mapping import ResponseMappings
from limen.integrations.noting import note_request
from limen.integrations.service_names import signing_name_of
from limen.integrations.service_place import NoCredentialsError
from limen.integrations.service_signing import sign_request
from limen.integrations.sources import Reading
from limen.integrations.subtypes.actions import REGION, Action
from limen.integrations.subtypes.endpoints import Endpoint, Endpoints
from limen.integrations.subtypes.requests import headers_of, method_of, render_request
from limen.integrations.subtypes.values import ReadValue
from limen.upstream.client import Upstream
from limen.wire import header

CANNOT_ASSUME = (
    "API Gateway doesn’t have permissions to assume the IAM role configured on the integration. "  # noqa: RUF001
    "Check the permissions and try again."
)
UNRESOLVED = (
    "Unable to resolve property {} from source {}. Please make sure that the request to API Gateway contains all the "
    "necessary fields specified in request parameters."
)


class ServiceAction(Struct, frozen=True, kw_only=True):
    """One integration with a subtype; `timeout` in seconds, `reads` and `texts` by parameter."""

    subtype: str
    action: Action
    reads: Mapping[str, ReadValue]
    texts: Mapping[str, str]
    endpoints: Endpoints
    signer: Signer
    timeout: float
    agent: bytes
    mappings: ResponseMappings


def compile_service_action(settings: ServiceAction, upstream: Upstream) -> Step:
    """A step that calls a service and goes on when its response is there."""

    def call_service(exchange: Exchange) -> Any:
        try:
            values = _read_values(settings, exchange)
            endpoint = _find_endpoint(settings, values)
            request = _make_request(settings, endpoint, values)
        except GatewayError as error:
            exchange.integration_error = error.reason
            raise
        try:
            key = endpoint.caller.find(exchange)
        except NoCredentialsError as error:
            exchange.integration_error = str(error)
            raise _refusal(settings, error) from None
        if key is None:
            waiting.start(_send_later(settings, upstream, exchange, request, endpoint), "assume a role")
        else:
            _send(settings, upstream, exchange, request, endpoint, key)
        return WAITS

    return call_service


class ServiceCall(ProxyCall):
    """Answered as a backend is: what a service says passes to the client."""

    __slots__ = ()

    def __init__(
        self, exchange: Exchange, settings: ServiceAction, endpoint: Endpoint, request: BackendRequest, head: bytes
    ) -> None:
        ExchangeCall.__init__(self, exchange, endpoint.origin, request.method, head, request.body, settings.timeout)
        self.mappings = settings.mappings


def _read_values(settings: ServiceAction, exchange: Exchange) -> dict[str, Any]:
    """By parameter. Raises GatewayError for one that is required and missing."""
    reading = Reading(exchange, exchange.headers, exchange.body)
    parameters = settings.action.parameters
    values: dict[str, Any] = {}
    for name, read in settings.reads.items():
        value = read(reading)
        if value is not None:
            values[name] = value
        elif parameters[name].is_required:
            raise GatewayError(BAD_REQUEST, UNRESOLVED.format(name, settings.texts[name]))
    return values


def _find_endpoint(settings: ServiceAction, values: dict[str, Any]) -> Endpoint:
    """Takes the region out of the values."""
    region = values.pop(REGION, None)
    return settings.endpoints.home if region is None else settings.endpoints.find(region)


def _make_request(settings: ServiceAction, endpoint: Endpoint, values: dict[str, Any]) -> BackendRequest:
    action = settings.action
    members = {action.parameters[name].member: value for name, value in values.items()}
    path, query, body = render_request(action, members)
    headers = [*headers_of(action), header(b"User-Agent", settings.agent)]
    path = endpoint.path + path
    return BackendRequest(method_of(action), endpoint.host, path.encode(), query.encode(), headers, body)


def _send(
    settings: ServiceAction,
    upstream: Upstream,
    exchange: Exchange,
    request: BackendRequest,
    endpoint: Endpoint,
    key: AccessKey,
) -> None:
    sign_request(request, key, settings.signer, endpoint.region, signing_name_of(settings.action.service))
    head = _render_head(request)
    if exchange.trace is not None:
        note_request(exchange.trace, endpoint.origin.scheme, head, request.body)
    upstream.send(ServiceCall(exchange, settings, endpoint, request, head))


async def _send_later(
    settings: ServiceAction, upstream: Upstream, exchange: Exchange, request: BackendRequest, endpoint: Endpoint
) -> None:
    try:
        key = await endpoint.caller.wait()
        _send(settings, upstream, exchange, request, endpoint, key)
    except NoCredentialsError as error:
        exchange.integration_error = CANNOT_ASSUME
        resume(exchange, _refusal(settings, error))
    except Exception as error:
        resume(exchange, error)


def _render_head(request: BackendRequest) -> bytes:
    """Path and query are encoded, so that nothing in them ends the line."""
    target = request.path + b"?" + request.query if request.query else request.path
    end = b"Content-Length: %d\r\n\r\n" % len(request.body) if request.method == b"POST" else b"\r\n"
    start = b"%b %b HTTP/1.1\r\nHost: %b\r\nConnection: keep-alive\r\n" % (request.method, target, request.host)
    return start + render_lines(request.headers) + end


def _refusal(settings: ServiceAction, error: NoCredentialsError) -> GatewayError:
    return GatewayError(INTERNAL, f"AWS integration {settings.subtype}: {error}")
