"""Failures: rows that end an exchange with a response of the gateway's own.

Messages of HTTP APIs are in title case and carry no error type (developer guide, HTTP APIs).
"""

from msgspec import Struct


class Failure(Struct, frozen=True):
    """`message` is what the client reads, in the words of HTTP APIs; `name` is `$context.error.responseType`."""

    name: str
    status: int
    message: str


FORBIDDEN = Failure("ACCESS_DENIED", 403, "Forbidden")
NOT_FOUND = Failure("RESOURCE_NOT_FOUND", 404, "Not Found")
BAD_REQUEST = Failure("BAD_REQUEST", 400, "Bad Request")
REQUEST_TOO_LARGE = Failure("REQUEST_TOO_LARGE", 413, "Request Entity Too Large")
HEADERS_TOO_LARGE = Failure("REQUEST_HEADERS_TOO_LARGE", 431, "Request Header Fields Too Large")
INTERNAL = Failure("DEFAULT_5XX", 500, "Internal Server Error")
AUTHORIZER_CONFIGURATION_ERROR = Failure("AUTHORIZER_CONFIGURATION_ERROR", 500, "Internal Server Error")
INTEGRATION_FAILURE = Failure("INTEGRATION_FAILURE", 503, "Service Unavailable")
INTEGRATION_TIMEOUT = Failure("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")


class GatewayError(Exception):
    """Raised by a step to end its exchange; `reason` is for logs and is never sent to a client."""

    def __init__(self, failure: Failure, reason: str = "") -> None:
        super().__init__(reason or failure.name)
        self.failure = failure
        self.reason = reason


class PlanError(Exception):
    """Raised where a part of an API does not compile; the message names the part and the reason."""
