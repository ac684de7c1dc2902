"""What a client sent, written so that it stays the path, segment or value that it is (RFC 3986, section 3.3)."""

import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from limen.gateway.errors import BAD_REQUEST, GatewayError
from limen.gateway.exchange import Exchange

MakePath: TypeAlias = Callable[[Exchange], bytes]

_PLAIN = re.compile(rb"[A-Za-z0-9/_~-]*")
"""Paths that are safe as they stand; a dot or a percent sign is looked at more closely."""
_PATH_UNSAFE = re.compile(rb"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]")
_QUERY_UNSAFE = re.compile(rb"[^\x21\x24-\x7e]|\x22")
"""What cannot stand in the query of a request line: spaces, controls, `#`, quotes, bytes beyond ASCII."""
_VALUE_UNSAFE = re.compile(rb"[^A-Za-z0-9\-._~]")


def encode_path(raw: bytes) -> bytes:
    """A path that stays the path that it is: what is encoded stays encoded, what climbs is refused."""
    if _PLAIN.fullmatch(raw):
        return raw
    encoded = _PATH_UNSAFE.sub(_percent, raw)
    # Some backends decode slashes or take backslashes for them, some cut `;x` off, before they resolve dots.
    for segment in unquote_to_bytes(encoded).replace(b"\\", b"/").split(b"/"):
        if segment.partition(b";")[0] in (b".", b".."):
            raise GatewayError(BAD_REQUEST, "a path that climbs")
    return encoded


def encode_segment(raw: bytes) -> bytes:
    """One segment: a slash in it is encoded."""
    return encode_path(raw).replace(b"/", b"%2F")


def encode_query(raw: bytes) -> bytes:
    """A query string as sent, with what would end it or the request line encoded."""
    return _QUERY_UNSAFE.sub(_percent, raw)


def encode_query_value(value: bytes) -> bytes:
    """One name or value of a query string, from its decoded bytes."""
    return _VALUE_UNSAFE.sub(_percent, value)


def whole_route_path(exchange: Exchange) -> bytes:
    return encode_path(exchange.route_path)


def segment_reader(position: int) -> MakePath:
    def read(exchange: Exchange) -> bytes:
        raw = exchange.route_path.split(b"/", position + 1)[position]
        return raw if raw.isalnum() else encode_segment(raw)

    return read


def rest_reader(position: int) -> MakePath:
    def read(exchange: Exchange) -> bytes:
        return encode_path(exchange.route_path.split(b"/", position)[position])

    return read


def query_value_reader(name: str) -> MakePath:
    return lambda exchange: encode_query_value(exchange.path_parameters[name].encode("utf-8", "surrogateescape"))


def join_parts(constants: list[bytes], readers: list[MakePath]) -> MakePath:
    def make(exchange: Exchange) -> bytes:
        parts = [constants[0]]
        for read, constant in zip(readers, constants[1:], strict=True):
            parts.append(read(exchange))
            parts.append(constant)
        return b"".join(parts)

    return make


def _percent(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]
