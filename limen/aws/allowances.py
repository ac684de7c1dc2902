"""How large a call may be and how long it may take: the same for all operations, but for those in a table."""

from msgspec import Struct

from limen.aws.errors import AwsError, request_too_large


class Allowance(Struct, frozen=True):
    body: int = 8 << 20
    """Bytes; API Gateway imports files of up to 6 MB, which JSON's quotes and escapes make longer."""
    body_timeout: float = 30.0
    """Seconds in which the body must arrive."""
    timeout: float = 60.0
    """Seconds in which the operation must end."""
    too_large: str = ""
    """AWS's text for a larger body, where it is not that of all services."""

    def refuse_body(self) -> AwsError:
        if not self.too_large:
            return request_too_large(self.body)
        return AwsError("RequestEntityTooLargeException", self.too_large, 413, {"Type": "User"})


DEFAULT = Allowance()
QUERY = Allowance(body=256 << 10)
"""Of calls of the Query protocol, whose operation is known only from their body: a policy has 6 KB at most."""

_MOST_CODE = 70167211
"""Bytes of a call with 50 MB of code in base64."""


def _with_code(operation: str) -> Allowance:
    text = f"Request must be smaller than {_MOST_CODE} bytes for the {operation} operation"
    return Allowance(body=_MOST_CODE, body_timeout=600.0, timeout=120.0, too_large=text)


_INVOCATION = Allowance(
    timeout=1000.0, too_large="Request must be smaller than 6291456 bytes for the InvokeFunction operation"
)
"""A function may run for 900 s, after it has been started. The functions host refuses by the exact limits."""

_ALLOWANCES: dict[tuple[str, str], Allowance] = {
    ("lambda", "CreateFunction"): _with_code("CreateFunction"),
    ("lambda", "UpdateFunctionCode"): _with_code("UpdateFunctionCode"),
    ("lambda", "PublishLayerVersion"): _with_code("PublishLayerVersion"),
    ("lambda", "Invoke"): _INVOCATION,
    ("lambda", "InvokeAsync"): _INVOCATION,
    ("lambda", "InvokeWithResponseStream"): _INVOCATION,
}


def allowance_of(service: str, operation: str) -> Allowance:
    return _ALLOWANCES.get((service, operation), DEFAULT)
