"""What a deployed route compiles to: lists of functions in the order in which API Gateway works."""

from collections.abc import Callable, Coroutine
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from limen.gateway.errors import INTERNAL, Failure, GatewayError
from limen.gateway.exchange import Exchange, Response

WAITS: Literal[True] = True
"""Returned by a step that has arranged for `run.resume` to be called, without or with an error, at its end."""

Step: TypeAlias = Callable[[Exchange], Coroutine[Any, Any, None] | Literal[True] | None]
"""Decides one thing; sets `exchange.response` to answer, raises GatewayError to fail, returns None to go on."""

Record: TypeAlias = Callable[[Exchange], None]
"""Observes an exchange after its response was handed to the downstream, a streamed one to its end."""

FailureResponse: TypeAlias = Callable[[Exchange, GatewayError], Response]


class RoutePlan(Struct, frozen=True):
    """`key` is the route key or the resource path with its method, as metrics and logs name it."""

    key: str
    inbound: tuple[Step, ...]
    outbound: tuple[Step, ...]
    records: tuple[Record, ...]
    failure_response: FailureResponse
    bug: Failure = INTERNAL
    """What a client is told of an exception that is no GatewayError."""
    resource_id: str = ""
    """Of a REST API, as the two below."""
    resource_path: str = ""
    http_method: str = ""
    """As configured: `GET`, `ANY`."""
    operation_name: str | None = None
    find_api_key: Callable[[Exchange], str | None] | None = None
    """Where the API key of a request is; None of a method that requires none."""
    by_verb: dict[bytes, "RoutePlan"] | None = None
    """Of a method ANY: the verbs for which a stage has settings of their own."""
    transfer_mode: str = ""
    """BUFFERED or STREAMED, as `$context.integration.responseTransferMode` of REST APIs tells it."""


def present(*functions: Any) -> tuple[Any, ...]:
    """The functions that there are: a compile_... answers None where its feature is not configured."""
    return tuple(function for function in functions if function is not None)
