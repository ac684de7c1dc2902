"""Objects of buckets: files of directories that stand for them, or those of S3 or a server like it.

`[buckets]` in limen.toml gives the directories; `[aws]` says where S3 is (limen.control.s3_objects).
"""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

NO_SUCH_BUCKET = ("NoSuchBucket", "The specified bucket does not exist")
NO_SUCH_KEY = ("NoSuchKey", "The specified key does not exist.")
NO_SUCH_VERSION = ("NoSuchVersion", "The specified version does not exist.")
ACCESS_DENIED = ("AccessDenied", "Access Denied")

_MOST_KEY_BYTES = 1024


class StoredObject(Struct, frozen=True):
    """`version`: what S3 calls it, which is None in a bucket without versions; of a file a digest of its content."""

    content: bytes
    version: str | None


class ObjectError(Exception):
    """An object that cannot be read; the text is for users. `code`, `message`: S3's own, "" where S3 said nothing."""

    def __init__(self, text: str, reason: tuple[str, str] = ("", "")) -> None:
        super().__init__(text)
        self.code, self.message = reason


class Reading(Protocol):
    """Where objects are read that are no files."""

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject: ...


class Objects:
    """Owned by the control process, used by any thread, and not by its loop: reading waits for disks and networks."""

    def __init__(self, buckets: Mapping[str, str], s3: Reading) -> None:
        """`buckets`: directory by name of the bucket; all others are asked of `s3`."""
        self._directories = {name: Path(directory) for name, directory in buckets.items()}
        self._s3 = s3

    def read(self, bucket: str, key: str, version: str | None, most: int) -> StoredObject:
        """At most `most` bytes; raises ObjectError for more, and for what is not that version."""
        directory = self._directories.get(bucket)
        if directory is None:
            return self._s3.read(bucket, key, version, most)
        shown = f"s3://{bucket}/{key}"
        content = _read_file(directory, key, most, shown)
        found = version_of(content)
        if version not in (None, found):
            text = f"{shown} has no version {version!r}: the file in the directory of [buckets] is version {found!r}"
            raise ObjectError(text, NO_SUCH_VERSION)
        return StoredObject(content, found)


def version_of(content: bytes) -> str:
    """Of what is in a file: another one as soon as it changes."""
    return hashlib.sha256(content).hexdigest()[:32]


def too_large(shown: str, most: int) -> ObjectError:
    return ObjectError(f"{shown} has more than {most} bytes")


def _read_file(directory: Path, key: str, most: int, shown: str) -> bytes:
    parent = -1
    try:
        root = directory.resolve(strict=True)
        parent = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        text = f"the directory that [buckets] gives for {shown.split('/')[2]!r} cannot be read: {error.strerror}"
        raise ObjectError(text, NO_SUCH_BUCKET) from None
    try:
        parts = _parts_below(root, key)
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
            os.close(parent)
            parent = inner
        return _read_regular(parent, parts[-1], most, shown)
    except PermissionError:
        raise ObjectError(f"{shown} may not be read: check the permissions of the file", ACCESS_DENIED) from None
    except (OSError, ValueError, RuntimeError):  # the last for links that lead to themselves
        text = f"{shown} does not exist: there is no such file in the directory of [buckets]"
        raise ObjectError(text, NO_SUCH_KEY) from None
    finally:
        os.close(parent)


def _parts_below(root: Path, key: str) -> tuple[str, ...]:
    """The names that lead from the directory to the file, without links; ValueError where that is not below it.

    They are then opened one by one and no link is followed: who exchanges one meanwhile does not get out.
    """
    if not key or "\0" in key or len(key.encode()) > _MOST_KEY_BYTES or any(not part for part in key.split("/")):
        raise ValueError("no name of a file")
    if any(part in (".", "..") for part in key.split("/")):
        raise ValueError("no name of a file")
    parts = (root / key).resolve(strict=True).relative_to(root).parts
    if not parts:
        raise ValueError("the directory itself")
    return parts


def _read_regular(parent: int, name: str, most: int, shown: str) -> bytes:
    # Not blocking: a pipe that nobody writes to would be waited for.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("no file")
        content = file.read(most + 1)
    if len(content) > most:
        raise too_large(shown, most)
    return content
