"""Reads log groups, streams and events from the files that `log_files` tells of.

Events of a stream come in the order of their timestamps, whatever order they were written in; only the segments that a
time range touches are read. A position tells events with the same timestamp apart: segment and offset as one number.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import orjson
from msgspec import Struct

from limen.functions.log_files import GROUP_FILE, SHORTENED, LogEvent, file_name

MOST_AHEAD_MS = 2 * 60 * 60 * 1000
"""How far in the future an event may lie when it is written."""
_OFFSET_BITS = 40
_TIMES = re.compile(rb"^\[(\d+),(\d+),", re.MULTILINE)
"""How the line of an event begins: timestamp and ingestion time."""


class Span(Struct, frozen=True):
    """When the events of something happened, and when the last one came in; milliseconds."""

    first: int
    last: int
    ingestion: int
    is_sorted: bool = False
    """Whether the events of a segment stand in it in the order of their timestamps."""


class StoredEvent(Struct, frozen=True):
    event: LogEvent
    position: int

    @property
    def key(self) -> tuple[int, int]:
        return self.event.timestamp, self.position


class StoredGroup(Struct, frozen=True):
    name: str
    created: int
    path: Path


class Segment(Struct, frozen=True):
    number: int
    path: str
    inode: int
    size: int
    written_ms: int

    def span(self) -> Span | None:
        """None where it has no events."""
        return _span(self.path, self.inode, self.size)


class StoredStream(Struct, frozen=True):
    """Its segments in the order of their numbers, of which there is one at least."""

    name: str
    segments: list[Segment]

    @property
    def size(self) -> int:
        return sum(segment.size for segment in self.segments)

    def created(self) -> int:
        return _created(self.segments[0].path, self.segments[0].inode)

    def span(self) -> Span | None:
        spans = [span for span in (segment.span() for segment in self.segments) if span is not None]
        if not spans:
            return None
        return Span(
            min(span.first for span in spans), max(span.last for span in spans), max(span.ingestion for span in spans)
        )

    def span_within(self, start: int, end: int) -> Span | None:
        """As `span`, of the segments that have events between these times (both included) or may have them."""
        within = [segment for segment, _ in self._within(start, end)]
        return StoredStream(self.name, within).span() if within else None

    def events(self, start: int, end: int, *, newest_first: bool = False) -> Iterator[StoredEvent]:
        """Those from `start` to `end`, both included; reads a segment when it comes to it."""
        clusters = _clusters(self._within(start, end))
        for cluster in reversed(clusters) if newest_first else clusters:
            yield from _events(cluster, start, end, newest_first)

    def _within(self, start: int, end: int) -> Iterator[tuple[Segment, Span]]:
        for segment in self.segments:
            if segment.written_ms + MOST_AHEAD_MS >= start:
                span = segment.span()
                if span is not None and span.first <= end and span.last >= start:
                    yield segment, span


def list_groups(directory: Path, region: str) -> list[StoredGroup]:
    """Those that have a directory, in no order."""
    groups = []
    for path in _entries(directory / file_name(region)):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            described = orjson.loads((path / GROUP_FILE).read_bytes())
            groups.append(StoredGroup(str(described["name"]), int(described["created"]), path))
    return groups


def list_streams(group: Path) -> list[StoredStream]:
    """In the order of their names; none where there is no group."""
    found: dict[str, list[Segment]] = {}
    with contextlib.suppress(FileNotFoundError), os.scandir(group) as entries:
        for entry in entries:
            stem, _, number = entry.name.removesuffix(".log").rpartition(".")
            if entry.name.endswith(".log") and number.isdigit():
                with contextlib.suppress(FileNotFoundError):
                    found.setdefault(stem, []).append(_segment(entry.path, int(number)))
    streams = [
        StoredStream(_stream_name(stem, segments[0]), sorted(segments, key=lambda segment: segment.number))
        for stem, segments in found.items()
    ]
    return sorted(streams, key=lambda stream: stream.name)


def find_stream(group: Path, name: str) -> StoredStream | None:
    return next((stream for stream in list_streams(group) if stream.name == name), None)


def _segment(path: str, number: int) -> Segment:
    status = os.stat(path)
    return Segment(number, path, status.st_ino, status.st_size, status.st_mtime_ns // 1_000_000)


def _stream_name(stem: str, segment: Segment) -> str:
    """A long name stands in the header alone."""
    if SHORTENED not in stem:
        return unquote(stem)
    return str(_header(segment.path, segment.inode).get("stream", stem))


def _created(path: str, inode: int) -> int:
    return int(_header(path, inode).get("created", 0))


@lru_cache(maxsize=16384)
def _header(path: str, _: int) -> dict[str, str | int]:
    try:
        with open(path, "rb") as file:
            header = orjson.loads(file.readline())
    except (OSError, ValueError):
        return {}
    return header if isinstance(header, dict) else {}


@lru_cache(maxsize=16384)
def _span(path: str, _: int, size: int) -> Span | None:
    """Of the first `size` bytes of a file, of which none ever changes."""
    content = _content(path, size)
    found = _TIMES.findall(content, 0, content.rfind(b"\n") + 1)
    if not found:
        return None
    times = [int(timestamp) for timestamp, _ in found]
    is_sorted = all(before <= after for before, after in pairwise(times))
    return Span(min(times), max(times), max(int(ingestion) for _, ingestion in found), is_sorted)


def _clusters(segments: Iterator[tuple[Segment, Span]]) -> list[list[Segment]]:
    """Segments whose times overlap have to be read together; clusters are in the order of time."""
    clusters: list[list[Segment]] = []
    last = -1
    for segment, span in sorted(segments, key=lambda each: (each[1].first, each[0].number)):
        if clusters and span.first <= last:
            clusters[-1].append(segment)
        else:
            clusters.append([segment])
        last = max(last, span.last)
    return clusters


def _events(segments: list[Segment], start: int, end: int, newest_first: bool) -> Iterator[StoredEvent]:
    """Lines are parsed when they are asked for: until then they cost little more than their bytes."""
    span = segments[0].span()
    if len(segments) == 1 and span is not None and span.is_sorted:
        lines = _lines_in_order(segments[0], start, end, newest_first)
    else:
        lines = iter(_sorted_lines(segments, start, end, newest_first))
    for position, line in lines:
        event = _parse(line)
        if event is not None:
            yield StoredEvent(event, position)


def _sorted_lines(segments: list[Segment], start: int, end: int, newest_first: bool) -> list[tuple[int, bytes]]:
    lines = []
    for segment in segments:
        content = _content(segment.path, segment.size)
        for offset, line in _lines(content, 0):
            timestamp = _timestamp(line)
            if start <= timestamp <= end:
                lines.append((timestamp, segment.number << _OFFSET_BITS | offset, line))
    lines.sort(key=lambda each: each[:2], reverse=newest_first)
    return [each[1:] for each in lines]


def _lines_in_order(segment: Segment, start: int, end: int, newest_first: bool) -> Iterator[tuple[int, bytes]]:
    """Begins where the range begins, found by halving, and reads no further than it is asked."""
    content = _content(segment.path, segment.size)
    base = segment.number << _OFFSET_BITS
    if newest_first:
        for offset, line in _lines_backwards(content, _find(content, end + 1)):
            if 0 <= _timestamp(line) < start:
                return
            yield base | offset, line
        return
    for offset, line in _lines(content, _find(content, start)):
        if _timestamp(line) > end:
            return
        yield base | offset, line


def _find(content: bytes, timestamp: int) -> int:
    """The offset of the first line, of those in order, that is not before `timestamp`."""
    low, high = 0, len(content)
    while low < high:
        middle = content.rfind(b"\n", low, (low + high) // 2) + 1 or low
        found = _TIMES.search(content, middle, high)
        if found is None or int(found[1]) >= timestamp:
            high = middle
        else:
            low = content.find(b"\n", found.end()) + 1 or high
    return low


def _parse(line: bytes) -> LogEvent | None:
    try:
        timestamp, ingestion, request_id, message = orjson.loads(line)
        return LogEvent(timestamp, message, request_id, ingestion)
    except (ValueError, TypeError):
        return None


def _timestamp(line: bytes) -> int:
    """-1 where the line is no event."""
    found = _TIMES.match(line)
    return -1 if found is None else int(found[1])


def _lines(content: bytes, begin: int) -> Iterator[tuple[int, bytes]]:
    """The lines with their offsets; one without its end is not counted yet."""
    while (end := content.find(b"\n", begin)) >= 0:
        yield begin, content[begin : end + 1]
        begin = end + 1


def _lines_backwards(content: bytes, end: int) -> Iterator[tuple[int, bytes]]:
    """The whole lines before the one that begins at `end`, the last one first."""
    end = content.rfind(b"\n", 0, end) + 1
    while end > 0:
        begin = content.rfind(b"\n", 0, end - 1) + 1
        yield begin, content[begin:end]
        end = begin


def _content(path: str, size: int) -> bytes:
    """Nothing where the file was dropped meanwhile."""
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""


def _entries(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
