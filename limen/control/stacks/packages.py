"""Zip files that were handed over for a deployment, each under its SHA-256, until the functions keep their own."""

import os
import time
from pathlib import Path

KEPT_SECONDS = 24 * 3600
"""After which an upload that was not asked for is forgotten."""


class UploadedPackages:
    """In a directory of their own; the oldest go first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def has(self, digest: str) -> bool:
        return self._file(digest).exists()

    def find(self, digest: str) -> bytes | None:
        try:
            return self._file(digest).read_bytes()
        except (OSError, ValueError):
            return None

    def put(self, digest: str, content: bytes) -> None:
        """`digest` is that of the content."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._forget_old()
        being_written = self._file(f"{digest}.{os.getpid()}")
        being_written.write_bytes(content)
        being_written.replace(self._file(digest))

    def _forget_old(self) -> None:
        oldest = time.time() - KEPT_SECONDS
        for file in self._directory.iterdir():
            if file.stat().st_mtime < oldest:
                file.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        if "/" in name or name.startswith("."):
            raise ValueError(name)
        return self._directory / name
