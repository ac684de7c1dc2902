"""Takes an event stream of AWS apart as it comes, `application/vnd.amazon.eventstream`.

A message is its length, that of its headers, a checksum of both; then headers, payload, and a checksum of all.
https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
"""

import struct
import zlib
from typing import TypeAlias

LARGEST = 16 * 1024 * 1024
"""Bytes of a message; AWS's own limit of a payload, and nothing that Lambda sends comes near it."""

_PRELUDE = struct.Struct(">III")
_OVERHEAD = _PRELUDE.size + 4
_STRING = 7
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Of the values of headers, by type; 6 and 7 say theirs."""

Event: TypeAlias = tuple[dict[str, str], bytes]
"""Headers whose values are text, and the payload."""


class EventStreamError(Exception):
    """Raised for what is no event stream, or one that was damaged."""


class EventReader:
    """Fed with pieces of any size; keeps what of a message has come."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = b""

    @property
    def is_between_messages(self) -> bool:
        return not self._kept

    def feed(self, piece: bytes) -> list[Event]:
        """The messages that are complete now. Raises EventStreamError."""
        data = self._kept + piece if self._kept else piece
        events = []
        start = 0
        while len(data) - start >= _PRELUDE.size:
            size = _check_prelude(data, start)
            if len(data) - start < size:
                break
            events.append(_read_message(data[start : start + size]))
            start += size
        self._kept = data[start:]
        return events


def _check_prelude(data: bytes, start: int) -> int:
    """The length of the message that begins there."""
    size, header_size, checksum = _PRELUDE.unpack_from(data, start)
    if zlib.crc32(data[start : start + 8]) != checksum:
        raise EventStreamError("the checksum of a message's lengths is wrong")
    if size > LARGEST + _OVERHEAD or header_size > size - _OVERHEAD:
        raise EventStreamError(f"a message of {size} bytes with {header_size} bytes of headers")
    return int(size)


def _read_message(message: bytes) -> Event:
    if zlib.crc32(message[:-4]) != int.from_bytes(message[-4:], "big"):
        raise EventStreamError("the checksum of a message is wrong")
    ends = _PRELUDE.size + int.from_bytes(message[4:8], "big")
    try:
        headers = _read_headers(message[_PRELUDE.size : ends])
    except (IndexError, KeyError, UnicodeDecodeError):
        raise EventStreamError("the headers of a message cannot be read") from None
    return headers, message[ends:-4]


def _read_headers(data: bytes) -> dict[str, str]:
    headers = {}
    at = 0
    while at < len(data):
        name_ends = at + 1 + data[at]
        name, kind = data[at + 1 : name_ends].decode(), data[name_ends]
        at = name_ends + 1
        if kind in (6, _STRING):
            begins = at + 2
            size = data[at] << 8 | data[at + 1]
        else:
            begins, size = at, _SIZES[kind]
        at = begins + size
        if at > len(data):
            raise IndexError(at)
        if kind == _STRING:
            headers[name] = data[begins:at].decode()
    return headers
