"""Segments of the audit log: lines appended to the newest, the oldest forgotten, read from the oldest on."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

CURRENT = "audit.jsonl"
SEGMENTS = 8
"""In how many files the whole is kept: the oldest eighth goes at once."""
LEAST_SEGMENT = 64 << 10
LEAST_FREE = 1 << 20
"""Bytes of the disk below which nothing is begun that could not be recorded."""


class AuditFiles:
    """Owned by the control process; several may append at once, when one hands over to the next."""

    def __init__(self, directory: Path, size: int) -> None:
        self._directory = directory
        self._size = size
        self._segment = max(size // SEGMENTS, LEAST_SEGMENT)
        self._descriptor = -1
        self._is_broken = False

    def check(self) -> None:
        """Raises OSError where a line could not be written now."""
        self._open()
        disk = os.fstatvfs(self._descriptor)
        if disk.f_bavail * disk.f_frsize < LEAST_FREE:
            raise OSError(28, "less than 1 MB is free on the disk")

    def append(self, line: bytes) -> None:
        """Whole or, with an OSError, broken off: then the next line begins anew."""
        self._open()
        data = memoryview((b"\n" if self._is_broken else b"") + line + b"\n")
        self._is_broken = True
        while data:
            data = data[os.write(self._descriptor, data) :]
        self._is_broken = False
        if os.fstat(self._descriptor).st_size >= self._segment:
            self._rotate()

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        """The current segment, which another process may have closed, or somebody moved away."""
        path = self._directory / CURRENT
        if self._descriptor >= 0 and _is_same(path, self._descriptor):
            return
        self.close()
        self._directory.mkdir(mode=0o700, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _rotate(self) -> None:
        lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = self._directory / CURRENT
            if _is_same(path, self._descriptor):
                path.rename(self._directory / _new_name(self._directory))
                self._forget()
        finally:
            os.close(lock)

    def _forget(self) -> None:
        sizes = [(path, path.stat().st_size) for path in closed_segments(self._directory)]
        left = sum(size for _, size in sizes) - (self._size - self._segment)
        for path, size in sizes:
            if left <= 0:
                return
            path.unlink(missing_ok=True)
            left -= size


def closed_segments(directory: Path) -> list[Path]:
    """The oldest first."""
    return sorted(directory.glob(f"audit-{'[0-9]' * 8}-*.jsonl"))


def read_lines(directory: Path) -> Iterator[bytes]:
    """All that is kept, the oldest first."""
    for path in [*closed_segments(directory), directory / CURRENT]:
        try:
            with path.open("rb") as file:
                yield from file
        except FileNotFoundError:  # forgotten in between
            continue


def _new_name(directory: Path) -> str:
    """Numbered, whatever the clock says: sorted by name is sorted by age."""
    last = closed_segments(directory)[-1:]
    number = int(last[0].name.split("-")[1]) + 1 if last else 1
    return f"audit-{number:08}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.jsonl"


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)
