"""The header of the PROXY protocol, versions 1 and 2, by which a load balancer says on whose behalf it connects.

It comes before TLS and is read in pieces of which every byte surely belongs to it: what follows stays in the socket.
HAProxy, "The PROXY protocol" (proxy-protocol.txt), sections 2.1 and 2.2.
"""

import ipaddress
import re
from typing import Final

from msgspec import Struct

LONGEST_V1: Final = 107
LONGEST_V2: Final = 16 + 2_048
"""With the extensions that load balancers add, such as an endpoint's id; they are passed over."""

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_V1 = b"PROXY "
_PORT = rb"(0|[1-9][0-9]{0,4})"
_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]{2,45}) ([0-9A-Fa-f.:]{2,45}) " + _PORT + b" " + _PORT)
_UNKNOWN = re.compile(rb"PROXY UNKNOWN(?: [\x20-\x7e]*)?")
_LOCAL: Final = 0x20
_PROXIED: Final = 0x21
_FAMILIES = {0x11: 4, 0x21: 16}
"""TCP over IPv4 and IPv6, and the bytes that an address of theirs has."""
_OTHERS = frozenset({0x00, 0x31})
"""Unspecified, and Unix sockets: nobody whom an address tells."""


class ProxyHeaderError(Exception):
    """Raised for what is no header of the PROXY protocol; the connection is closed."""


class Ends(Struct, frozen=True):
    """Of the connection that the load balancer took."""

    source: str
    source_port: int
    destination: str
    destination_port: int


class ProxyHeader:
    """One header while it is read."""

    def __init__(self) -> None:
        self._data = b""
        self.is_complete = False
        self.ends: Ends | None = None
        """None until it is complete, and where the load balancer connects for itself, as it does to check health."""

    def count(self, peeked: bytes) -> int:
        """How many of the bytes that have come belong to the header. Raises ProxyHeaderError."""
        data = self._data + peeked
        if data.startswith(_SIGNATURE):
            end = 16 + int.from_bytes(data[14:16], "big") if len(data) >= 16 else 16
            if end > LONGEST_V2:
                raise ProxyHeaderError("longer than any honest one")
        elif data.startswith(_V1):
            end = data.find(b"\r\n") + 2
            if end == 1:
                end = len(data) if len(data) < LONGEST_V1 else LONGEST_V1 + 1
            if end > LONGEST_V1:
                raise ProxyHeaderError("a line without an end")
        elif _SIGNATURE.startswith(data) or _V1.startswith(data):
            end = len(data)
        else:
            raise ProxyHeaderError("none of either version")
        return min(end, len(data)) - len(self._data)

    def take(self, data: bytes) -> None:
        """Takes what `count` has counted, off the socket. Raises ProxyHeaderError."""
        self._data += data
        taken = self._data
        if taken.startswith(_V1):
            if taken.endswith(b"\r\n"):
                self.ends = _read_line(taken[:-2])
                self.is_complete = True
        elif len(taken) >= 16 and len(taken) == 16 + int.from_bytes(taken[14:16], "big"):
            self.ends = _read_binary(taken)
            self.is_complete = True


def _read_line(line: bytes) -> Ends | None:
    if _UNKNOWN.fullmatch(line):
        return None
    matched = _LINE.fullmatch(line)
    if matched is None:
        raise ProxyHeaderError("a malformed line")
    protocol, source, destination, source_port, destination_port = matched.groups()
    version = 4 if protocol == b"TCP4" else 6
    try:
        addresses = [ipaddress.ip_address(each.decode()) for each in (source, destination)]
    except ValueError:
        raise ProxyHeaderError("a malformed address") from None
    ports = int(source_port), int(destination_port)
    if any(address.version != version for address in addresses) or max(ports) > 65535:
        raise ProxyHeaderError("an address of another kind, or a port that cannot be")
    return Ends(_plain(addresses[0]), ports[0], _plain(addresses[1]), ports[1])


def _read_binary(data: bytes) -> Ends | None:
    command, family = data[12], data[13]
    if command == _LOCAL:
        return None
    if command != _PROXIED:
        raise ProxyHeaderError("an unknown version or command")
    size = _FAMILIES.get(family)
    if size is None:
        if family in _OTHERS:
            return None
        raise ProxyHeaderError("a family that is not TCP")
    addresses = data[16:]
    if len(addresses) < 2 * size + 4:
        raise ProxyHeaderError("too short for its addresses")
    source, destination = addresses[:size], addresses[size : 2 * size]
    return Ends(
        _plain(ipaddress.ip_address(source)),
        int.from_bytes(addresses[2 * size : 2 * size + 2], "big"),
        _plain(ipaddress.ip_address(destination)),
        int.from_bytes(addresses[2 * size + 2 : 2 * size + 4], "big"),
    )


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
