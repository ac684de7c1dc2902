"""Authorities over shared state, running: each test of tests/state/test_states.py meets all of them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from limen.process_settings import StateSettings
from limen.state.connect import open_state
from limen.state.interface import State, StateAwayError
from limen.state.messages import UsageQuestion
from tests.support.limen_process import wait_until
from tests.support.redis_server import RedisServer


class Backend(Protocol):
    """One authority. What tests name in it is named after them, for it serves many."""

    def open(self) -> State:
        """A connection of its own to it."""
        ...

    def restart(self) -> None:
        """As after a crash: kill -9, where it is a process."""
        ...

    def stop(self) -> None: ...


class StateHostProcess:
    """The state host as the supervisor starts it, on a socket that outlives it."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "usage.db"
        self._path = directory / "state.sock"
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(self._path))
        self._listening.listen(100)
        self._process = self._start()

    def open(self) -> State:
        return open_state("memory", str(self._path))

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._end()

    def start(self) -> None:
        self._process = self._start()

    def restart(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        self.terminate()
        self._listening.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        ready_read, ready_write = os.pipe()
        settings = StateSettings(
            listening_fd=self._listening.fileno(), ready_fd=ready_write, usage_file=str(self._file), ledger_days=35
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "limen.state_host"],
            stdin=subprocess.PIPE,
            pass_fds=(self._listening.fileno(), ready_write),
        )
        os.close(ready_write)
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(settings) + b"\n")
        process.stdin.flush()
        assert os.read(ready_read, 10) == b"ready\n"
        os.close(ready_read)
        return process

    def _end(self) -> None:
        wait_until(lambda: self._process.poll() is not None, 10, lambda: "the state host does not end")
        assert self._process.stdin is not None
        self._process.stdin.close()


class ValkeyBackend:
    """A server that writes everything down before it answers."""

    def __init__(self, directory: Path) -> None:
        self._server = RedisServer(directory, appendonly="yes", appendfsync="always")

    def open(self) -> State:
        return open_state(f"valkey://127.0.0.1:{self._server.port}", "", has_development_clock=True)

    def restart(self) -> None:
        self._server.kill()
        self._server.start()

    def stop(self) -> None:
        self._server.kill()


@asynccontextmanager
async def opened(backend: Backend) -> AsyncIterator[State]:
    state = backend.open()
    try:
        yield state
    finally:
        await state.close()


async def wait_for_answer(state: State) -> None:
    """Until the authority is there again."""
    for _ in range(100):
        try:
            await state.usage(UsageQuestion("none", None, 0, 0))
        except StateAwayError:
            await asyncio.sleep(0.05)
        else:
            return
    raise AssertionError("the state stays away")
