"""What of a client's headers a backend is sent, and what the gateway says of itself: Forwarded, Via, X-Amzn-Trace-Id.

HTTP APIs turn X-Forwarded-* of a client into elements of one Forwarded header (RFC 7239). Names of the gateway's own
cannot be forged: not in underscores, which many backends read as hyphens, and not by naming them in Connection.
"""

import ipaddress
import logging
import os
import re
from collections.abc import Iterator
from enum import Enum

from limen.gateway.errors import BAD_REQUEST, INTERNAL, GatewayError
from limen.gateway.exchange import Exchange
from limen.wire import HOP_BY_HOP, LONGEST_KEPT, Header, Headers

HOPS = 8
"""Passages through a gateway after which a request is taken to go in circles."""

VIA = b"HTTP/1.1 AmazonAPIGateway"


log = logging.getLogger("limen.integrations")


class Kind(Enum):
    PASSED = 1
    DROPPED = 2
    READ = 3
    """Not passed on as it is, but its value is used."""


_PASSED = Kind.PASSED
_READ = Kind.READ
_READ_NAMES = frozenset({b"connection", b"forwarded", b"x-forwarded-for", b"via", b"x-amzn-trace-id"})
_DROPPED_NAMES = (HOP_BY_HOP - _READ_NAMES) | {b"host", b"content-length", b"expect"}
_DROPPED_PREFIXES = (b"x-forwarded-", b"x-amzn-oidc-", b"apigw-", b":")
_NOT_NOMINATED = (b"x-forwarded-", b"x-amzn-", b"x-amz-", b"apigw-")
"""Prefixes of names that no client can have dropped by naming them in Connection."""
_PLAIN_CONNECTION = frozenset({b"keep-alive", b"close"})

_kinds: dict[bytes, Kind] = {}
_KINDS_KEPT = 4096
_elements: dict[tuple[str, str, bytes], tuple[bytes, bytes]] = {}
"""What the gateway says of one client and host: the element of Forwarded, and the lines up to the trace id."""
_ELEMENTS_KEPT = 4096

_LONGEST_FORWARDED = 2048
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_QUOTABLE = re.compile(rb"[^\x20-\x7e]|[\\\"]")
_PAIR = rb"""[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}|"[^"\\\x00-\x1f\x7f]{0,255}")"""
_FORWARDED = re.compile(_PAIR + rb"(?:[;,][ \t]{0,8}" + _PAIR + rb"){0,63}")
"""A quote left open would swallow what the gateway appends."""
_TRACE = re.compile(rb"[A-Za-z0-9=;:_. -]{1,512}")
TRACE_ROOT = re.compile(rb"(?:^|;)\s*Root=1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}(?:;|$)")


def kind_of(lower: bytes) -> Kind:
    """Decided once for each name; clients may send any number of names, so what is kept is bounded."""
    kind = _kinds.get(lower)
    if kind is None:
        kind = _decide(lower)
        if len(lower) <= LONGEST_KEPT:
            if len(_kinds) >= _KINDS_KEPT:
                _kinds.clear()
            _kinds[lower] = kind
    return kind


class Forwarded:
    """What of one set of headers goes to a backend; kept on the headers, which requests share that repeat them."""

    __slots__ = ("lines", "passed", "read")

    def __init__(self, headers: Headers) -> None:
        passed: list[Header] = []
        read: dict[bytes, list[bytes]] = {}
        for header in headers:
            kind = _kinds.get(header[0]) or kind_of(header[0])
            if kind is _PASSED:
                passed.append(header)
            elif kind is _READ:
                read.setdefault(header[0], []).append(header[2])
        connection = read.pop(b"connection", None)
        self.passed = passed if connection is None else drop_nominated(passed, connection)
        """Sent as they are; not to be changed in place."""
        self.lines = render_lines(self.passed)
        """The same as bytes."""
        self.read = read or None
        """Values of those that are not sent as they are but are read."""


def forward(headers: Headers) -> Forwarded:
    forwarded: Forwarded | None = headers.derived
    if forwarded is None:
        forwarded = headers.derived = Forwarded(headers)
    return forwarded


def hyphened(lower: bytes) -> bytes:
    """A name as many backends read it, to which `x_user` and `x-user` are the same."""
    return lower.replace(b"_", b"-")


def render_lines(headers: list[Header]) -> bytes:
    """Raises GatewayError rather than let a value add a line."""
    lines = b"".join([b"%b: %b\r\n" % (name, value) for _, name, value in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise GatewayError(BAD_REQUEST, "a line break in a header that would be sent to the backend")
    return lines


def drop_nominated(headers: list[Header], connection: list[bytes]) -> list[Header]:
    """Whatever Connection names belongs to that connection alone (RFC 9110, section 7.6.1)."""
    if len(connection) == 1 and connection[0].lower() in _PLAIN_CONNECTION:
        return headers
    names = {name.strip().lower() for value in connection for name in value.split(b",")}
    return [header for header in headers if header[0] not in names or header[0].startswith(_NOT_NOMINATED)]


def own_headers(exchange: Exchange, read: dict[bytes, list[bytes]] | None) -> bytes:
    """Three header lines: Forwarded, Via, X-Amzn-Trace-Id. Raises GatewayError for a request that goes in circles."""
    client = exchange.client
    key = (client.server_ip, client.source_ip, exchange.host)
    element, start = _elements.get(key) or _make_element(key)
    if read is None:
        return start + _new_trace(exchange) + b"\r\n"
    via = read.get(b"via", [])
    if b",".join(via).count(b"AmazonAPIGateway") >= HOPS:
        log.error("request %s came through %d gateways: an API calls itself", exchange.request_id.decode(), HOPS)
        raise GatewayError(INTERNAL, "the request goes in circles")
    trace = find_trace(exchange, read.get(b"x-amzn-trace-id", []))
    return b"Forwarded: %b\r\nVia: %b\r\nX-Amzn-Trace-Id: %b\r\n" % (
        b",".join((*_earlier_elements(read), element)),
        b", ".join((*via, VIA)),
        trace,
    )


def find_trace(exchange: Exchange, sent: list[bytes]) -> bytes:
    """The client's X-Amzn-Trace-Id where it sent one that is one, else a new one."""
    return sent[0] if len(sent) == 1 and _is_trace(sent[0]) else _new_trace(exchange)


def _decide(lower: bytes) -> Kind:
    if lower in _READ_NAMES:
        return Kind.READ
    hyphened = lower.replace(b"_", b"-")
    if hyphened in _DROPPED_NAMES or hyphened.startswith(_DROPPED_PREFIXES):
        return Kind.DROPPED
    if hyphened != lower and (hyphened in _READ_NAMES or hyphened.startswith(_NOT_NOMINATED)):
        return Kind.DROPPED
    return Kind.PASSED


def _make_element(key: tuple[str, str, bytes]) -> tuple[bytes, bytes]:
    element = _element(*key)
    made = element, b"Forwarded: %b\r\nVia: %b\r\nX-Amzn-Trace-Id: " % (element, VIA)
    if len(key[2]) <= LONGEST_KEPT:
        if len(_elements) >= _ELEMENTS_KEPT:
            _elements.clear()
        _elements[key] = made
    return made


def _element(server_ip: str, source_ip: str, host: bytes) -> bytes:
    by = f"by={_node(server_ip)};" if server_ip else ""
    quoted = host if _TOKEN.fullmatch(host) else b'"%b"' % _NOT_QUOTABLE.sub(b"", host)
    return f"{by}for={_node(source_ip)};host=".encode() + quoted + b";proto=https"


def _node(address: str) -> str:
    return f'"[{address}]"' if ":" in address else address


def _earlier_elements(read: dict[bytes, list[bytes]]) -> Iterator[bytes]:
    """What other proxies said before: a Forwarded that is well formed, and the addresses of X-Forwarded-For."""
    forwarded = b",".join(read.get(b"forwarded", []))
    if len(forwarded) <= _LONGEST_FORWARDED and _FORWARDED.fullmatch(forwarded):
        yield forwarded
    addresses = b",".join(read.get(b"x-forwarded-for", []))[:_LONGEST_FORWARDED]
    for address in addresses.split(b",") if addresses else ():
        try:
            yield b"for=" + _node(str(ipaddress.ip_address(address.strip().decode("latin-1")))).encode()
        except ValueError:
            yield b"for=unknown"


def _is_trace(value: bytes) -> bool:
    return _TRACE.fullmatch(value) is not None and TRACE_ROOT.search(value) is not None


def _new_trace(exchange: Exchange) -> bytes:
    return begin_root(exchange) + _next_trace()


def begin_root(exchange: Exchange) -> bytes:
    """Of a new trace id: version and time, up to what is random."""
    second = int(exchange.started_at)
    root = _roots.get(second)
    if root is None:
        _roots.clear()
        root = _roots[second] = b"Root=1-%08x-" % second
    return root


_roots: dict[int, bytes] = {}
"""The beginning of this second's trace ids."""


def _random_traces() -> Iterator[bytes]:
    """24 hexadecimal digits each; one system call for 256 of them."""
    while True:
        digits = os.urandom(256 * 12).hex().encode()
        yield from [digits[start : start + 24] for start in range(0, len(digits), 24)]


_next_trace = _random_traces().__next__
