"""Backends that answer raw bytes on loopback sockets, and calls that a test can wait for."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import uvloop

from limen.budget import Budget
from limen.clock import Clock
from limen.upstream.call import Call
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.wire import Header

T = TypeVar("T")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def run(main: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        return await asyncio.wait_for(main, 20)

    return uvloop.run(bounded())


class Answer:
    """What a call came to: a response or an error."""

    def __init__(self, status: int, headers: list[Header], body: bytes, error: UpstreamError | None = None) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.error = error

    @property
    def kind(self) -> str:
        assert self.error is not None, f"answered {self.status} {self.body!r}"
        return self.error.kind


class AwaitedCall(Call):
    __slots__ = ("answer",)

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        self.answer.set_result(Answer(status, headers, body))

    def failed(self, error: UpstreamError) -> None:
        self.answer.set_result(Answer(0, [], b"", error))


def start(
    upstream: Upstream, origin: Origin, method: str = "GET", body: bytes = b"", timeout: float = 5.0
) -> "asyncio.Future[Answer]":
    head = f"{method} / HTTP/1.1\r\nHost: {origin.host}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    call = AwaitedCall(origin, method.encode(), head, body, timeout, method not in ("POST", "PATCH"))
    call.answer = asyncio.get_running_loop().create_future()
    upstream.send(call)
    return call.answer


async def ask(
    upstream: Upstream, origin: Origin, method: str = "GET", body: bytes = b"", timeout: float = 5.0
) -> Answer:
    return await start(upstream, origin, method, body, timeout)


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Backend:
    """Counts what it sees; `origin` leads to it."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None, host: str) -> None:
        self._handler = handler
        self._context = context
        self._host = host
        self.writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.origin: Origin

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, self._host, 0, ssl=self._context)
        port = self._server.sockets[0].getsockname()[1]
        self.origin = Origin("https" if self._context else "http", self._host, port)

    async def close(self) -> None:
        self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Closes every connection, as a server does that restarts."""
        for writer in self.writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        with suppress(OSError, EOFError):
            await self._handler(reader, writer)


@asynccontextmanager
async def backend(
    handler: Handler, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Backend]:
    opened = Backend(handler, context, host)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


@asynccontextmanager
async def upstream(budget: Budget | None = None, **settings: Any) -> AsyncIterator[Upstream]:
    clock = Clock()
    clock.start()
    limits = settings.pop("limits", Limits())
    opened = Upstream(clock, budget or Budget(1 << 24), limits=limits, **settings)
    try:
        yield opened
    finally:
        await opened.close(timeout=0.1)
        clock.stop()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """Head and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    return head + await reader.readexactly(length)


def answering(*responses: bytes) -> Handler:
    """Answers the n-th request with the n-th response, the last one for ever; b"" hangs up."""
    number = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal number
        while True:
            await read_request(reader)
            response = responses[min(number, len(responses) - 1)]
            number += 1
            if not response:
                writer.close()
                return
            writer.write(response)

    return handle


def answering_once(response: bytes) -> Handler:
    """Answers one request and closes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(response)
        writer.close()

    return handle
