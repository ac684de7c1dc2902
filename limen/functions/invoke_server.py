"""Accepts those who invoke functions, on a socket that belongs to the supervisor, and drains them at the end."""

import asyncio
import logging
import socket

from limen.budget import Budget
from limen.clock import Clock
from limen.functions.invoke_connection import DRAIN_GRACE, InvokeConnection, Shared
from limen.functions.invoker import Invoker

log = logging.getLogger("limen.functions")

BACKLOG = 4096
BUFFERED = 256 << 20
"""Bytes of payloads that are held at once."""


class InvokeServer:
    """Owned by the host."""

    def __init__(self, sock: socket.socket, invoker: Invoker, clock: Clock, buffered: int = BUFFERED) -> None:
        self._socket = sock
        self._shared = Shared(invoker.invoke, clock, Budget(buffered))
        self._shared.on_closed = self._note_closed
        self._drained = asyncio.Event()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: InvokeConnection(self._shared), sock=self._socket, backlog=BACKLOG
        )

    async def drain(self, timeout: float) -> None:
        """Answers what has been asked and closes each connection behind it; aborts what is left at the end."""
        self._server.close()  # closes our descriptor; what waits to be accepted stays for the next host
        self._shared.is_draining = True
        for connection in list(self._shared.open):
            connection.drain()
        self._note_closed()
        try:
            async with asyncio.timeout(max(timeout, 2 * DRAIN_GRACE)):
                await self._drained.wait()
        except TimeoutError:
            log.warning("%d callers still waited after %g s of draining", len(self._shared.open), timeout)
        for connection in list(self._shared.open):
            connection.abort()

    def _note_closed(self) -> None:
        if self._shared.is_draining and not self._shared.open:
            self._drained.set()
