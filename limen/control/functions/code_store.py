"""Where the code of functions and layers is kept: zip files by their content, and links that give them out again.

A link is what AWS makes of GetFunction's `Code.Location`: a URL that whoever has it may read, for ten minutes.
"""

import hmac
import logging
import os
import time
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from limen.functions.packages import Packages
from limen.store.blobs import prune_blobs, put_blob, read_blob
from limen.store.store import Store

log = logging.getLogger("limen.control")

LINK_SECONDS = 600
LINK_PATH = "/_limen/functions/code"
UNUSED_SECONDS = 3600.0
"""How long a zip file that nothing names is kept: a call that is about to name it has long ended."""


class CodeStore:
    """Owned by the control process, used by its operations; `now` gives epoch seconds.

    `shared`: a store that other nodes have too, which gets a copy of each zip file, and gives out theirs.
    """

    def __init__(
        self, directory: Path, secret: str, now: Callable[[], float] = time.time, *, shared: Store | None = None
    ) -> None:
        self.packages = Packages(directory)
        self._zips = directory / "code"
        self._key = hmac.digest(secret.encode(), b"limen: links to code", "sha256")
        self._now = now
        self._shared = shared if shared is not None and shared.is_shared else None

    def store(self, data: bytes) -> str:
        """The SHA-256 in hex of a zip file that has been checked."""
        digest = self.packages.store(data)
        if self._shared is not None:
            put_blob(self._shared, data)
        os.utime(self._path(digest))  # used anew: its time to be forgotten begins again
        return digest

    def has(self, digest: str) -> bool:
        return self._path(digest).exists() or self._fetch(digest)

    def fetch(self, digests: Collection[str]) -> None:
        """Brings here what other nodes put; raises StoreAwayError where that cannot be asked for."""
        for digest in digests:
            if not self.has(digest):
                log.error("the code %s of a function is on no node that could be asked", digest)

    def find(self, digest: str) -> bytes | None:
        """A zip file by its SHA-256 in hex."""
        self.has(digest)
        try:
            return self._path(digest).read_bytes()
        except OSError:
            return None

    def link(self, host: str, digest: str) -> str:
        """`host` with its port, as the caller knows us."""
        expires = int(self._now()) + LINK_SECONDS
        query = urlencode({"Expires": expires, "Signature": self._sign(digest, expires)})
        return f"https://{host}{LINK_PATH}/{digest}.zip?{query}"

    def find_linked(self, digest: str, expires: str, signature: str) -> Path | None:
        """The file that a link gives out; None where the link is not ours, too old, or its file gone."""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            return None
        if not hmac.compare_digest(self._sign(digest, int(expires)).encode(), signature.encode()):
            return None
        path = self._path(digest)
        return path if int(expires) >= self._now() and self.has(digest) else None

    def prune(self, used: Collection[str]) -> int:
        """Removes the zip files that are not `used` and have not been for an hour; says how many."""
        oldest = self._now() - UNUSED_SECONDS
        removed = 0
        for path in self._zips.glob("*.zip") if self._zips.exists() else ():
            if path.stem not in used and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def prune_shared(self, used: Collection[str]) -> int:
        """The same in the store that nodes share."""
        return prune_blobs(self._shared, used, int(UNUSED_SECONDS * 1000)) if self._shared is not None else 0

    def _fetch(self, digest: str) -> bool:
        """From the shared store, where there is one and it has the file."""
        parts = read_blob(self._shared, digest) if self._shared is not None else None
        if parts is None:
            return False
        found = self.packages.store(b"".join(parts))
        if found != digest:
            log.error("the shared code %s is damaged", digest)
        return found == digest

    def _path(self, digest: str) -> Path:
        return self._zips / f"{digest}.zip"

    def _sign(self, digest: str, expires: int) -> str:
        """Over no name but a digest in hex, so no link leads anywhere else."""
        return hmac.new(self._key, f"{digest}\n{expires}".encode(), sha256).hexdigest()
