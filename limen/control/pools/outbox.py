"""What Cognito would send by mail or text message: lines of a file that only its owner reads, newest last."""

import os
import time
from pathlib import Path
from threading import Lock

import orjson

MOST_BYTES = 1 << 20
"""Of the file; then the one before is forgotten and this becomes `.1`."""


class Outbox:
    """`path` None keeps nothing, and says so to nobody: codes are lost then."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()

    def send(self, *, pool: str, username: str, to: str, kind: str, code: str) -> None:
        """`kind`: what the code is good for; `code`: a code, or a temporary password."""
        if self._path is None:
            return
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        message = {"time": moment, "userPoolId": pool, "username": username, "to": to, "kind": kind, "code": code}
        with self._lock:
            self._make_room()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.write(descriptor, orjson.dumps(message) + b"\n")
            finally:
                os.close(descriptor)

    def _make_room(self) -> None:
        assert self._path is not None
        if self._path.exists() and self._path.stat().st_size > MOST_BYTES:
            os.replace(self._path, self._path.with_name(self._path.name + ".1"))
