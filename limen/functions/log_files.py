"""The files that log events are kept in, and how events get into them.

{directory}/{region}/{log group}/group.json       name and time of creation of the group
{directory}/{region}/{log group}/{stream}.1.log   a log stream in segments of about 1 MB, numbered from 1

A segment is JSON lines: first a header with the name of the stream, then one event a line as
`[timestamp, ingestion time, "request id", "message"]`, times in milliseconds. Nobody keeps a segment open: who appends
opens, writes once and closes, so that several processes can write and any of them can delete. A line that a crash cut
off is no JSON, and is left out by readers.
"""

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import orjson
from msgspec import Struct

SEGMENT_BYTES = 1024 * 1024
"""A segment that has reached it is followed by another."""
LONGEST_MESSAGE = 256 * 1024 - 26
"""Bytes of what a function logs at once; the rest of it is another event. An event counts 26 bytes more: 256 KB."""
GROUP_FILE = "group.json"
SHORTENED = "~"
"""In a file name: the rest of the name stands in the file alone."""
_LONGEST_NAME = 180
"""Bytes of a file name that come from a log group or stream; file systems allow 255 in all."""


class LogEvent(Struct, frozen=True):
    """`timestamp` and `ingestion` in milliseconds since 1970."""

    timestamp: int
    message: str
    request_id: str = ""
    ingestion: int = 0


def group_directory(directory: Path, region: str, group: str) -> Path:
    """Where the streams of a group are; may not be there yet."""
    return directory / file_name(region) / file_name(group)


def segment_path(group: Path, stream: str, number: int) -> Path:
    return group / f"{file_name(stream)}.{number}.log"


@lru_cache(1024)
def file_name(name: str) -> str:
    """A name that may hold anything, such as slashes, as one that a file may have: its own for each."""
    quoted = quote(name, safe="[]$#", errors="replace").replace("~", "%7E")
    if quoted in (".", ".."):
        quoted = quoted.replace(".", "%2E")
    if len(quoted) <= _LONGEST_NAME:
        return quoted
    return f"{quoted[:_LONGEST_NAME]}{SHORTENED}{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:32]}"


def make_group(directory: Path, region: str, group: str) -> Path:
    """The directory of a group, with its name in it; fine to call when it is there."""
    path = group_directory(directory, region, group)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (path / GROUP_FILE).exists():
        content = orjson.dumps({"name": group, "created": now_ms()})
        descriptor, temporary = tempfile.mkstemp(dir=path, prefix=".group-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(temporary, path / GROUP_FILE)
        except BaseException:
            os.unlink(temporary)
            raise
    return path


def append_events(group: Path, stream: str, events: Iterable[LogEvent], number: int) -> int:
    """Writes events to the end of a stream, to segment `number` or later; the number of the segment that took them.

    Raises FileNotFoundError where the group is not there (any more), OSError where it cannot be written.
    """
    data = b"".join([render_event(event) for event in events])
    while True:
        descriptor = os.open(
            segment_path(group, stream, number), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if size < SEGMENT_BYTES:
                _write_whole(descriptor, _before(descriptor, size, stream) + data)
                return number
        finally:
            os.close(descriptor)
        number += 1


def render_event(event: LogEvent) -> bytes:
    """Its line; what is no text in a message (surrogates) is replaced."""
    fields = [event.timestamp, event.ingestion or now_ms(), event.request_id, event.message]
    try:
        return orjson.dumps(fields) + b"\n"
    except TypeError:
        fields[2:] = [text.encode("utf-8", "replace").decode() for text in (event.request_id, event.message)]
        return orjson.dumps(fields) + b"\n"


def split_message(message: str) -> list[str]:
    """Pieces of at most LONGEST_MESSAGE bytes; no character is cut."""
    if len(message) * 4 <= LONGEST_MESSAGE:
        return [message]
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= LONGEST_MESSAGE:
        return [message]
    pieces = []
    while encoded:
        end = LONGEST_MESSAGE
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(encoded[:end].decode())
        encoded = encoded[end:]
    return pieces


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def _before(descriptor: int, size: int, stream: str) -> bytes:
    """What stands before new events: the header of a new segment, or the end of a line that was cut off."""
    if size == 0:
        return orjson.dumps({"stream": stream, "created": now_ms()}) + b"\n"
    return b"" if os.pread(descriptor, 1, size - 1) == b"\n" else b"\n"


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
