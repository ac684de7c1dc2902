"""Access and execution logs of APIs, which gateways write as text, a line for each event: read as log groups.

A line tells its own time where it holds one that is easily recognised (ISO 8601, Apache's, milliseconds since 1970),
else it has that of the line before, or of the file. Of a long file the last MOST_READ bytes are read.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from limen.functions.log_files import LogEvent
from limen.functions.log_reader import Span, StoredEvent

MOST_READ = 4 * 1024 * 1024
STREAM = "lines"
"""The name of the one stream that such a group has."""
_EXECUTION = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (?=\()")
_TIME = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<apache>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})"
    r"|(?<!\d)(?P<epoch>1\d{12})(?!\d)"
)


class TextLog(Struct, frozen=True):
    group: str
    path: Path

    @property
    def name(self) -> str:
        return STREAM

    @property
    def size(self) -> int:
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def created(self) -> int:
        """Of the file's first line that is still read: file systems do not tell when a file was made."""
        span = self.span()
        return 0 if span is None else span.first

    def span(self) -> Span | None:
        events = self._read()
        if not events:
            return None
        last = events[-1].event.timestamp
        return Span(events[0].event.timestamp, last, last)

    def span_within(self, start: int, end: int) -> Span | None:
        span = self.span()
        return span if span is not None and span.first <= end and span.last >= start else None

    def events(self, start: int, end: int, *, newest_first: bool = False) -> Iterator[StoredEvent]:
        events = [each for each in self._read() if start <= each.event.timestamp <= end]
        return reversed(events) if newest_first else iter(events)

    def _read(self) -> list[StoredEvent]:
        try:
            with self.path.open("rb") as file:
                status = os.fstat(file.fileno())
                begin = max(0, status.st_size - MOST_READ)
                file.seek(begin)
                content = file.read(MOST_READ)
        except FileNotFoundError:
            return []
        return list(_events(content, begin, int(status.st_mtime * 1000)))


def list_text_logs(directory: Path) -> list[TextLog]:
    """All below it, by the names of their groups. AWS's log groups may begin with a slash, which files do not show."""
    logs = []
    for folder, _, names in os.walk(directory):
        for name in names:
            if name.endswith(".log"):
                path = Path(folder, name)
                logs.append(TextLog(path.relative_to(directory).as_posix().removesuffix(".log"), path))
    return logs


def _events(content: bytes, begin: int, written: int) -> Iterator[StoredEvent]:
    """Times never run backwards, so that the order of lines is that of events."""
    offset, latest, found_any = begin, 0, False
    for index, line in enumerate(content.splitlines(keepends=True)):
        if line.endswith(b"\n") and not (index == 0 and begin):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            time = _time_of(text)
            found_any = found_any or time is not None
            latest = max(latest, time or 0) if found_any else written
            event = LogEvent(latest, _EXECUTION.sub("", text, count=1), "", latest)
            yield StoredEvent(event, offset)
            latest = latest if found_any else 0
        offset += len(line)


def _time_of(text: str) -> int | None:
    found = _TIME.search(text)
    if found is None:
        return None
    try:
        if found["epoch"]:
            return int(found["epoch"])
        if found["iso"]:
            return int(datetime.fromisoformat(found["iso"]).timestamp() * 1000)
        return int(datetime.strptime(found["apache"], "%d/%b/%Y:%H:%M:%S %z").timestamp() * 1000)
    except ValueError:
        return None
