"""Why a function was not run: the errors of Lambda's Invoke API, by their names, statuses and messages.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

LARGEST_REQUEST = 6_291_456
"""Bytes of a synchronous invocation's payload; AWS lets a response have 100 more."""
LARGEST_EVENT = 1_048_576
"""Bytes of an asynchronous invocation's payload."""


class InvokeError(Exception):
    """An invocation that did not take place; `members` are those of its body beside Type and message."""

    def __init__(self, name: str, status: int, message: str, **members: str) -> None:
        super().__init__(message)
        self.name = name
        self.status = status
        self.message = message
        self.members = members

    @property
    def body(self) -> dict[str, str]:
        type_ = "Service" if self.status >= 500 else "User"
        return {**self.members, "Type": type_, "message": self.message}


def function_not_found(arn: str) -> InvokeError:
    return InvokeError("ResourceNotFoundException", 404, f"Function not found: {arn}")


def too_many_requests(reason: str) -> InvokeError:
    return InvokeError("TooManyRequestsException", 429, "Rate Exceeded.", Reason=reason)


def reserved_concurrency_reached() -> InvokeError:
    return too_many_requests("ReservedFunctionConcurrentInvocationLimitExceeded")


def concurrency_reached() -> InvokeError:
    return too_many_requests("ConcurrentInvocationLimitExceeded")


def request_too_large() -> InvokeError:
    message = f"Request must be smaller than {LARGEST_REQUEST} bytes for the InvokeFunction operation"
    return InvokeError("RequestEntityTooLargeException", 413, message)


def event_too_large(size: int) -> InvokeError:
    message = f"{size} byte payload is too large for the Event invocation type (limit {LARGEST_EVENT} bytes)"
    return InvokeError("RequestEntityTooLargeException", 413, message)


def invalid_content(message: str) -> InvokeError:
    return InvokeError("InvalidRequestContentException", 400, message)


def invalid_parameter(message: str) -> InvokeError:
    return InvokeError("InvalidParameterValueException", 400, message)


def access_denied(action: str, arn: str, user: str = "apigateway.amazonaws.com") -> InvokeError:
    message = (
        f"User: {user} is not authorized to perform: {action} on resource: {arn} "
        f"because no resource-based policy allows the {action} action"
    )
    return InvokeError("AccessDeniedException", 403, message)


def service_failure(message: str) -> InvokeError:
    return InvokeError("ServiceException", 500, message)
