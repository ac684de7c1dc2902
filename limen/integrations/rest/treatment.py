"""What becomes of each header on its way through a REST API: passed, dropped, or renamed `x-amzn-Remapped-{name}`.

Developer guide, "Amazon API Gateway important notes", REST APIs; where AWS was observed to do otherwise, as observed.
"""

import os
import re
from collections.abc import Iterator
from typing import Any, Final

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, INTERNAL
from limen.integrations.forwarding import TRACE_ROOT, begin_root, drop_nominated, hyphened, render_lines
from limen.wire import HOP_BY_HOP, LONGEST_KEPT, Header, Headers

HOPS = 32
"""Addresses in X-Forwarded-For after which a request is taken to go in circles; honest chains are shorter."""

_READ_NAMES = frozenset({b"connection", b"x-forwarded-for", b"x-amzn-trace-id", b"authorization"})
_DROPPED_NAMES = (HOP_BY_HOP - _READ_NAMES) | {
    b"content-encoding",
    b"content-length",
    b"content-md5",
    b"expect",
    b"host",
    b"max-forwards",
    b"server",
    b"via",
    b"www-authenticate",
    b"x-amzn-apigateway-api-id",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-http-method-override",
}
_OWN_NAMES = frozenset(
    {
        b"x-amzn-apigateway-api-id",
        b"x-amzn-trace-id",
        b"x-forwarded-for",
        b"x-forwarded-port",
        b"x-forwarded-proto",
    }
)
_PASSED: Final = 0
_DROPPED: Final = 1
_READ: Final = 2
_kinds: dict[bytes, int] = {}
_KINDS_KEPT = 4096
_SIGNATURE = b"AWS4-"

REMAPPED_PREFIX = b"x-amzn-Remapped-"
_REMAPPED_NAMES = (
    b"Authorization",
    b"Connection",
    b"Content-Length",
    b"Content-MD5",
    b"Date",
    b"Max-Forwards",
    b"Server",
    b"User-Agent",
    b"WWW-Authenticate",
    b"x-amz-apigw-id",
    b"x-amzn-RequestId",
)
_DROPPED_OF_RESPONSES = (HOP_BY_HOP - {b"connection"}) | {b"expect", b"host", b"via"}
_DROPPED_HERE: Final = 1
_TYPE: Final = 2
_ENCODING: Final = 3
_CONNECTION: Final = 4
_LENGTH: Final = 5
_OF_RESPONSES: dict[bytes, tuple[bytes, bytes, int | None]] = {
    **dict.fromkeys(_DROPPED_OF_RESPONSES, (b"", b"", _DROPPED_HERE)),
    **{name.lower(): ((REMAPPED_PREFIX + name).lower(), REMAPPED_PREFIX + name, None) for name in _REMAPPED_NAMES},
    b"connection": (b"x-amzn-remapped-connection", b"x-amzn-Remapped-Connection", _CONNECTION),
    b"content-length": (b"x-amzn-remapped-content-length", b"x-amzn-Remapped-Content-Length", _LENGTH),
    b"content-type": (b"", b"", _TYPE),
    b"content-encoding": (b"", b"", _ENCODING),
}
"""Headers of a backend that are not just passed on: the name that they get, and what else there is to them."""
_treatments: dict[bytes, Any] = {**_OF_RESPONSES}
"""The same for mypyc, which would take each header apart and put it together again: 0.8 us for six of them where they
are Headers, 0.5 us this way."""

_REMAPPED_WHEN_MAPPED = frozenset({b"expect", b"host", b"proxy-authenticate", b"trailer", b"upgrade"})
_DROPPED_WHEN_MAPPED = frozenset({b"keep-alive", b"transfer-encoding"})

_JSON = (b"content-type", b"Content-Type", b"application/json")
_elements: dict[tuple[str, int], bytes] = {}
"""The lines up to the trace id, by the client's address and the port that it asked."""
_FORWARDED_FOR = b"X-Forwarded-For: "
_ELEMENTS_KEPT = 4096
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Forwarded:
    """What of one set of headers goes to a backend that is asked as the gateway was; requests share it.

    `lines` and `passed` are the same, as bytes and as headers.
    """

    __slots__ = ("addresses", "has_agent", "has_type", "lines", "names", "passed", "sampled", "trace_root")

    def __init__(self, headers: Headers) -> None:
        passed: list[Header] = []
        connection: list[bytes] = []
        addresses: list[bytes] = []
        self.trace_root = b""
        """`Root=1-...` of the client's X-Amzn-Trace-Id, empty where it sent none that is one."""
        self.sampled = b"0"
        for header in headers:
            lower, value = header[0], header[2]
            kind = kind_of(lower)
            if kind == _PASSED:
                passed.append(header)
            elif kind == _DROPPED:
                continue
            elif lower == b"authorization":
                if not value.startswith(_SIGNATURE):
                    passed.append(header)
            elif lower == b"x-forwarded-for":
                addresses.append(value)
            elif lower == b"x-amzn-trace-id":
                self.trace_root, self.sampled = read_trace(value)
            else:
                connection.append(value)
        if connection:
            passed = drop_nominated(passed, connection)
        names = {hyphened(header[0]) for header in passed}
        if b"accept" not in names:
            passed.append((b"accept", b"Accept", b"application/json"))
            names.add(b"accept")
        self.names = names
        self.has_agent = b"user-agent" in names
        self.has_type = b"content-type" in names
        self.passed = passed
        self.lines = render_lines(passed)
        self.addresses = b", ".join(addresses)


def forward(headers: Headers) -> Forwarded:
    forwarded: Forwarded | None = headers.derived_for_rest
    if forwarded is None:
        forwarded = headers.derived_for_rest = Forwarded(headers)
    return forwarded


def kind_of(lower: bytes) -> int:
    """Decided once for each name; clients may send any number of names, so what is kept is bounded."""
    kind = _kinds.get(lower)
    if kind is None:
        kind = _decide(lower)
        if len(lower) <= LONGEST_KEPT:
            if len(_kinds) >= _KINDS_KEPT:
                _kinds.clear()
            _kinds[lower] = kind
    return kind


def own_lines(exchange: Exchange, forwarded: Forwarded) -> bytes:
    """X-Forwarded-For, -Port, -Proto and X-Amzn-Trace-Id. Raises GatewayError for a request that goes in circles."""
    key = (exchange.client.source_ip, exchange.client.server_port)
    element = _elements.get(key) or _make_element(key)
    trace_id = exchange.trace_id or make_trace_id(exchange, forwarded)
    addresses = forwarded.addresses
    if not addresses:
        return element + trace_id + b"\r\n"
    if addresses.count(b",") >= HOPS:
        raise GatewayError(INTERNAL, f"the request came through {HOPS} proxies: an API calls itself")
    return b"".join((_FORWARDED_FOR, addresses, b", ", element[len(_FORWARDED_FOR) :], trace_id, b"\r\n"))


def make_trace_id(exchange: Exchange, forwarded: Forwarded) -> bytes:
    """`Root=...;Parent=...;Sampled=0`, with the root that the client sent, if it sent one; kept on the exchange."""
    return continue_trace(exchange, forwarded.trace_root, forwarded.sampled)


def continue_trace(exchange: Exchange, root: bytes, sampled: bytes) -> bytes:
    """The same for what `read_trace` has read."""
    trace_id = b"".join((root, _next_tail()[24:-1], sampled)) if root else begin_root(exchange) + _next_tail()
    exchange.trace_id = trace_id
    return trace_id


def treat_response(headers: list[Any], is_head: bool) -> tuple[list[Header], bytes | None, bool]:
    """What a client is sent of a proxied response; then its Content-Type, and whether it has a Content-Encoding."""
    passed: list[Any] = []
    connection: list[bytes] = []
    content_type: bytes | None = None
    is_encoded = False
    find = _treatments.get
    for header in headers:
        treatment = find(header[0])
        if treatment is None:
            passed.append(header)
            continue
        lower, name, more = treatment
        if more is None:
            passed.append((lower, name, header[2]))
            continue
        kind: int = more
        if kind == _TYPE:
            content_type = header[2]
            passed.append(header)
        elif kind == _LENGTH:
            passed.append((lower, name, header[2]))
            if is_head:
                # Says how long the body would be; other lengths are counted by the downstream.
                passed.append(header)
        elif kind == _CONNECTION:
            if header[2] != b"keep-alive":
                connection.append(header[2])
            passed.append((lower, name, header[2]))
        elif kind == _ENCODING:
            is_encoded = True
            passed.append(header)
    if content_type is None:
        passed.append(_JSON)
    return drop_nominated(passed, connection) if connection else passed, content_type, is_encoded


def treat_mapped_header(name: bytes, value: bytes) -> Header | None:
    """A header of a response that a mapping sets, under the name that it may have; None where it may have none."""
    lower = name.lower()
    if not _TOKEN.fullmatch(name):
        raise GatewayError(API_CONFIGURATION_ERROR, f"{name!r} is not the name of a header")
    value = value.strip(b" \t")  # HTTP/2 knows no spaces around values (RFC 9113, section 8.2.1)
    if _CONTROLS.search(value):
        raise GatewayError(API_CONFIGURATION_ERROR, f"the value for header {name.decode()} has a control character")
    if lower in _DROPPED_WHEN_MAPPED:
        return None
    treatment = _OF_RESPONSES.get(lower)
    if lower in _REMAPPED_WHEN_MAPPED or (treatment is not None and treatment[0]):
        return (REMAPPED_PREFIX.lower() + lower, REMAPPED_PREFIX + name, value)
    return (lower, name, value)


def _decide(lower: bytes) -> int:
    if lower in _READ_NAMES:
        return _READ
    hyphened = lower.replace(b"_", b"-")
    if lower in _DROPPED_NAMES or lower.startswith(b":") or hyphened.startswith((b"x-amzn-oidc-", b"apigw-")):
        return _DROPPED
    # Many backends read underscores as hyphens: what the gateway says of itself cannot be forged that way.
    if hyphened != lower and (hyphened in _OWN_NAMES or hyphened in _DROPPED_NAMES):
        return _DROPPED
    return _PASSED


def read_trace(value: bytes) -> tuple[bytes, bytes]:
    """`Root=1-...` of X-Amzn-Trace-Id, empty where it has none, and 0 or 1 for whether it is sampled."""
    found = TRACE_ROOT.search(value)
    if found is None:
        return b"", b"0"
    sampled = b"1" if b"Sampled=1" in value else b"0"
    return found[0].strip(b"; "), sampled


def _make_element(key: tuple[str, int]) -> bytes:
    if len(_elements) >= _ELEMENTS_KEPT:
        _elements.clear()
    source_ip, port = key
    text = f"X-Forwarded-For: {source_ip}\r\nX-Forwarded-Port: {port}\r\nX-Forwarded-Proto: https\r\nX-Amzn-Trace-Id: "
    element = _elements[key] = text.encode()
    return element


def _random_tails() -> Iterator[bytes]:
    """What of trace ids is random, of a root and of a parent; one system call for 256 of them."""
    while True:
        digits = os.urandom(256 * 20).hex().encode()
        yield from [
            digits[start : start + 24] + b";Parent=" + digits[start + 24 : start + 40] + b";Sampled=0"
            for start in range(0, len(digits), 40)
        ]


_next_tail = _random_tails().__next__
