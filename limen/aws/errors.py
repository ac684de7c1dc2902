"""The errors that an AWS API answers with (https://docs.aws.amazon.com/apigatewayv2/latest/api-reference)."""

from typing import Any


class AwsError(Exception):
    """Ends a call; `members` are further fields of the modelled error by wire name, such as resourceType."""

    def __init__(self, code: str, message: str, status: int, members: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members or {}


def bad_request(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def not_found(message: str, resource_type: str | None = None) -> AwsError:
    return AwsError("NotFoundException", message, 404, _given(resourceType=resource_type))


def conflict(message: str) -> AwsError:
    return AwsError("ConflictException", message, 409)


def too_many_requests(message: str, limit_type: str | None = None) -> AwsError:
    return AwsError("TooManyRequestsException", message, 429, _given(limitType=limit_type))


def access_denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message, 403)


def serialization_error(message: str) -> AwsError:
    """The request is not of the types that the model asks for."""
    return AwsError("SerializationException", message, 400)


def unknown_operation() -> AwsError:
    """AWS's words to a signed request whose method and path belong to no operation."""
    return access_denied("Unable to determine service/operation name to be authorized")


def not_served(what: str) -> AwsError:
    """404 and not 501: SDKs retry what is 5xx. `__type`: clients of the JSON protocols read the code there."""
    code = "UnknownOperationException"
    return AwsError(code, f"Limen does not serve {what}", 404, {"__type": code})


def not_implemented(what: str) -> AwsError:
    """400, for SDKs retry what is 5xx."""
    return AwsError("NotImplementedException", f"Limen does not implement {what} yet", 400)


def request_too_large(limit: int) -> AwsError:
    return AwsError("RequestTooLargeException", f"Request must be smaller than {limit} bytes", 413)


def request_timeout(seconds: float) -> AwsError:
    return AwsError(
        "RequestTimeoutException", f"The body of the request did not arrive within {seconds:g} seconds", 408
    )


def service_unavailable(message: str) -> AwsError:
    return AwsError("ServiceUnavailableException", message, 503)


def internal_failure() -> AwsError:
    """What a client hears of a bug; the traceback stays in the log."""
    message = "The request processing has failed because of an unknown error, exception or failure."
    return AwsError("InternalFailure", message, 500)


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
