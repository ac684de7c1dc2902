"""Event streams, the binary frames of streamed answers (application/vnd.amazon.eventstream): bytes in, events out.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html#RESTSelectObjectAppendix-Response
describes the frame: total length, length of headers, CRC of both, headers, payload, CRC of all before it.
"""

import struct
from binascii import crc32
from collections.abc import Mapping

CONTENT_TYPE = "application/vnd.amazon.eventstream"
LARGEST_FRAME = 24 << 20
"""Bytes; what AWS's clients accept of a payload."""
LARGEST_HEADERS = 128 << 10

_PRELUDE = struct.Struct("!III")
_LENGTHS = struct.Struct("!II")
_NUMBER = struct.Struct("!I")
_FRAMING = 16
"""Bytes of a frame beside headers and payload."""
_TEXT = 7
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of values by their type; text (7) and bytes (6) say their length."""


class EventStreamError(Exception):
    """Bytes that are no event stream, or a damaged one."""


class Event:
    """One frame; of its headers those that are text."""

    __slots__ = ("headers", "payload")

    def __init__(self, headers: dict[str, str], payload: bytes) -> None:
        self.headers = headers
        self.payload = payload

    @property
    def type(self) -> str:
        """`PayloadChunk`, `InvokeComplete` ..., empty where it has none."""
        return self.headers.get(":event-type", "")


class EventEncoder:
    """Renders events of one type: their headers are rendered once."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = b"".join(_render_header(name, value) for name, value in headers.items())

    def render(self, payload: bytes) -> bytes:
        headers = self._headers
        lengths = _LENGTHS.pack(len(headers) + len(payload) + _FRAMING, len(headers))
        prelude_crc = crc32(lengths)
        prelude = _NUMBER.pack(prelude_crc)
        crc = crc32(payload, crc32(headers, crc32(prelude, prelude_crc)))
        return b"".join((lengths, prelude, headers, payload, _NUMBER.pack(crc)))


def event_encoder(event_type: str, content_type: str) -> EventEncoder:
    return EventEncoder({":message-type": "event", ":event-type": event_type, ":content-type": content_type})


class EventDecoder:
    """Fed bytes as they come, in pieces of any size; holds at most one frame that is not whole."""

    __slots__ = ("_needed", "_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        """Put together when the frame is whole: 1 MB in pieces of 16 bytes takes 60 ms, and 2.6 s if each is joined."""
        self._size = 0
        self._needed = _PRELUDE.size

    @property
    def is_between_events(self) -> bool:
        """Whether the stream may end here."""
        return not self._size

    def feed(self, data: bytes) -> list[Event]:
        """The events that are whole by now; raises EventStreamError, after which the stream is not to be used."""
        self._size += len(data)
        if self._pieces or self._size < self._needed:
            self._pieces.append(data)
            if self._size < self._needed:
                return []
            data = b"".join(self._pieces)
        events = []
        start = 0
        self._needed = _PRELUDE.size
        while len(data) - start >= _PRELUDE.size:
            total = _check_prelude(data, start)
            if len(data) - start < total:
                self._needed = total
                break
            events.append(_read_frame(data, start, total))
            start += total
        self._size = len(data) - start
        self._pieces = [data[start:]] if self._size else []
        return events


def _render_header(name: str, value: str) -> bytes:
    encoded_name, encoded = name.encode(), value.encode()
    return b"".join(
        (bytes((len(encoded_name),)), encoded_name, bytes((_TEXT,)), len(encoded).to_bytes(2, "big"), encoded)
    )


def _check_prelude(data: bytes, start: int) -> int:
    """The length of the frame that starts here."""
    total, headers_length, crc = _PRELUDE.unpack_from(data, start)
    if crc32(data[start : start + 8]) != crc:
        raise EventStreamError("the checksum of a frame's lengths does not match")
    if headers_length > LARGEST_HEADERS or total > LARGEST_FRAME + headers_length + _FRAMING:
        raise EventStreamError(f"a frame of {total} bytes, of which headers {headers_length}, is too large")
    if total < headers_length + _FRAMING:
        raise EventStreamError("a frame is shorter than its headers")
    return int(total)


def _read_frame(data: bytes, start: int, total: int) -> Event:
    end = start + total - 4
    (crc,) = _NUMBER.unpack_from(data, end)
    if crc32(data[start:end]) != crc:
        raise EventStreamError("the checksum of a frame does not match")
    _, headers_length, _ = _PRELUDE.unpack_from(data, start)
    headers_start = start + _PRELUDE.size
    headers_end = headers_start + headers_length
    return Event(_read_headers(data[headers_start:headers_end]), data[headers_end:end])


def _read_headers(data: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    position = 0
    while position < len(data):
        name_end = position + 1 + data[position]
        name = data[position + 1 : name_end]
        if name_end >= len(data):
            raise EventStreamError("a header is cut off")
        kind = data[name_end]
        position = name_end + 1
        if kind in (6, _TEXT):
            size = int.from_bytes(data[position : position + 2], "big")
            position += 2
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            raise EventStreamError(f"a header's value is of the unknown type {kind}")
        value = data[position : position + size]
        if len(value) != size:
            raise EventStreamError("a header is cut off")
        position += size
        if kind == _TEXT:
            _keep(headers, name, value)
    return headers


def _keep(headers: dict[str, str], name: bytes, value: bytes) -> None:
    try:
        text = name.decode()
        if text in headers:
            raise EventStreamError(f"the header {text} is repeated")
        headers[text] = value.decode()
    except UnicodeDecodeError:
        raise EventStreamError("a header is not UTF-8") from None
