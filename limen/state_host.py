"""The state host: what is left of limits and quotas, and what was used, for all workers of this machine."""

import asyncio
import fcntl
import gc
import logging
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path

import uvloop

from limen.process_log import log_to_stderr
from limen.process_settings import StateSettings, read_process_settings
from limen.state.interface import StateAwayError
from limen.state.journal import Journal, checkpoint
from limen.state.memory import MemoryState
from limen.state.server import StateServer
from limen.tasks import Tasks

log = logging.getLogger("limen.state")

FLUSH_SECONDS = 0.25
"""For so long deliveries are gathered into one transaction. Nobody is told that his is kept before that is true."""
TICK = 1.0
CHECKPOINT_INTERVAL = 5.0
"""Seconds between two times at which what was committed is brought to the disk: what a power failure may lose."""
DRAIN_SECONDS = 2.0
_LOCK_INTERVAL = 0.005


def main() -> None:
    """Run by the supervisor as `python -m limen.state_host`."""
    log_to_stderr("state")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_process_settings(StateSettings)
    uvloop.run(StateHost(settings).serve())


class StateHost:
    """One process, one loop; the file is for it alone."""

    def __init__(self, settings: StateSettings) -> None:
        self._settings = settings
        self._file = Path(settings.usage_file)
        self._stopping = asyncio.Event()
        self._tasks = Tasks()

    async def serve(self) -> None:
        settings = self._settings
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        loop.add_reader(sys.stdin.fileno(), self._stop_when_orphaned, loop)
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        is_first = _has_locked(lock)
        if not is_first:
            self._tell_ready()  # at a hand-over the old host ends only now, and lets go of the file
            if not await self._wait_locked(lock):
                return
        state = self._open_state()
        server = StateServer(state)
        await server.start(socket.socket(fileno=settings.listening_fd))
        gc.collect()
        gc.freeze()
        if is_first:
            self._tell_ready()
        self._tasks.start(self._tick(state), "tick")
        self._tasks.start(self._checkpoint(), "checkpoint")
        await self._stopping.wait()
        await server.stop(DRAIN_SECONDS)
        await self._tasks.cancel_all()
        await state.close()
        os.close(lock)

    def _open_state(self) -> MemoryState:
        try:
            journal = Journal(self._file)
        except sqlite3.Error as error:
            log.error("%s cannot be used: %s", self._file, error)
            raise SystemExit(1) from None
        return MemoryState(journal, flush_seconds=FLUSH_SECONDS, ledger_days=self._settings.ledger_days)

    async def _wait_locked(self, lock: int) -> bool:
        """For the end of a host before this one; False where this one is to end before that."""
        while not self._stopping.is_set():
            if _has_locked(lock):
                return True
            await asyncio.sleep(_LOCK_INTERVAL)
        return False

    def _tell_ready(self) -> None:
        os.write(self._settings.ready_fd, b"ready\n")

    async def _tick(self, state: MemoryState) -> None:
        while True:
            await asyncio.sleep(TICK)
            try:
                state.tick()
            except StateAwayError:
                pass  # it has said so; the disk may have room again at the next one
            except Exception:
                log.exception("the state could not be looked after")

    async def _checkpoint(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_INTERVAL)
            try:
                await asyncio.to_thread(checkpoint, self._file)
            except sqlite3.Error as error:
                log.warning("%s: %s", self._file, error)

    def _stop_when_orphaned(self, loop: asyncio.AbstractEventLoop) -> None:
        """The supervisor holds the other end of standard input: its end means that nobody looks after this process."""
        if not os.read(sys.stdin.fileno(), 1024):
            loop.remove_reader(sys.stdin.fileno())
            self._stopping.set()


def _has_locked(lock: int) -> bool:
    """Whether the file is ours now; the kernel lets go of it however we end."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
