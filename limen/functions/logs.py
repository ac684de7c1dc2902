"""Writes what functions log, from a thread: a slow disk or a full one costs log events, never invocations.

Events wait at most FLUSH_INTERVAL, and at the end of an invocation hardly at all. What the files of a group, or of
all, have too much is dropped in the order of their last writing.
"""

import logging
import threading
import time
from collections import deque
from pathlib import Path

from limen.functions.log_files import LogEvent, append_events, make_group, now_ms, split_message
from limen.functions.log_retention import MOST_BYTES, MOST_GROUP_BYTES, drop_oldest

log = logging.getLogger("limen.functions.logs")

FLUSH_INTERVAL = 0.1
"""Seconds for which events are gathered."""
URGENT_INTERVAL = 0.01
"""Seconds between two writes when invocations end all the time."""
MOST_WAITING = 4 * 1024 * 1024
"""Characters that wait in one stream; past it events are dropped, and a later event says how many."""
RETENTION_INTERVAL = 5.0
"""Seconds between two looks at how much there is, while something is written."""
STOP_TIMEOUT = 2.0


class FunctionLogs:
    """The log streams of all execution environments of a process, and the thread that writes them."""

    def __init__(
        self, directory: Path, *, most_group_bytes: int = MOST_GROUP_BYTES, most_bytes: int = MOST_BYTES
    ) -> None:
        """`directory` is made when something is written; the bounds are of the files of one log group and of all."""
        self._directory = directory
        self._bounds = (most_group_bytes, most_bytes)
        self._waiting: deque[LogStream] = deque()
        self._has_events = threading.Event()
        self._is_urgent = threading.Event()
        self._stopping = threading.Event()
        self._writing: threading.Thread | None = None
        self._looked_at = 0.0

    def open_stream(self, group: str, stream: str, *, region: str) -> "LogStream":
        """A stream that is made when its first event is written; names as AWS's: /aws/lambda/{function},
        2026/11/26/[$LATEST]{32 hex digits}."""
        return LogStream(self, region, group, stream)

    def close(self) -> None:
        """Writes what waits; a stuck disk is waited for no longer than STOP_TIMEOUT."""
        self._stopping.set()
        self._is_urgent.set()
        self._has_events.set()
        if self._writing is not None:
            self._writing.join(STOP_TIMEOUT)
            self._writing = None

    def put_waiting(self, stream: "LogStream") -> None:
        """By a stream that has events since it was last written."""
        self._waiting.append(stream)
        if self._writing is None:
            self._writing = threading.Thread(target=self._write_for_ever, name="function logs", daemon=True)
            self._writing.start()
        self._has_events.set()

    def hurry(self) -> None:
        if not self._is_urgent.is_set():  # else a lock is taken for nothing
            self._is_urgent.set()

    def _write_for_ever(self) -> None:
        while not self._stopping.is_set():
            self._has_events.wait()
            if not self._stopping.wait(URGENT_INTERVAL):
                self._is_urgent.wait(FLUSH_INTERVAL - URGENT_INTERVAL)
            self._is_urgent.clear()
            self._has_events.clear()
            self._write_waiting()
        self._write_waiting()

    def _write_waiting(self) -> None:
        for _ in range(len(self._waiting)):
            self._waiting.popleft().write_out(self._directory)
        if time.monotonic() - self._looked_at >= RETENTION_INTERVAL:
            try:
                drop_oldest(self._directory, *self._bounds)
            except OSError as error:
                log.error("old function logs cannot be deleted: %s", error)
            self._looked_at = time.monotonic()


class LogStream:
    """One log stream. `write` and `flush` are called in the loop and never wait; the rest is for the thread."""

    def __init__(self, logs: FunctionLogs, region: str, group: str, name: str) -> None:
        self.group = group
        self.name = name
        self._logs = logs
        self._region = region
        self._events: deque[LogEvent] = deque()
        self._put = 0
        self._taken = 0
        self._dropped = 0
        self._reported = 0
        self._is_waiting = False
        self._segment = 1
        self._path: Path | None = None
        """Of the directory of its group, when it has been made."""
        self._has_failed = False

    def write(self, message: str, timestamp_ms: int, request_id: str = "") -> None:
        """Takes one event; a message too long for an event becomes several."""
        if self._put - self._taken > MOST_WAITING:
            self._dropped += 1
            return
        self._put += len(message)
        ingestion = now_ms()
        self._events.extend([LogEvent(timestamp_ms, piece, request_id, ingestion) for piece in split_message(message)])
        if not self._is_waiting:
            self._is_waiting = True
            self._logs.put_waiting(self)

    @property
    def is_filling(self) -> bool:
        """Whether its writer does well to wait a little: past twice as much, events are dropped."""
        return self._put - self._taken > MOST_WAITING // 2

    def flush(self) -> None:
        """Has what was written reach its file soon, as at the end of an invocation."""
        if self._is_waiting:
            self._logs.hurry()

    def close(self) -> None:
        """No more is written to it; what waits still reaches its file."""
        self.flush()

    def write_out(self, directory: Path) -> None:
        """Writes all events that wait; those that cannot be written are lost, and that is said once."""
        self._is_waiting = False
        events = [self._events.popleft() for _ in range(len(self._events))]
        self._taken += sum(len(event.message) for event in events)
        dropped = self._dropped - self._reported
        if dropped:
            self._reported += dropped
            events.append(LogEvent(now_ms(), f"LIMEN: {dropped} log events were dropped: they came too fast\n"))
        try:
            self._append(directory, events)
        except OSError as error:
            if not self._has_failed:
                log.error("log group %s cannot be written: %s; events are lost until it can", self.group, error)
            self._has_failed = True
            return
        self._has_failed = False

    def _append(self, directory: Path, events: list[LogEvent]) -> None:
        if self._path is not None:
            try:
                self._segment = append_events(self._path, self.name, events, self._segment)
                return
            except FileNotFoundError:  # the group was deleted in between
                pass
        self._path = make_group(directory, self._region, self.group)
        self._segment = append_events(self._path, self.name, events, self._segment)
