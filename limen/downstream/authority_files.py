"""`ca.pem`, which clients trust: this data directory's own authority, behind it those that sign for domain names.

The others come and go while a server runs; each change reads, adds and writes under one lock, which `authority` holds
while it makes the first.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CA, CA_KEY = "ca.pem", "ca-key.pem"
LOCK = "authority.lock"
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def split_certificates(pem: bytes) -> list[bytes]:
    """Each certificate of a file as it stands there, with a line end."""
    return [_BEGIN + part.partition(_END)[0] + _END + b"\n" for part in pem.split(_BEGIN)[1:] if _END in part]


def own_authority(pem: bytes) -> bytes:
    """The first; what is no certificate stays as it is, for whoever refuses it."""
    return next(iter(split_certificates(pem)), pem)


def add_authorities(directory: Path, certificates: Sequence[bytes]) -> bool:
    """Whether there was one that `ca.pem` did not have."""
    return _change(directory, lambda before: [*before, *certificates])


def drop_authorities(directory: Path, certificates: Sequence[bytes]) -> bool:
    """Whether there was one of them; our own stays."""
    return _change(directory, lambda before: [*before[:1], *(each for each in before[1:] if each not in certificates)])


def replace_own(directory: Path, certificate: bytes) -> None:
    """Puts a new authority of this directory in place of the first; to be called under the lock."""
    path = directory / CA
    others = split_certificates(path.read_bytes())[1:] if path.exists() else []
    write_whole(path, b"".join([certificate, *others]), 0o644)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One maker at a time; the kernel lets go of the lock when a process dies."""
    with (directory / LOCK).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """All or nothing, and never readable by others for a moment."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _change(directory: Path, change: Callable[[list[bytes]], list[bytes]]) -> bool:
    path = directory / CA
    with locked(directory):
        before = split_certificates(path.read_bytes())
        after = list(dict.fromkeys(change(before)))
        if after == before:
            return False
        write_whole(path, b"".join(after), 0o644)
    return True
