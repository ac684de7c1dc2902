"""The gateway's own answers of REST APIs where no gateway response is customised, and the ids that each answer has.

Header names and the spaces in bodies are as observed.
"""

import re

import orjson

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import compile_failure
from limen.gateway.ids import next_uuid
from limen.gateway.rest_errors import FORBIDDEN
from limen.gateway.route_plan import RoutePlan
from limen.wire import Header, find_header, header

INVALID_REQUEST_ID = "UUID_REPLACED_INVALID_REQUEST_ID"

_JSON = header(b"Content-Type", b"application/json")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def request_uuid(exchange: Exchange) -> str:
    """The id of a request of a REST API: the client's own where it sends one, else a new UUID."""
    if not exchange.request_uuid:
        given = find_header(exchange.headers, b"x-amzn-requestid")
        if given is None:
            exchange.request_uuid = next_uuid()
        else:
            exchange.request_uuid = given.decode() if _UUID.fullmatch(given) else INVALID_REQUEST_ID
    return exchange.request_uuid


def rest_ids(exchange: Exchange) -> list[Header]:
    """The two headers that name a request."""
    return [
        (b"x-amzn-requestid", b"x-amzn-RequestId", request_uuid(exchange).encode()),
        (b"x-amz-apigw-id", b"x-amz-apigw-id", exchange.request_id),
    ]


def name_rest_request(exchange: Exchange) -> None:
    """An outbound step: every response of a REST API tells the ids of its request."""
    if exchange.response is not None:
        exchange.response.headers += rest_ids(exchange)


def answer_rest_failure(exchange: Exchange, error: GatewayError) -> Response:
    """As AWS answers where nothing is customised."""
    failure = error.failure
    headers = [_JSON, *rest_ids(exchange), (b"x-amzn-errortype", b"x-amzn-ErrorType", failure.error_type.encode())]
    return Response(failure.status, headers, failure_body(error))


def failure_body(error: GatewayError) -> bytes:
    failure = error.failure
    start = b'{"message": ' if failure.is_spaced else b'{"Message":' if failure.is_capital else b'{"message":'
    return start + orjson.dumps(error.message) + b"}"


def answer_too_large(_: Exchange, error: GatewayError) -> Response:
    """From AWS's front end, which knows nothing of APIs."""
    return Response(413, [header(b"Content-Type", b"text; charset=utf-8")], (error.message or "").encode())


FORBIDDEN_PLAN = RoutePlan(
    key="", inbound=(compile_failure(FORBIDDEN),), outbound=(), records=(), failure_response=answer_rest_failure
)
"""For a request of a REST API that no stage answers."""
