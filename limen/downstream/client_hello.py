"""Reads the server name off a TLS ClientHello before the handshake (RFC 8446 section 4.1.2, RFC 6066 section 3).

The handshake itself runs in C on a context that is chosen beforehand: a callback from it into Python is not possible
with aiofastnet, and a custom domain or mutual TLS needs the name to choose the context.
"""

HANDSHAKE = 0x16
"""The first byte of every TLS connection."""

_SERVER_NAME = 0


class IncompleteError(Exception):
    """The rest of the ClientHello has not come yet."""


def read_server_name(data: bytes) -> str:
    """The name in lower case, "" where there is none or the message is not understood: the handshake will judge it."""
    try:
        return _find_server_name(_Reader(_join_records(data)))
    except (ValueError, UnicodeDecodeError):
        return ""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def take(self, size: int) -> bytes:
        part = self._data[self._position : self._position + size]
        if len(part) < size:
            raise ValueError("message ends early")
        self._position += size
        return part

    def vector(self, size_of_length: int) -> bytes:
        return self.take(self.number(size_of_length))

    def has_more(self) -> bool:
        return self._position < len(self._data)


def _join_records(data: bytes) -> bytes:
    """The first handshake message out of its TLS records."""
    message = b""
    position = 0
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        header = data[position : position + 5]
        if header[:1] not in (b"", b"\x16"):
            raise ValueError("not a handshake record")
        end = position + 5 + int.from_bytes(header[3:5], "big")
        if len(header) < 5 or end > len(data):
            raise IncompleteError
        if end == position + 5:
            raise ValueError("empty record")
        message += data[position + 5 : end]
        position = end
    return message


def _find_server_name(message: _Reader) -> str:
    if message.number(1) != 1:
        raise ValueError("not a ClientHello")
    hello = _Reader(message.vector(3))
    hello.take(2 + 32)  # version, random
    hello.vector(1)  # session id
    hello.vector(2)  # cipher suites
    hello.vector(1)  # compression methods
    if not hello.has_more():
        return ""
    extensions = _Reader(hello.vector(2))
    while extensions.has_more():
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME:
            names = _Reader(_Reader(content).vector(2))
            while names.has_more():
                name_type, name = names.number(1), names.vector(2)
                if name_type == 0:
                    return name.decode("ascii").lower()
    return ""
