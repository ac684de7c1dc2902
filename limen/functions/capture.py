"""What the processes of an environment write to standard output and error becomes log events, a line each.

Runtimes of AWS write framed messages to a descriptor of its own, so that a message of several lines is one event:
four bytes 0xA55A and level and kind, four of length, eight of microseconds since 1970, then the message.
"""

import asyncio
import contextlib
import os
import select
import time
from collections.abc import Callable
from typing import Protocol

TAIL = 4096
"""Bytes of its log that a caller may ask for."""
MOST_EVENT = 256 * 1024
"""Bytes after which a line is cut, as CloudWatch Logs cuts it."""

PAUSE = 0.02
"""Seconds until a log that was filling is looked at again."""

_READ = 65536
_READS_AT_ONCE = 16
"""Then others have their turn: a function may write without end."""
_MARK = b"\xa5\x5a"
_FRAME_HEAD = 16


class Stream(Protocol):
    """Where log events go."""

    @property
    def is_filling(self) -> bool: ...

    def write(self, message: str, timestamp_ms: int, request_id: str = "") -> None: ...

    def flush(self) -> None: ...


class Capture:
    """Of one environment, whatever process lives in it; `request_id` says for whom it works."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._descriptors: dict[int, Callable[[bytes], None]] = {}
        self._poll = select.poll()
        """Of both descriptors at once: a read that finds nothing costs as much for each of them, and an exception."""
        self._line = b""
        self._frame = b""
        self._tail = bytearray()
        self.request_id = ""

    def attach(self, output: int, telemetry: int) -> None:
        """Follows a process; both descriptors, which do not block, belong to the capture from now on."""
        self._descriptors = {output: self._take_output, telemetry: self._take_frames}
        loop = asyncio.get_running_loop()
        for descriptor in self._descriptors:
            loop.add_reader(descriptor, self._readable, descriptor)
            self._poll.register(descriptor, select.POLLIN)

    def detach(self) -> None:
        """Takes what is left of it."""
        self.drain()
        self._frame = b""
        for descriptor in tuple(self._descriptors):
            self._stop(descriptor)

    def begin(self, request_id: str, *, keep_tail: bool = False) -> None:
        """What was written between invocations belongs to neither; a caller may have it in its tail."""
        self.drain()
        if not keep_tail:
            self._tail.clear()
        self.request_id = request_id

    def say(self, message: str) -> None:
        """A line of our own, after all that was written before; nothing where there is nothing to say."""
        if message:
            self._put(message.encode(), message, int(time.time() * 1000))

    def drain(self) -> None:
        """Takes what has been written so far; a line without an end ends here."""
        for descriptor, _ in self._poll.poll(0):
            self._read(descriptor)
        if self._line:
            line, self._line = self._line, b""
            self._emit(line, int(time.time() * 1000))

    @property
    def tail(self) -> bytes:
        """Of what was logged since the invocation began."""
        return bytes(self._tail[-TAIL:])

    def _readable(self, descriptor: int) -> None:
        """A function that writes faster than a disk takes it is slowed down, as by any pipe."""
        if descriptor not in self._descriptors:
            return
        loop = asyncio.get_running_loop()
        if self._stream.is_filling:
            self._stream.flush()
            loop.remove_reader(descriptor)
            loop.call_later(PAUSE, self._resume, descriptor)
            return
        self._read(descriptor)

    def _resume(self, descriptor: int) -> None:
        if descriptor in self._descriptors:
            asyncio.get_running_loop().add_reader(descriptor, self._readable, descriptor)

    def _read(self, descriptor: int) -> None:
        take = self._descriptors[descriptor]
        for _ in range(_READS_AT_ONCE):
            try:
                data = os.read(descriptor, _READ)
            except BlockingIOError:
                return
            if not data:
                self._stop(descriptor)
                return
            take(data)
            if len(data) < _READ:
                return

    def _stop(self, descriptor: int) -> None:
        del self._descriptors[descriptor]
        self._poll.unregister(descriptor)
        with contextlib.suppress(RuntimeError):  # the loop has gone
            asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)

    def _take_output(self, data: bytes) -> None:
        now = int(time.time() * 1000)
        lines = (self._line + data).split(b"\n")
        self._line = lines.pop()
        for line in lines:
            self._emit(line + b"\n", now)
        if len(self._line) > MOST_EVENT:
            line, self._line = self._line, b""
            self._emit(line, now)

    def _take_frames(self, data: bytes) -> None:
        self._frame += data
        while len(self._frame) >= _FRAME_HEAD:
            if not self._frame.startswith(_MARK):  # not what it is for, but it is shown
                data, self._frame = self._frame, b""
                self._take_output(data)
                return
            length = int.from_bytes(self._frame[4:8], "big")
            if len(self._frame) - _FRAME_HEAD < min(length, MOST_EVENT):
                return
            end = _FRAME_HEAD + min(length, MOST_EVENT)
            message = self._frame[_FRAME_HEAD:end].rstrip(b"\n") + b"\n"
            self._emit(message, int.from_bytes(self._frame[8:16], "big") // 1000)
            self._frame = self._frame[end:]

    def _emit(self, line: bytes, timestamp_ms: int) -> None:
        self._put(line, line.decode("utf-8", "replace"), timestamp_ms)

    def _put(self, line: bytes, text: str, timestamp_ms: int) -> None:
        self._tail += line
        if len(self._tail) > 2 * TAIL:
            del self._tail[:-TAIL]
        self._stream.write(text, timestamp_ms, self.request_id)
