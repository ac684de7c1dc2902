"""Truststores that `limen domains add --truststore FILE` uploads: a bucket of our own, a file for each content.

A file is named by the digest of what is in it: the same content is the same object, and never changes.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

BUCKET = "limen-truststores"
"""How `s3://` URIs name it; `Objects` reads it from `DataDirectory.truststores`."""
MOST_FILES = 200
"""Beyond which the oldest go that nobody names: domain names keep the content of theirs."""


class TruststoreUploads:
    """Owned by the control process; `put` may be called by any thread."""

    def __init__(self, directory: Path, find_named: Callable[[], Collection[str]], most: int = MOST_FILES) -> None:
        """`find_named`: the URIs that domain names have."""
        self._directory = directory
        self._find_named = find_named
        self._most = most

    def put(self, content: bytes) -> str:
        """The URI of an object with this content."""
        path = self._directory / f"{hashlib.sha256(content).hexdigest()}.pem"
        if path.exists():
            os.utime(path)
        else:
            self._write(path, content)
            self._forget()
        return _uri(path)

    def _forget(self) -> None:
        """Whoever has just put one has yet to name it, so that it counts as new."""
        by_age = sorted(self._directory.glob("*.pem"), key=lambda path: path.stat().st_mtime)
        too_many = len(by_age) - self._most
        if too_many > 0:
            named = self._find_named()
            for path in [path for path in by_age[:-1] if _uri(path) not in named][:too_many]:
                path.unlink(missing_ok=True)

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=self._directory, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _uri(path: Path) -> str:
    return f"s3://{BUCKET}/{path.name}"
