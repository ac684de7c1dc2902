"""The body of a request, collected whole: by a length or by chunks (RFC 9112, sections 6 and 7), strictly.

Bodies go past llhttp: what it hides (where a message ends, chunk extensions, trailers) decides what is refused.
"""

from limen.downstream.limits import Limits
from limen.wire import ProtocolError

_HEX = b"0123456789abcdefABCDEF"
_TEXT = bytes(code for code in range(0x20, 0x100) if code != 0x7F) + b"\t"
_TOKEN = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FRAMING_MIN = 65_536


class SizedBody:
    """A body of a known length; raises ProtocolError for one over the limit."""

    def __init__(self, size: int, limits: Limits) -> None:
        if size > limits.body_size:
            raise ProtocolError(413, "body too large")
        self.size = size
        self.received = 0
        self._content = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """What follows the body, or None while the body is not whole."""
        missing = self.size - self.received
        if len(data) < missing:
            self._content += data
            self.received += len(data)
            return None
        self._content += data[:missing]
        self.received = self.size
        return data[missing:]

    def content(self) -> bytes:
        return bytes(self._content)


class ChunkedBody:
    """A body in chunks; `size` is what has been decoded. Trailers are checked and dropped."""

    def __init__(self, limits: Limits) -> None:
        self.size = 0
        self.received = 0
        """Bytes as sent, framing included: the measure of a client's progress."""
        self._limits = limits
        self._content = bytearray()
        self._line = b""
        self._missing = 0
        """Bytes of the current chunk that are still to come."""
        self._trailer_size = 0
        self._read = self._read_size

    def feed(self, data: bytes) -> bytes | None:
        """What follows the body, or None while the body is not whole; raises ProtocolError."""
        self.received += len(data)
        position = 0
        while position < len(data):
            position = self._read(data, position)
            if position < 0:
                return data[-position - 1 :]
        if self.received - self.size > _FRAMING_MIN + self.size // 2:
            raise ProtocolError(400, "more chunk framing than body")  # a chunk for each byte costs us, not the client
        return None

    def content(self) -> bytes:
        return bytes(self._content)

    def _read_size(self, data: bytes, position: int) -> int:
        line, position = self._take_line(data, position, self._limits.chunk_line_size)
        if line is None:
            return position
        digits, separator, extension = line.partition(b";")
        digits = digits.rstrip(b" \t") if separator else digits
        if not 0 < len(digits) <= 8 or digits.translate(None, _HEX) or extension.translate(None, _TEXT):
            raise ProtocolError(400, "invalid chunk size")
        self._missing = int(digits, 16)
        if self._missing == 0:
            self._read = self._read_trailer
            return position
        self.size += self._missing
        if self.size > self._limits.body_size:
            raise ProtocolError(413, "body too large")
        self._read = self._read_content
        return position

    def _read_content(self, data: bytes, position: int) -> int:
        part = data[position : position + self._missing]
        self._content += part
        self._missing -= len(part)
        if self._missing == 0:
            self._read = self._read_end_of_chunk
        return position + len(part)

    def _read_end_of_chunk(self, data: bytes, position: int) -> int:
        line, position = self._take_line(data, position, 0)
        if line is not None:
            self._read = self._read_size
        return position

    def _read_trailer(self, data: bytes, position: int) -> int:
        line, position = self._take_line(data, position, self._limits.trailer_size - self._trailer_size)
        if line is None:
            return position
        if line == b"":
            return -position - 1
        name, separator, value = line.partition(b":")
        if not separator or not name or name.translate(None, _TOKEN) or value.translate(None, _TEXT):
            raise ProtocolError(400, "invalid trailer")
        self._trailer_size += len(line)
        return position

    def _take_line(self, data: bytes, position: int, limit: int) -> tuple[bytes | None, int]:
        """A line without its CRLF, or None where its end is still to come; a lone CR or LF ends no line."""
        end = data.find(b"\n", position)
        line = self._line + data[position : end if end >= 0 else len(data)]
        if len(line) > limit + 1:
            raise ProtocolError(400, "chunk framing too long")
        if end < 0:
            if b"\r" in line[:-1]:
                raise ProtocolError(400, "bare CR in chunk framing")
            self._line = line
            return None, len(data)
        self._line = b""
        if line[-1:] != b"\r" or b"\r" in line[:-1]:
            raise ProtocolError(400, "bare CR or LF in chunk framing")
        return line[:-1], end + 1
