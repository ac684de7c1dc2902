"""Words that both sides of the wire share: header tuples, hop-by-hop names, reason phrases, protocol errors.

A leaf: it knows nothing of gateways (RFC 9110 and RFC 9112).
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, TypeAlias

Header: TypeAlias = tuple[bytes, bytes, bytes]
"""Lower-cased name, name as sent, value."""


class Headers(tuple[Header, ...]):
    """What a client sent. Requests that repeat their headers share one, so what is derived from it is kept on it."""

    derived: Any = None
    """Kept by whoever forwards the headers; None until then."""
    derived_for_rest: Any = None
    """The same for REST APIs, which forward others: on a bare host one connection may ask APIs of both types."""
    derived_for_events: Any = None
    """The same for the events of functions behind REST APIs."""
    derived_for_http_events: Any = None
    """The same for the events of functions behind HTTP APIs."""
    behind_proxies: Any = None
    """Kept by whoever sees through trusted proxies."""
    asks_anew: Any = None
    """Kept by caches of responses: whether Cache-Control wants no kept one."""
    says_forwarded = False
    """Whether `Forwarded` is among them, which trusted proxies alone may say."""


HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"trailers",
        b"transfer-encoding",
        b"upgrade",
        b"http2-settings",
    }
)
"""Names that belong to one connection and are never passed on (RFC 9110, section 7.6.1)."""

LONGEST_KEPT = 255
"""Bytes of what a client chose, up to which something is remembered by it; honest names and values are shorter."""

STATUS_LINES: dict[int, bytes] = {
    **{status: b"HTTP/1.1 %d \r\n" % status for status in range(100, 1000)},
    **{status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus},
}
"""The first line of an HTTP/1.1 response by status."""


class ProtocolError(Exception):
    """Raised when a peer breaks HTTP; `status` is what a client is told before its connection is closed."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def header(name: bytes, value: bytes) -> Header:
    """A header of our own, its name kept as written."""
    return (name.lower(), name, value)


def find_header(headers: Iterable[Header], lower: bytes) -> bytes | None:
    """The first value of a header, or None where it was not sent."""
    for name, _, value in headers:
        if name == lower:
            return value
    return None


def find_headers(headers: Iterable[Header], lower: bytes) -> list[bytes]:
    """Every value of a header, in the order sent."""
    return [value for name, _, value in headers if name == lower]
