"""Reads the header list of an HTTP/2 request (RFC 9113, section 8.3) into the words that HTTP/1.1 uses."""

import re

from msgspec import Struct

from limen.downstream.acceptance import check_host, check_method, check_target, is_forgery
from limen.downstream.limits import Limits
from limen.downstream.trusted_proxies import TrustedProxies
from limen.gateway.exchange import Client, Exchange, Reply
from limen.wire import Header, Headers, ProtocolError

_PSEUDO = frozenset({b":method", b":path", b":scheme", b":authority"})
_NOT_IN_A_NAME = re.compile(rb"[^a-z0-9!#$%&'*+.^_`|~-]")
_NOT_IN_A_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CONNECTION_SPECIFIC = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade", b"http2-settings"}
)


class Request(Struct):
    """`size` is the announced content-length, None where there is none; `head_size` in bytes as if it were HTTP/1.1."""

    method: bytes
    target: bytes
    host: bytes
    headers: Headers
    size: int | None
    awaits_continue: bool
    head_size: int

    def start(self, client: Client, reply: Reply, now: float, proxies: TrustedProxies) -> Exchange:
        """The exchange of this request, its body still to come."""
        exchange = Exchange(
            self.method, self.target, self.headers, b"", self.host, "HTTP/2.0", client, reply, now, self.head_size
        )
        if client.is_proxy or self.headers.says_forwarded:
            proxies.see_through(exchange)
        return exchange


def read_request(fields: list[tuple[bytes, bytes]], limits: Limits) -> Request:
    """Raises ProtocolError with the status to answer on the stream."""
    if len(fields) > limits.header_count + len(_PSEUDO):
        raise ProtocolError(431, "too many headers")
    head_size = sum(len(name) + len(value) + 4 for name, value in fields)
    if head_size > limits.head_size:
        raise ProtocolError(431, "headers too large")
    pseudo: dict[bytes, bytes] = {}
    regular: dict[bytes, list[bytes]] = {}
    headers: list[Header] = []
    for name, value in fields:
        if name[:1] == b":":
            if name not in _PSEUDO or name in pseudo or headers or regular:
                raise ProtocolError(400, "invalid pseudo-header")
            pseudo[name] = value
            continue
        _check_field(name, value)
        value = value.strip(b" \t")
        is_repeated_cookie = name == b"cookie" and b"cookie" in regular
        regular.setdefault(name, []).append(value)
        if not is_repeated_cookie and name != b"host" and not is_forgery(name):
            headers.append((name, name, value))
    if b"cookie" in regular:
        joined = b"; ".join(
            filter(None, regular[b"cookie"])
        )  # crumbs are one cookie elsewhere (RFC 9113, section 8.2.3)
        headers = [(name, name, joined) if name == b"cookie" else (name, name, value) for name, _, value in headers]
    return _checked(pseudo, regular, headers, limits, head_size)


def _check_field(name: bytes, value: bytes) -> None:
    if not name or _NOT_IN_A_NAME.search(name) or _NOT_IN_A_VALUE.search(value):
        raise ProtocolError(400, "invalid header")
    if name in _CONNECTION_SPECIFIC or (name == b"te" and value.lower() != b"trailers"):
        raise ProtocolError(400, "connection-specific header")


def _checked(
    pseudo: dict[bytes, bytes],
    regular: dict[bytes, list[bytes]],
    headers: list[Header],
    limits: Limits,
    head_size: int,
) -> Request:
    method, target = pseudo.get(b":method", b""), pseudo.get(b":path", b"")
    check_method(method)
    check_target(target, limits.target_size)
    if pseudo.get(b":scheme") != b"https":
        raise ProtocolError(400, "scheme is not https")
    hosts = regular.get(b"host", [])
    host = pseudo.get(b":authority") or (hosts[0] if hosts else b"")
    if not host or any(other.lower() != host.lower() for other in hosts):
        raise ProtocolError(400, "no host, or two that differ")
    check_host(host)
    headers.insert(0, (b"host", b"host", host))
    lengths = regular.get(b"content-length", [])
    if len(lengths) > 1 or any(not length.isdigit() or len(length) > 19 for length in lengths):
        raise ProtocolError(400, "invalid content-length")
    size = int(lengths[0]) if lengths else None
    expectations = regular.get(b"expect", [])
    if any(expectation.lower() != b"100-continue" for expectation in expectations):
        raise ProtocolError(417, "unknown expectation")
    made = Headers(headers)
    made.says_forwarded = b"forwarded" in regular
    return Request(method, target, host, made, size, bool(expectations), head_size)
