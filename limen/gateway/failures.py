"""The gateway's own answers of HTTP APIs: a JSON message, and the id that every response carries."""

import orjson

from limen.gateway.errors import Failure, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import Record, RoutePlan, Step
from limen.wire import header

_JSON = header(b"Content-Type", b"application/json")
_bodies: dict[Failure, bytes] = {}


def name_request(exchange: Exchange) -> None:
    """An outbound step: every response of an HTTP API tells the id of its request."""
    response = exchange.response
    if response is not None:
        response.headers.append((b"apigw-requestid", b"Apigw-Requestid", exchange.request_id))


def answer_failure(exchange: Exchange, error: GatewayError) -> Response:
    failure = error.failure
    body = _bodies.get(failure)
    if body is None:
        body = _bodies[failure] = orjson.dumps({"message": failure.message})
    request_id = (b"apigw-requestid", b"Apigw-Requestid", exchange.request_id)
    return Response(failure.status, [_JSON, *error.headers, request_id], body)


def compile_failure(failure: Failure) -> Step:
    """A step that ends each exchange with one failure that a client may cause."""

    def fail(_: Exchange) -> None:
        raise GatewayError(failure)

    return fail


def compile_refusal(failure: Failure, reason: str) -> Step:
    """A step that ends each exchange because of how something is configured; `reason` is for the operator."""

    def refuse(_: Exchange) -> None:
        raise GatewayError(failure, reason)

    return refuse


def failure_plan(failure: Failure, key: str = "", records: tuple[Record, ...] = ()) -> RoutePlan:
    """A plan for what belongs to no route."""
    return RoutePlan(
        key=key,
        inbound=(compile_failure(failure),),
        outbound=(),
        records=records,
        failure_response=answer_failure,
    )
