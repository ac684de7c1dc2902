"""One child process: started with a line of JSON on standard input and a pipe on which it says that it is ready."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import Any

import msgspec


class Process:
    """A running or ended child of the supervisor."""

    def __init__(self, child: subprocess.Popen[bytes], name: str, ready_fd: int, ready_write: int) -> None:
        self.name = name
        self.ready_fd = ready_fd
        self._ready_write = ready_write
        self.is_ready = False
        self.deaths = 0
        self.ended_at = 0.0
        self._child = child
        self._started_at = time.monotonic()

    @classmethod
    def start(cls, module: str, name: str, *listening_fds: int) -> "Process":
        """It loads meanwhile, and begins when it is told its settings. It has `listening_fds` by their numbers."""
        ready_read, ready_write = os.pipe()
        # -P: nothing is imported from the directory that limen was started in.
        command = [sys.executable, "-P", "-m", module]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(*listening_fds, ready_write))  # noqa: S603
        os.close(ready_write)
        return cls(child, name, ready_read, ready_write)

    def tell(self, settings: Any) -> None:
        """`settings` has a field `ready_fd`, which is filled in. One that died meanwhile is found dead later."""
        assert self._child.stdin is not None
        line = msgspec.json.encode(msgspec.structs.replace(settings, ready_fd=self._ready_write)) + b"\n"
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(line)
            self._child.stdin.flush()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def lived(self) -> float:
        """Seconds from start to end."""
        return self.ended_at - self._started_at

    def read_ready(self) -> None:
        self.is_ready = os.read(self.ready_fd, 64).startswith(b"ready")

    def is_running(self) -> bool:
        running = self._child.poll() is None
        if not running and not self.ended_at:
            self.ended_at = time.monotonic()
        return running

    def describe_end(self) -> str:
        code = self._child.returncode
        return f"was killed by {signal.Signals(-code).name}" if code is not None and code < 0 else f"ended with {code}"

    def has_refused(self) -> bool:
        """Whether it ended by itself before it was ready because of what the user asked for (exit code 1)."""
        return not self.is_ready and not self.is_running() and self._child.returncode == 1

    def terminate(self) -> None:
        if self.is_running():
            self._child.terminate()

    def kill(self) -> None:
        if self.is_running():
            self._child.kill()
            self._child.wait()
        self.close()

    def close(self) -> None:
        """Gives back the two pipes."""
        if self.ready_fd >= 0:
            os.close(self.ready_fd)
            self.ready_fd = -1
        if self._child.stdin is not None and not self._child.stdin.closed:
            self._child.stdin.close()
