"""The host's side of the spawner: asks it for processes and for their end."""

import array
import asyncio
import contextlib
import fcntl
import itertools
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger("limen.functions")

START_TIMEOUT = 10.0
SPAWN_TIMEOUT = 10.0
"""Seconds that a fork may take: a machine that swaps."""

_START = "import sys; sys.path.insert(0, sys.argv.pop()); from limen.functions.spawner_process import main; main()"


class SpawnError(Exception):
    """A process could not be started; the message says why."""


class Spawner:
    """Made before anything heavy is loaded, opened in the loop."""

    def __init__(self, staging: Path, *, isolates: bool = True) -> None:
        """`staging` is an empty directory: roots of environments are mounted on it, where nobody else sees them."""
        self.staging = staging.absolute()
        self._isolates = isolates
        self._launch()
        self._numbers = itertools.count()
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._turn = asyncio.Lock()
        self._level: asyncio.Future[dict[str, Any]]
        self.level = 0
        """The namespaces that environments get, 0 for none."""
        self.reason = ""
        """Why not more."""

    def _launch(self) -> None:
        ours, theirs = socket.socketpair()
        self._process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-I",
                "-S",
                "-c",
                _START,
                str(self.staging) if self._isolates else "",
                str(Path(__file__).parents[2]),
            ],
            stdin=theirs.fileno(),
            env={},
            cwd="/",
        )
        theirs.close()
        self._socket = ours
        self._received = b""

    async def open(self) -> None:
        """Waits until it serves, and knows what isolation this machine gives."""
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        self._level = loop.create_future()
        loop.add_reader(self._socket.fileno(), self._readable)
        try:
            async with asyncio.timeout(START_TIMEOUT):
                found = await asyncio.shield(self._level)
        except TimeoutError:
            raise SpawnError("the spawner does not start") from None
        self.level, self.reason = found["level"], found["reason"]

    async def _start_again(self) -> None:
        """Somebody has killed it, and all environments with it."""
        log.warning("the spawner (pid %s) has ended; it is started again", self._process.pid)
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._launch()
        await self.open()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._socket.fileno() >= 0 and self._process.poll() is None

    async def spawn(self, message: dict[str, Any], descriptors: Sequence[int]) -> int:
        """The pid of the init of what was started. One at a time: what a fork costs is not to be had in parallel."""
        async with self._turn:
            if self._socket.fileno() >= 0 and not self.is_alive:
                await self._start_again()
            number = next(self._numbers)
            reply = self._replies[number] = asyncio.get_running_loop().create_future()
            try:
                await self._send({**message, "number": number}, descriptors)
                async with asyncio.timeout(SPAWN_TIMEOUT):
                    answer = await reply
            except (TimeoutError, OSError) as error:
                raise SpawnError(f"the spawner does not answer: {error}") from None
            finally:
                del self._replies[number]
        if "error" in answer:
            raise SpawnError(answer["error"])
        pid: int = answer["pid"]
        return pid

    def kill(self, pid: int) -> None:
        """Of an init, with all that its function started. Does not wait; fine for one that has ended."""
        payload = _frame({"kill": pid})
        with contextlib.suppress(OSError):
            # Of a few bytes into a socket that the spawner empties: never worth waiting for.
            self._socket.setblocking(True)
            self._socket.sendall(payload)
            self._socket.setblocking(False)

    async def close(self) -> None:
        """Ends all that it has started."""
        if self._socket.fileno() < 0:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._fail("the functions host stops")
        await asyncio.to_thread(self._wait)

    def _wait(self) -> None:
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    async def _send(self, message: dict[str, Any], descriptors: Sequence[int]) -> None:
        payload = _frame(message)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        sent = self._socket.sendmsg([payload], rights)
        while sent < len(payload):
            await asyncio.sleep(0.001)
            with contextlib.suppress(BlockingIOError):
                sent += self._socket.send(payload[sent:])

    def _readable(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._fail("the spawner has ended")
            return
        self._received += data
        while len(self._received) >= 4:
            length = int.from_bytes(self._received[:4], "big")
            if len(self._received) < 4 + length:
                return
            message = json.loads(self._received[4 : 4 + length])
            self._received = self._received[4 + length :]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        waiting = self._level if "level" in message else self._replies.get(message["number"])
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        elif "pid" in message:  # whoever asked has given up
            self.kill(message["pid"])

    def _fail(self, reason: str) -> None:
        for waiting in (self._level, *self._replies.values()):
            if not waiting.done():
                waiting.set_exception(SpawnError(reason))
                waiting.exception()  # told to whoever waits; nobody has to


def make_pipe(size: int = 0) -> tuple[int, int]:
    """One whose reading end does not block; `size` bytes of it where the kernel allows that."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    if size and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, size)
    return reader, writer


def _frame(message: dict[str, Any]) -> bytes:
    payload = json.dumps(message).encode()
    return len(payload).to_bytes(4, "big") + payload
