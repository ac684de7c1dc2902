"""What the trace of an exchange is told of an invocation: what API Gateway logs, and who really answers."""

from typing import Any

from limen.gateway.trace import Trace
from limen.integrations.functions.target import FunctionTarget, lambda_url

_OURS = {"X-Limen-Source-Arn": "X-Amz-Source-Arn"}
"""Headers of our own by what API Gateway calls them."""
_HIDDEN = frozenset({"Connection", "Content-Length", "Host", "X-Limen-Principal", "X-Limen-Role"})


def note_invocation(trace: Trace, target: FunctionTarget, head: bytes, payload: bytes) -> None:
    """`head` is the request line and headers with the final blank line."""
    backend, values = describe_invocation(target, head, payload)
    trace.note("function", arn=target.function.qualified_arn, backend=backend)
    trace.note("endpoint_request", **values)


def describe_invocation(target: FunctionTarget, head: bytes, payload: bytes) -> tuple[str, dict[str, Any]]:
    """Who runs the function, in words; then what a trace is told of the request."""
    fields = (line.partition(": ") for line in head.decode("utf-8", "replace").split("\r\n")[1:] if line)
    headers = {_OURS.get(name, name): value for name, _, value in fields if name not in _HIDDEN}
    return target.backend, {
        "method": "POST",
        "uri": lambda_url(target.function),
        "headers": headers,
        "payload": payload.decode("utf-8", "replace"),
    }
