"""The usage journal: how often each key was admitted, counted in files that outlive a worker that is killed.

A file is memory-mapped: counting is an integer that grows in place, and the kernel keeps what was counted whatever
becomes of the process. It has a head, one slot of eight bytes for each (plan, key, API, stage, method, minute), and
the descriptions of the slots in their order, each written once before its slot counts. Each file is one delivery,
named by its holder and number; its owner holds a lock on it, so that whoever can lock it knows that the owner is dead.
"""

import fcntl
import logging
import mmap
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from limen.features.throttling.bucket import Limits
from limen.gateway.key_use import ApiKeyUse
from limen.state.messages import Delivery, Used

log = logging.getLogger("limen.limits")

SLOTS = 4096
HEAD = 64
DESCRIPTIONS = 640 * 1024
"""Bytes for them."""
MAGIC = b"limen usage 1\n"
SUFFIX = ".usage"

_SLOTS_END = HEAD + 8 * SLOTS
_SIZE = _SLOTS_END + DESCRIPTIONS

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Used).decode


class MethodUse(ApiKeyUse):
    """A key at a method, with what it is counted by; `limits` is what throttling weighs its calls by."""

    __slots__ = ("api_id", "epoch", "limits", "method", "slot", "stage_name")

    def __init__(
        self,
        key_id: str,
        plan_id: str,
        api_id: str,
        stage_name: str,
        method: str,
        limits: Limits,
        customer_id: str = "",
        product_code: str = "",
    ) -> None:
        super().__init__(key_id, plan_id, customer_id, product_code)
        self.api_id = api_id
        self.stage_name = stage_name
        self.method = method
        self.limits = limits
        self.epoch = -1
        """Of the journal in which `slot` counts."""
        self.slot = 0


class JournalFile:
    """One file, open and locked."""

    __slots__ = ("_descriptor", "_map", "_written", "number", "path", "used", "view")

    def __init__(self, directory: Path, holder: str, number: int) -> None:
        """Raises OSError."""
        self.path = directory / f"{holder}-{number:010}{SUFFIX}"
        self.number = number
        self.used = 0
        """Slots that are described."""
        self._written = _SLOTS_END
        fresh = self.path.with_suffix(".new")  # nobody looks at it before it is locked
        self._descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _allocate(self._descriptor)
        self._map = mmap.mmap(self._descriptor, _SIZE)
        self._map[: len(MAGIC)] = MAGIC
        os.rename(fresh, self.path)
        self.view = memoryview(self._map)[HEAD:_SLOTS_END].cast("Q")

    def describe(self, use: MethodUse, minute: int) -> int:
        """A new slot; -1 where there is no room."""
        used = Used(use.plan_id, use.key_id, use.api_id, use.stage_name, use.method, minute, 0)
        text = _encode(used)
        end = self._written + 4 + len(text)
        if self.used >= SLOTS or end > _SIZE:
            return -1
        self._map[self._written + 4 : end] = text
        self._map[self._written : self._written + 4] = len(text).to_bytes(4, "little")  # last: it counts from now on
        self._written = end
        self.used += 1
        return self.used - 1

    def read(self) -> list[Used]:
        return read_content(self._map)

    def remove(self) -> None:
        """What it counted was delivered."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leaves it to the next worker."""
        self.view.release()
        self._map.close()
        os.close(self._descriptor)


def _allocate(descriptor: int) -> None:
    """Raises OSError where the disk is full: to write on a page that cannot be there would end the process."""
    os.ftruncate(descriptor, _SIZE)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, _SIZE)


class Journal:
    """Owned by a worker. `epoch` changes whenever slots are void: a use that has another one asks for a new slot."""

    __slots__ = ("_directory", "_file", "_full", "_holder", "_now", "_number", "ends", "epoch", "lost", "view")

    def __init__(self, directory: Path, holder: str, now: Callable[[], float]) -> None:
        """`now`: seconds since 1970 by the clock that decides. Raises OSError."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._holder = holder
        self._now = now
        self._number = 1
        self._file = JournalFile(directory, holder, 1)
        self._full: list[JournalFile] = []
        self.view = self._file.view
        self.epoch = 0
        self.ends = 0.0
        """When its minute does, by the monotonic clock."""
        self.lost = 0
        """Calls in a row that could not be counted: there are MOST_FILES files, or the disk is full."""

    @property
    def has_any(self) -> bool:
        """Whether something is still to be delivered."""
        return self._file.used > 0 or bool(self._full)

    def turn(self, now: float) -> None:
        """A new minute: the slots of the old one stay as they are."""
        seconds = self._now()
        self.ends = now + 60.0 - seconds % 60.0
        self.epoch += 1

    def count(self, use: MethodUse) -> None:
        """For a use without a slot in this epoch."""
        minute = int(self._now() // 60)
        slot = self._file.describe(use, minute)
        if slot < 0:
            if not self.rotate():
                if not self.lost:
                    log.error("usage cannot be written down in %s: it is not counted", self._directory)
                self.lost += 1
                return
            self.lost = 0
            slot = self._file.describe(use, minute)
        use.slot = slot
        use.epoch = self.epoch
        self.view[slot] += 1

    def rotate(self) -> bool:
        """Begins a new file; False where that is not possible."""
        if len(self._full) >= MOST_FILES:
            return False
        try:
            fresh = JournalFile(self._directory, self._holder, self._number + 1)
        except OSError:
            return False
        self._number += 1
        self._full.append(self._file)
        self._file = fresh
        self.view = fresh.view
        self.epoch += 1
        return True

    def full(self) -> list[JournalFile]:
        """What waits for its delivery, oldest first."""
        return self._full

    def delivered(self, file: JournalFile) -> None:
        self._full.remove(file)
        file.remove()

    def close(self) -> None:
        """What was not delivered is left to the next worker."""
        for file in self._full:
            file.close()
        if self._file.used:
            self._file.close()
        else:
            self._file.remove()


MOST_FILES = 64
"""That wait for an authority that is away: a quarter of a million of keys at methods in minutes."""


def read_content(content: "bytes | mmap.mmap") -> list[Used]:
    """What a file counted; what a dying writer left half-written counts for nothing."""
    found: list[Used] = []
    place = _SLOTS_END
    for slot in range(SLOTS):
        length = int.from_bytes(content[place : place + 4], "little")
        if not length:
            break
        if place + 4 + length > _SIZE:
            raise ValueError("it is damaged")
        start = HEAD + 8 * slot
        calls = int.from_bytes(content[start : start + 8], "little")
        if calls:
            used = _decode(content[place + 4 : place + 4 + length])
            found.append(msgspec.structs.replace(used, calls=calls))
        place += 4 + length
    return found


class Leftover:
    """A file of a worker that is dead, locked by us."""

    __slots__ = ("_descriptor", "delivery", "path")

    def __init__(self, path: Path, descriptor: int, delivery: Delivery) -> None:
        self.path = path
        self.delivery = delivery
        self._descriptor = descriptor

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


def find_leftovers(directory: Path) -> list[Leftover]:
    """In the order in which they are to be delivered; those that nobody can read are left where they are."""
    found = []
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        leftover = _take_over(path)
        if leftover is not None:
            found.append(leftover)
    return found


def _take_over(path: Path) -> Leftover | None:
    holder, _, number = path.name.removesuffix(SUFFIX).rpartition("-")
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        content = os.pread(descriptor, _SIZE, 0)
        if not path.exists() or not holder or not number.isdigit() or content[: len(MAGIC)] != MAGIC:
            raise ValueError(path.name)
        return Leftover(path, descriptor, Delivery(holder, int(number), read_content(content)))
    except (OSError, ValueError, msgspec.DecodeError):
        os.close(descriptor)
        return None
