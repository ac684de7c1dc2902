"""Failures: rows that end an exchange with a response of the gateway's own.

The rows here are those of HTTP APIs: messages in title case, without an error type (developer guide, HTTP APIs); those
of REST APIs are in rest_errors.
"""

from msgspec import Struct

from limen.wire import Header


class Failure(Struct, frozen=True):
    """`name` is `$context.error.responseType`, which for REST APIs is the type of a gateway response."""

    name: str
    status: int
    message: str | None
    """What the client reads."""
    error_type: str = ""
    """What x-amzn-ErrorType says; empty for HTTP APIs, which have no such header."""
    is_spaced: bool = False
    """Raised inside a method's execution, where AWS writes `{"message": "x"}` with a space (observed)."""
    is_capital: bool = False
    """Answered as `{"Message":"x"}` (observed)."""


UNAUTHORIZED = Failure("UNAUTHORIZED", 401, "Unauthorized")
FORBIDDEN = Failure("ACCESS_DENIED", 403, "Forbidden")
NOT_FOUND = Failure("RESOURCE_NOT_FOUND", 404, "Not Found")
BAD_REQUEST = Failure("BAD_REQUEST", 400, "Bad Request")
THROTTLED = Failure("THROTTLED", 429, "Too Many Requests")
REQUEST_TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "Request Entity Too Large")
HEADERS_TOO_LARGE = Failure("REQUEST_HEADERS_TOO_LARGE", 431, "Request Header Fields Too Large")
INTERNAL = Failure("DEFAULT_5XX", 500, "Internal Server Error")
AUTHORIZER_CONFIGURATION_ERROR = Failure("AUTHORIZER_CONFIGURATION_ERROR", 500, "Internal Server Error")
AUTHORIZER_FAILURE = Failure("AUTHORIZER_FAILURE", 500, "Internal Server Error")
INTEGRATION_FAILURE = Failure("INTEGRATION_FAILURE", 503, "Service Unavailable")
INTEGRATION_TIMEOUT = Failure("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")


class GatewayError(Exception):
    """Raised by a step to end its exchange; `reason` is for logs and is never sent to a client.

    `message` is sent in place of the failure's own; `detail` is `$context.error.validationErrorString`; `headers` are
    sent with the answer, by HTTP APIs.
    """

    def __init__(
        self,
        failure: Failure,
        reason: str = "",
        *,
        message: str | None = None,
        detail: str | None = None,
        headers: tuple[Header, ...] = (),
    ) -> None:
        super().__init__(reason or failure.name)
        self.failure = failure
        self.reason = reason
        self.message = failure.message if message is None else message
        self.detail = detail
        self.headers = headers


class PlanError(Exception):
    """Raised where a part of an API does not compile; the message names the part and the reason."""
