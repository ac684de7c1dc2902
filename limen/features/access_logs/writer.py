"""Writes access logs from a thread, whole lines at a time: a slow disk or a full one costs lines, never requests.

Several workers append to one file, each line of one write (POSIX, O_APPEND). A file that was renamed or removed is
made anew, so that logs can be rotated by a rename.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("limen.access_logs")

FLUSH_INTERVAL = 0.1
"""Seconds for which lines are gathered."""
MAX_BUFFERED = 8 * 1024 * 1024
"""Characters that wait for one log; past it lines are dropped and counted."""
WRITE_SIZE = 1024 * 1024
"""Bytes of one write, unless a single line is longer."""
STUCK_TIMEOUT = 1.0
"""Seconds that a sink may refuse to take a line."""
STOP_TIMEOUT = 2.0
"""Seconds that a worker that stops gives its sinks."""
REPORT_INTERVAL = 60.0
"""Seconds between two log lines about lines that were dropped."""

STDOUT = 1
_NEWLINE = 0x0A


class AccessLogs:
    """Owned by a worker: the logs of all its stages, and the thread that writes them."""

    def __init__(self, directory: Path | None) -> None:
        """`directory` is where the files of log groups are; None writes all of them to standard output."""
        self._directory = directory
        self._logs: dict[str, AccessLog] = {}
        self._has_lines = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def log(self, group: str) -> "AccessLog":
        """The log of a group, opened when its first line is written; `group` is a relative path without `..`."""
        if self._directory is None:
            group = ""
        found = self._logs.get(group)
        if found is None:
            path = None if self._directory is None else self._directory / f"{group}.log"
            # A copy, since the thread may be walking the old one.
            found = AccessLog(path, self._wake)
            self._logs = {**self._logs, group: found}
        return found

    def close(self) -> None:
        """Writes what is left; waits for a stuck sink no longer than STOP_TIMEOUT."""
        self._stopping.set()
        self._has_lines.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT)
            self._thread = None

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_for_ever, name="access logs", daemon=True)
            self._thread.start()
        self._has_lines.set()

    def _write_for_ever(self) -> None:
        while not self._stopping.is_set():
            self._has_lines.wait()
            self._stopping.wait(FLUSH_INTERVAL)
            self._has_lines.clear()
            for access_log in self._logs.values():
                access_log.flush()
        for access_log in self._logs.values():
            access_log.flush()
            access_log.close()


class AccessLog:
    """One file. `write` is called in the loop, everything else in the writer's thread.

    Each counter is changed by one of the two only; so they need no lock.
    """

    def __init__(self, path: Path | None, wake: Callable[[], None]) -> None:
        self._path = path
        self._name = "on standard output" if path is None else str(path)
        # A pipe keeps only short writes in one piece.
        self._write_size = select.PIPE_BUF if path is None else WRITE_SIZE
        self._wake = wake
        self._lines: deque[str] = deque()
        self._is_idle = True
        self._put = 0
        self._taken = 0
        self._dropped = 0
        self._reported = 0
        self._reported_at = -REPORT_INTERVAL
        self._has_failed = False
        self._ends_inside_line = False
        self._fd: int | None = None

    def write(self, line: str) -> None:
        """Takes a line, which ends in a newline; drops it where the sink is too far behind."""
        if self._put - self._taken > MAX_BUFFERED:
            self._dropped += 1
            return
        self._put += len(line)
        self._lines.append(line)
        if self._is_idle:
            self._is_idle = False
            self._wake()

    def flush(self) -> None:
        """Writes all lines that wait; those that cannot be written are lost, and that is said once."""
        self._is_idle = True
        batch: list[bytes] = []
        size = 0
        while self._lines:
            line = self._lines.popleft()
            self._taken += len(line)
            encoded = line.encode("utf-8", "backslashreplace")
            if batch and size + len(encoded) > self._write_size:
                self._write_batch(b"".join(batch))
                batch, size = [], 0
            batch.append(encoded)
            size += len(encoded)
        if batch:
            self._write_batch(b"".join(batch))
        self._report_dropped()

    def close(self) -> None:
        if self._path is not None and self._fd is not None:
            os.close(self._fd)
        self._fd = None

    def _write_batch(self, data: bytes) -> None:
        try:
            self._write_whole(self._open(), data)
        except OSError as error:
            if not self._has_failed:
                log.error("access log %s cannot be written: %s; lines are lost until it can", self._name, error)
            self._has_failed = True
            return
        if self._has_failed:
            log.warning("access log %s is written again", self._name)
        self._has_failed = False

    def _write_whole(self, fd: int, data: bytes) -> None:
        if self._ends_inside_line:
            data = b"\n" + data
        while data:
            try:
                written = os.write(fd, data)
            except BlockingIOError:
                if not select.select([], [fd], [], STUCK_TIMEOUT)[1]:
                    raise
                continue
            self._ends_inside_line = data[written - 1] != _NEWLINE
            data = data[written:]

    def _open(self) -> int:
        """The open file, made anew where the path no longer leads to it."""
        if self._path is None:
            return STDOUT
        if self._fd is not None:
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.stat(self._path), os.fstat(self._fd)):
                    return self._fd
            os.close(self._fd)
            self._fd = None
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._ends_inside_line = False
        return self._fd

    def _report_dropped(self) -> None:
        dropped, now = self._dropped - self._reported, time.monotonic()
        if dropped and now - self._reported_at >= REPORT_INTERVAL:
            log.error("access log %s is too slow: %s lines dropped", self._name, dropped)
            self._reported += dropped
            self._reported_at = now
