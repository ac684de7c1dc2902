"""A server that says what the test wants: for answers that are late, wrong or none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

GREETING = b"*6\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"


class FakeServer:
    """Greets (HELLO), then answers each read of bytes by `answer`; None: says nothing, b"": hangs up."""

    def __init__(self, answer: Callable[[bytes], bytes | None], greeting: bytes = GREETING) -> None:
        self.answer = answer
        self.greeting = greeting
        self.reads: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_greeted = False
        while data := await reader.read(1 << 20):
            self.reads.append(data)
            answer = self.answer(data) if is_greeted else self.greeting
            is_greeted = True
            if answer == b"":
                break
            if answer is not None:
                writer.write(answer)


@asynccontextmanager
async def fake_server(answer: Callable[[bytes], bytes | None], greeting: bytes = GREETING) -> AsyncIterator[FakeServer]:
    fake = FakeServer(answer, greeting)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()


def count(data: bytes) -> int:
    """Commands of one part."""
    return data.count(b"*1\r\n")
