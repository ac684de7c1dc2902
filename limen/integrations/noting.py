"""What the trace of an exchange is told of its backend; called only where there is a trace."""

from limen.gateway.exchange import Exchange
from limen.gateway.trace import Trace
from limen.wire import Header

_FRAMING = frozenset({"Connection", "Content-Length"})
"""The gateway's own business with the backend; AWS does not log it either."""


def note_request(trace: Trace, scheme: str, head: bytes, body: bytes) -> None:
    """`head` is the request line and headers with the final blank line."""
    line, *fields = _text(head).rstrip("\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    headers: dict[str, str] = {}
    host = ""
    for field in fields:
        name, _, value = field.partition(": ")
        if name == "Host":
            host = value
        elif name not in _FRAMING:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    trace.note("endpoint_request", method=method, uri=f"{scheme}://{host}{target}", headers=headers, body=_text(body))


def note_response(exchange: Exchange, status: int, headers: list[Header], body: bytes) -> None:
    if exchange.trace is not None:
        exchange.trace.note(
            "endpoint_response",
            status=status,
            latency_ms=int((exchange.integration_latency or 0) * 1000),
            headers=header_map(headers),
            body=_text(body),
        )


def header_map(headers: list[Header]) -> dict[str, str]:
    """By name as sent; repeated ones joined with commas."""
    found: dict[str, str] = {}
    for _, sent, value in headers:
        name, text = sent.decode("latin-1"), _text(value)
        found[name] = f"{found[name]},{text}" if name in found else text
    return found


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
