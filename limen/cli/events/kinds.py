"""Every kind of sample event, by the name that `limen event` takes."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from limen.cli.events import apis, services
from limen.cli.events.choice import Choice


class Kind(Struct, frozen=True):
    meaning: str
    make: Callable[[Choice], dict[str, Any]]


KINDS: dict[str, Kind] = {
    "apigateway-proxy": Kind("proxy integration of a REST API (payload 1.0)", apis.rest_proxy),
    "http-api": Kind("integration of an HTTP API, payload 2.0", apis.http_v2),
    "http-api-v1": Kind("integration of an HTTP API, payload 1.0", apis.http_v1),
    "websocket": Kind("a message to a WebSocket API", apis.websocket),
    "authorizer-token": Kind("TOKEN authorizer of a REST API", apis.token_authorizer),
    "authorizer-request": Kind("REQUEST authorizer of a REST API", apis.request_authorizer),
    "authorizer-http-api": Kind("Lambda authorizer of an HTTP API, payload 2.0", apis.http_authorizer),
    "sqs": Kind("a message of a queue", services.sqs),
    "sns": Kind("a notification of a topic", services.sns),
    "s3": Kind("an object put into a bucket", services.s3),
    "dynamodb": Kind("an item put into a table", services.dynamodb),
    "kinesis": Kind("a record of a stream", services.kinesis),
    "eventbridge": Kind("an event of a bus", services.eventbridge),
    "scheduled": Kind("a schedule's turn", services.scheduled),
}
