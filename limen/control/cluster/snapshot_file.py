"""What was served last, as a file: the frames that one who starts is to be sent, sealed, to serve without the database.

The first frame holds everything, each after it what changed. Frames are appended as they are sent; when they have
grown larger than the first, everything is asked for again and takes the place of the file by one rename. A frame that
was cut off by a crash ends what is read.
"""

import logging
import os
import secrets
import tempfile
import threading
import time
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from limen import __version__
from limen.aws.sealing import Seal

log = logging.getLogger("limen.control")

SNAPSHOTS = "snapshots"
"""The purpose of the seal: frames hold keys of sessions and certificates, and variables of functions."""
SMALLEST_GROWTH = 1 << 20
"""Bytes of changes below which nothing is written anew."""
RETRY_DELAY = 30.0
"""Seconds after which it is tried again to write where the disk refused it."""
_LENGTH = 4
_REVISION = 8


class Kept(Struct, frozen=True):
    """`frames` as they are sent on the channel; the last is at `revision`."""

    revision: int
    frames: list[bytes]


class SnapshotFile:
    """Owned by a publisher; `forget_history` is called in its loop, all else in its reading thread."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self._path = path
        self._seal = seal
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._id = ""
        self._count = 0
        self._whole_size = self._changes_size = 0
        self._retry_at = 0.0
        self.revision: int | None = None
        """The revision that the next changes are to be read since; None: everything is wanted."""
        self.history = 0
        """Counts histories: what was read in an earlier one is not kept."""

    def forget_history(self) -> None:
        with self._lock:
            self.history += 1
            self.revision = None

    def keep(self, frame: bytes, revision: int, since: int | None, history: int) -> None:
        """`frame` holds everything where `since` is None, else what changed since then."""
        with self._lock:
            if history != self.history or since != self.revision or time.monotonic() < self._retry_at:
                return
            self.revision = revision
            try:
                if since is None:
                    self._begin(frame, revision)
                else:
                    self._append(frame, revision)
            except OSError as error:
                log.error(
                    "%s cannot be written (%s): this node could not start without the database", self._path, error
                )
                self._close()
                self.revision, self._retry_at = None, time.monotonic() + RETRY_DELAY

    @property
    def wants_more(self) -> bool:
        """Whether it has nothing to add changes to, and could be written."""
        return self.revision is None and time.monotonic() >= self._retry_at

    def read(self) -> Kept | None:
        """None where nothing was kept, or by another version, or under another key."""
        try:
            content = self._path.read_bytes()
        except OSError:
            return None
        header, _, rest = content.partition(b"\n")
        words = header.decode("ascii", "replace").split()
        if len(words) != 3 or words[:2] != ["limen-snapshot", __version__]:
            log.warning("%s was not written by this version of Limen; it is not used", self._path)
            return None
        return self._open_frames(rest, words[2])

    def close(self) -> None:
        with self._lock:
            self._close()

    def _open_frames(self, rest: bytes, file_id: str) -> Kept | None:
        frames: list[bytes] = []
        revision, start = 0, 0
        while start + _LENGTH <= len(rest):
            end = start + _LENGTH + int.from_bytes(rest[start : start + _LENGTH], "big")
            opened = self._seal.open(
                rest[start + _LENGTH : end].decode("ascii", "replace"), _about(file_id, len(frames))
            )
            if opened is None:
                if not frames:
                    log.warning("%s was sealed with another key, or is damaged; it is not used", self._path)
                break
            revision = int.from_bytes(opened[:_REVISION], "big")
            frames.append(opened[_REVISION:])
            start = end
        return Kept(revision, frames) if frames else None

    def _begin(self, frame: bytes, revision: int) -> None:
        self._close()
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._id, self._count, self._changes_size = secrets.token_hex(8), 0, 0
        descriptor, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}-")  # mode 0600
        self._file = os.fdopen(descriptor, "wb")
        try:
            self._file.write(f"limen-snapshot {__version__} {self._id}\n".encode())
            self._whole_size = self._write(frame, revision)
            os.fsync(descriptor)
            os.replace(temporary, self._path)
        except OSError:
            os.unlink(temporary)
            raise

    def _append(self, frame: bytes, revision: int) -> None:
        assert self._file is not None
        self._changes_size += self._write(frame, revision)
        if self._changes_size > max(self._whole_size, SMALLEST_GROWTH):
            self.revision = None

    def _write(self, frame: bytes, revision: int) -> int:
        assert self._file is not None
        sealed = self._seal.close(revision.to_bytes(_REVISION, "big") + frame, _about(self._id, self._count)).encode()
        self._file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
        self._file.flush()
        self._count += 1
        return len(sealed)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _about(file_id: str, number: int) -> str:
    """No frame stands for another, nor for one of an earlier file."""
    return f"{file_id}/{number}"
