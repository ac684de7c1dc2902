"""One child process: started with a line of JSON on standard input and a pipe on which it says that it is ready."""

import contextlib
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

LAUNCH = "import gc; gc.disable(); from {module} import main; gc.freeze(); gc.enable(); main()"
"""Nothing that is loaded is garbage, so it is not looked at: that took a tenth of the CPU of a start (bench: start)."""
log = logging.getLogger("limen.supervisor")

RESTART_DELAYS = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a process that keeps dying is started again; one that lived for 30 s begins anew."""
LONGEST_WAIT = 1.0
"""Seconds that callers of a process on demand which could start, and keeps dying, wait for the next."""


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
        command = [sys.executable, "-P", "-c", LAUNCH.format(module=module)]
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

    @property
    def restart_delay(self) -> float:
        """Seconds from its end to the next start."""
        return RESTART_DELAYS[min(self.deaths, len(RESTART_DELAYS) - 1)]

    def count_death(self) -> None:
        self.deaths = self.deaths + 1 if self.lived < 30 else 1

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


class OnDemand:
    """A process that is started by the first connection to its socket, and after its death by the next."""

    def __init__(
        self,
        listening: socket.socket,
        start: Callable[[], Process],
        forget: Callable[[Process], None],
        turn_away: Callable[[socket.socket], None],
        selector: selectors.BaseSelector,
    ) -> None:
        """`forget` gives back what the supervisor has of a dead one; `turn_away` answers who waits on the socket."""
        self.listening = listening
        self.process: Process | None = None
        self._start = start
        self._forget = forget
        self._turn_away = turn_away
        self._selector = selector
        self._may_start_at = 0.0
        self._watch()

    def wake(self) -> None:
        """Somebody connects; from now on the process looks at the socket.

        Who comes while it rests from a start that failed is told so: what cannot start would keep all waiting.
        """
        if time.monotonic() < self._may_start_at:
            self._turn_away(self.listening)
            return
        self._selector.unregister(self.listening)
        dead, self.process = self.process, self._start()
        if dead is not None:
            self.process.deaths = dead.deaths

    def reap(self) -> None:
        """Where it has died, the next connection starts it again, not at once where it keeps dying."""
        dead = self.process
        if dead is None or dead.is_running():
            return
        delay = min(dead.restart_delay, LONGEST_WAIT) if dead.is_ready else dead.restart_delay
        may_start_at = dead.ended_at + delay
        if self._is_watched() or (dead.is_ready and time.monotonic() < may_start_at):
            return
        log.warning("%s (pid %s) %s; the next call starts it again", dead.name, dead.pid, dead.describe_end())
        self._forget(dead)
        dead.count_death()
        self._may_start_at = may_start_at
        self._watch()

    def replace(self) -> None:
        """By a new one, where one runs: whoever calls this looks after the old one."""
        if self.process is not None and self.process.is_running():
            self.process = self._start()

    def _watch(self) -> None:
        self._selector.register(self.listening, selectors.EVENT_READ, self)

    def _is_watched(self) -> bool:
        return self.listening in self._selector.get_map()


def hang_up(listening: socket.socket) -> None:
    """On all that wait on a socket that does not block: who calls sees at once that nobody answers."""
    with contextlib.suppress(OSError):
        while True:
            listening.accept()[0].close()
