"""A runtime that speaks the Runtime API by hand, and a host that notes what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

from limen.functions.invocation import Invocation
from limen.functions.runtime_api import Answer, RuntimeApi
from limen.functions.runtime_connection import RuntimeConnection

PATH = "/2018-06-01/runtime"
NEXT = f"GET {PATH}/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
ONE = Invocation(request_id="one", invoked_arn="arn:aws:lambda:us-east-1:1:function:f", payload=b'{"a":1}')


def post(path: str, body: bytes = b"", **headers: str) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH}{path} HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def stream(path: str, *chunks: bytes, trailers: str = "", end: bytes = b"0\r\n") -> bytes:
    head = f"POST {PATH}{path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n"
    head += "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n"
    return head.encode() + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end + trailers.encode() + b"\r\n"


class Host:
    """Notes what the Runtime API tells."""

    def __init__(self, directory: str) -> None:
        self.path = f"{directory}/api"
        self.api = RuntimeApi(self)
        self.answers: list[Answer] = []
        self.init_failures: list[Answer] = []
        self.times_ready = 0
        self.lets_in = True

    def is_ours(self, connection: RuntimeConnection) -> bool:
        return self.lets_in

    def became_ready(self) -> None:
        self.times_ready += 1

    def failed_to_start(self, answer: Answer) -> None:
        self.init_failures.append(answer)

    def answered(self, answer: Answer) -> None:
        self.answers.append(answer)

    async def connect(self) -> "Runtime":
        return Runtime(*await asyncio.open_unix_connection(self.path))


class Runtime:
    """The client's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        self.writer.write(request)
        return await self.read()

    async def read(self) -> tuple[int, dict[str, str], bytes]:
        async with asyncio.timeout(10):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines[1:] if line)
            body = await self.reader.readexactly(int(headers.get("Content-Length", 0)))
        return int(lines[0].split()[1]), headers, body

    async def error(self, request: bytes) -> tuple[int, Any]:
        status, _, body = await self.ask(request)
        return status, json.loads(body)

    async def is_closed(self) -> bool:
        async with asyncio.timeout(10):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Host, Runtime]]:
    with TemporaryDirectory() as directory:
        host = Host(directory)
        server = await asyncio.get_running_loop().create_unix_server(host.api.protocol, host.path)
        runtime = await host.connect()
        try:
            yield host, runtime
        finally:
            runtime.writer.close()
            server.close()
            host.api.close()
            await asyncio.sleep(0)


def run(transcript: Callable[[Host, Runtime], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with serving() as (host, runtime):
            await transcript(host, runtime)

    asyncio.run(whole())
