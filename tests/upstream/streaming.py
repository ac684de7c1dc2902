"""Calls whose response is watched piece by piece, and backends that say what the test says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from limen.budget import Budget
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.upstream.streamed_call import StreamedCall
from limen.wire import Header
from tests.upstream.backends import Backend, backend, read_request, upstream

Event = tuple[str, Any]


class WatchedCall(StreamedCall):
    """Its events, in order, wait to be taken."""

    __slots__ = ("events", "headers")

    def started(self, status: int, headers: list[Header]) -> None:
        self.headers = headers
        self.events.put_nowait(("started", status))

    def received(self, piece: bytes) -> None:
        self.events.put_nowait(("received", piece))

    def ended(self) -> None:
        self.events.put_nowait(("ended", None))

    def broke(self, error: UpstreamError) -> None:
        self.events.put_nowait(("broke", error))

    async def next(self) -> Event:
        return await self.events.get()

    async def read(self, size: int) -> bytes:
        """As many bytes as that, in however many pieces they come."""
        body = b""
        while len(body) < size:
            event, piece = await self.next()
            assert event == "received", (event, piece)
            body += piece
        return body

    async def break_kind(self) -> str:
        event, error = await self.next()
        assert event == "broke", (event, error)
        return str(error.kind)


class Scripted:
    """A backend that has been asked, and an upstream that asks it."""

    def __init__(self, server: Backend, client: Upstream, asked: "asyncio.Queue[asyncio.StreamWriter]") -> None:
        self.server = server
        self.client = client
        self._asked = asked

    def call(
        self, method: str = "GET", timeout: float = 5.0, kind: type[WatchedCall] = WatchedCall, **given: Any
    ) -> Any:
        origin: Origin = self.server.origin
        head = f"{method} / HTTP/1.1\r\nHost: {origin.host}\r\n\r\n".encode()
        call = kind(origin, method.encode(), head, b"", timeout, True, **given)
        call.events = asyncio.Queue()
        self.client.send(call)
        return call

    async def asked(self) -> asyncio.StreamWriter:
        """The connection on which the next request has come."""
        return await self._asked.get()

    async def begin(self, head: bytes, **given: Any) -> tuple[Any, asyncio.StreamWriter]:
        """A call whose head has come."""
        call = self.call(**given)
        writer = await self.asked()
        writer.write(head)
        assert (await call.next())[0] == "started"
        return call, writer


@asynccontextmanager
async def scripted(
    budget: Budget | None = None, server_context: Any = None, **settings: Any
) -> AsyncIterator[Scripted]:
    asked: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def hand_over(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_request(reader)
            asked.put_nowait(writer)

    async with backend(hand_over, server_context) as server, upstream(budget, **settings) as client:
        yield Scripted(server, client, asked)
