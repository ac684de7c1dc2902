"""The header of the PROXY protocol: what is read, to the byte, and what is refused."""

import contextlib
import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.proxy_protocol import LONGEST_V1, LONGEST_V2, Ends, ProxyHeader, ProxyHeaderError

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
HELLO = b"\x16\x03\x01\x02\x00\x01"


def v2(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + bytes((command, family)) + struct.pack("!H", len(body)) + body


def addresses(source: str, destination: str, source_port: int, destination_port: int) -> bytes:
    packed = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return packed + struct.pack("!HH", source_port, destination_port)


TCP4 = v2(0x21, 0x11, addresses("203.0.113.7", "192.0.2.1", 5000, 443))
TCP6 = v2(0x21, 0x21, addresses("2001:db8::7", "2001:db8::1", 5000, 443))


def read(data: bytes, piece: int = 1 << 16) -> tuple[ProxyHeader, bytes]:
    """The header, and what it has left; bytes come in pieces, as they do from a socket that is peeked at."""
    header = ProxyHeader()
    arrived = b""
    for start in range(0, len(data), piece):
        arrived += data[start : start + piece]
        if not header.is_complete:
            size = header.count(arrived)
            header.take(arrived[:size])
            arrived = arrived[size:]
    return header, arrived


@pytest.mark.parametrize("piece", [1, 2, 7, 1 << 16])
@pytest.mark.parametrize(
    ("sent", "ends"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n", Ends("203.0.113.7", 5000, "192.0.2.1", 443)),
        (b"PROXY TCP6 2001:DB8::7 2001:db8::1 0 65535\r\n", Ends("2001:db8::7", 0, "2001:db8::1", 65535)),
        (b"PROXY TCP6 ::ffff:203.0.113.7 ::ffff:192.0.2.1 1 2\r\n", Ends("203.0.113.7", 1, "192.0.2.1", 2)),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", None),
        (TCP4, Ends("203.0.113.7", 5000, "192.0.2.1", 443)),
        (TCP6, Ends("2001:db8::7", 5000, "2001:db8::1", 443)),
        (v2(0x21, 0x11, TCP4[16:] + b"\x04\x00\x02ab"), Ends("203.0.113.7", 5000, "192.0.2.1", 443)),
        (v2(0x20, 0x00, b""), None),
        (v2(0x20, 0x11, TCP4[16:]), None),
        (v2(0x21, 0x00, b"whatever"), None),
        (v2(0x21, 0x31, bytes(216)), None),
    ],
)
def test_what_is_read(sent: bytes, ends: Ends | None, piece: int) -> None:
    header, left = read(sent + HELLO, piece)
    assert header.is_complete
    assert header.ends == ends
    assert left == HELLO


@pytest.mark.parametrize("piece", [1, 1 << 16])
@pytest.mark.parametrize(
    "sent",
    [
        *(HELLO, b"GET / HTTP/1.1\r\n\r\n", b"PROXX TCP4", b"proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n", b"\r\n\r\n\x01"),
        *(b"PROXY \r\n", b"PROXY TCP4\r\n", b"PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n", b"PROXY UNKNOWNX\r\n"),
        b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\n" + b"x" * 100,
        *(b"PROXY TCP4 203.0.113.7  192.0.2.1 1 2\r\n", b"PROXY TCP4 203.0.113.7 192.0.2.1 1 2 \r\n"),
        *(b"PROXY TCP4 2001:db8::7 192.0.2.1 1 2\r\n", b"PROXY TCP6 203.0.113.7 192.0.2.1 1 2\r\n"),
        *(b"PROXY TCP4 203.0.113.7 192.0.2.1 65536 2\r\n", b"PROXY TCP4 203.0.113.7 192.0.2.1 01 2\r\n"),
        *(b"PROXY TCP4 203.0.113.07 192.0.2.1 1 2\r\n", b"PROXY TCP6 fe80::1%1 ::1 1 2\r\n"),
        b"PROXY TCP4 203.0.113.7 192.0.2.1 -1 2\r\n",
        b"PROXY UNKNOWN " + b"x" * LONGEST_V1,
        *(v2(0x11, 0x11, TCP4[16:]), v2(0x22, 0x11, TCP4[16:]), v2(0x2F, 0x11, TCP4[16:])),
        *(v2(0x21, 0x12, TCP4[16:]), v2(0x21, 0x22, TCP6[16:]), v2(0x21, 0xFF, TCP4[16:])),
        *(v2(0x21, 0x11, TCP4[16:-1]), v2(0x21, 0x21, TCP4[16:])),
        v2(0x21, 0x11, bytes(LONGEST_V2)),
    ],
)
def test_what_is_refused(sent: bytes, piece: int) -> None:
    with pytest.raises(ProxyHeaderError):
        read(sent, piece)


@pytest.mark.parametrize("sent", [b"", b"P", b"PROXY TCP4 203.0.113.7", b"\r\n\r", SIGNATURE, TCP4[:-1]])
def test_what_may_still_become_one_waits(sent: bytes) -> None:
    header, left = read(sent)
    assert not header.is_complete
    assert left == b""


PORTS = st.integers(0, 65535)


@given(
    st.one_of(
        st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)), st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6))
    ),
    PORTS,
    PORTS,
    st.booleans(),
    st.integers(1, 60),
    st.binary(max_size=60),
)
def test_both_versions_say_the_same(
    pair: tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, ...],
    source_port: int,
    destination_port: int,
    is_binary: bool,
    piece: int,
    rest: bytes,
) -> None:
    source, destination = pair
    kind = "TCP4" if source.version == 4 else "TCP6"
    line = f"PROXY {kind} {source} {destination} {source_port} {destination_port}\r\n".encode()
    family = 0x11 if source.version == 4 else 0x21
    binary = v2(0x21, family, addresses(str(source), str(destination), source_port, destination_port))
    header, left = read((binary if is_binary else line) + rest, piece)
    mapped = getattr(source, "ipv4_mapped", None)
    assert header.ends is not None
    assert (header.ends.source, header.ends.source_port) == (str(mapped or source), source_port)
    assert header.ends.destination_port == destination_port
    assert left == rest


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda data: SIGNATURE + data),
                 st.binary(max_size=120).map(lambda data: b"PROXY " + data)), st.integers(1, 40))  # fmt: skip
def test_nothing_that_is_sent_does_more_than_to_be_refused(data: bytes, piece: int) -> None:
    with contextlib.suppress(ProxyHeaderError):
        header, left = read(data, piece)
        assert len(left) < len(data) or not data
        assert header.is_complete or not left
