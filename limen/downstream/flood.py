"""Counts the frames of an HTTP/2 connection before they are worked on, and says when it asks for more than it uses.

Each attack is cheap to send and dear to serve: rapid reset (CVE-2023-44487), CONTINUATION without end, floods of
pings, settings, priorities and empty DATA frames. One second is a window; the first frame beyond it begins the next.
"""

from collections.abc import Container
from typing import Final

from limen.downstream.limits import Limits

_DATA: Final = 0
_HEADERS: Final = 1
_PRIORITY: Final = 2
_RST_STREAM: Final = 3
_SETTINGS: Final = 4
_PING: Final = 6
_WINDOW_UPDATE: Final = 8
_CONTINUATION: Final = 9
_END_STREAM: Final = 0x1
_END_HEADERS: Final = 0x4
_FRAME_HEADER: Final = 9
_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_WINDOW: Final = 1.0


class FloodMeter:
    """One per connection; bytes go in as they came."""

    def __init__(self, limits: Limits, open_streams: Container[int] = ()) -> None:
        """`open_streams`: those that are not answered yet."""
        self._limits = limits
        self._open_streams = open_streams
        self._newest = self._known = 0
        """The newest stream, and the one that was it before these bytes."""
        self._may_reset_late = 0
        self._skip = len(_PREFACE)
        """Bytes to the next frame header."""
        self._header = b""
        self._window_start = 0.0
        self._control = self._resets = self._empty = 0
        self._block_size = 0
        self.head_since: float | None = None
        """When a header block began that has not ended."""

    def explain_updates(self, count: int) -> None:
        """Frames of data that we sent: as many window updates are in order."""
        self._control -= count

    def feed(self, data: bytes, now: float) -> str | None:
        """What the connection is flooding us with, or None."""
        if now - self._window_start > _WINDOW:
            self._window_start = now
            self._resets = self._empty = 0
            self._control = min(self._control, 0)
        self._known = self._newest
        position = self._skip
        size = len(data)
        while position < size:
            header = self._header + data[position : position + _FRAME_HEADER - len(self._header)]
            position += len(header) - len(self._header)
            self._header = header
            if len(header) < _FRAME_HEADER:
                break
            self._header = b""
            length = int.from_bytes(header[:3], "big")
            position += length
            stream_id = int.from_bytes(header[5:], "big") & 0x7FFF_FFFF
            flood = self._count(header[3], header[4], stream_id, length, now)
            if flood is not None:
                return flood
        self._skip = max(position - size, 0)
        return None

    def count_reset(self) -> bool:
        """Counts a reset that a client made us send; True where that is one too many."""
        self._resets += 1
        return self._resets > self._limits.resets_per_second

    def _is_late(self, stream_id: int) -> bool:
        """Whether the stream was answered: curl 7.88 resets each whose answer has no body. Once for each."""
        if stream_id > self._known or stream_id in self._open_streams or not self._may_reset_late:
            return False
        self._may_reset_late -= 1
        return True

    def _count(self, kind: int, flags: int, stream_id: int, length: int, now: float) -> str | None:
        limits = self._limits
        if kind == _DATA:
            if length == 0 and not flags & _END_STREAM:
                self._empty += 1
                if self._empty > limits.empty_frames_per_second:
                    return "empty DATA frames"
        elif kind in (_HEADERS, _CONTINUATION):
            if stream_id > self._newest:
                self._newest = stream_id
                self._may_reset_late += 1
            self._block_size = length if kind == _HEADERS else self._block_size + max(length, 1_024)
            if flags & _END_HEADERS:
                self.head_since = None
            elif self.head_since is None:
                self.head_since = now
            if self._block_size > 2 * limits.head_size:
                return "header blocks"
        elif kind == _RST_STREAM:
            if not self._is_late(stream_id) and self.count_reset():
                return "resets"
        elif kind in (_PING, _SETTINGS, _PRIORITY, _WINDOW_UPDATE):
            self._control += 1
            if self._control > limits.control_frames_per_second:
                return "control frames"
        return None
