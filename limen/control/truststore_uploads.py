"""Truststores that `limen domains add --truststore FILE` uploads: a bucket of our own, a file for each content.

A file is named by the digest of what is in it: the same content is the same object, and never changes.
"""

import hashlib
import os
import tempfile
from pathlib import Path

BUCKET = "limen-truststores"
"""How `s3://` URIs name it; `Objects` reads it from `DataDirectory.truststores`."""
MOST_BYTES = 1 << 20


class TruststoreUploads:
    """Owned by the control process; `put` may be called by any thread."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, content: bytes) -> str:
        """The URI of an object with this content."""
        name = f"{hashlib.sha256(content).hexdigest()}.pem"
        path = self._directory / name
        if not path.exists():
            self._write(path, content)
        return f"s3://{BUCKET}/{name}"

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
