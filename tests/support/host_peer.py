"""Stands for the functions host: records what comes over the invoke socket and answers what it was told to."""

import asyncio
import threading
from pathlib import Path

from msgspec import Struct


class Invoked(Struct, frozen=True):
    target: str
    headers: dict[str, str]
    body: bytes


class InvokePeer:
    """Answers each connection's one request with `answer`, whole pieces in turn; then hangs up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.invoked: list[Invoked] = []
        self.answer: list[bytes] = [response(200, b"{}")]
        self.pause = 0.0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._started.wait(5)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(5)

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_unix_server(self._answer, self.path)
        self._started.set()
        await self._stopped.wait()
        server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
        body = await reader.readexactly(int(headers["content-length"]))
        self.invoked.append(Invoked(head[0].split(" ")[1], headers, body))
        for piece in self.answer:
            writer.write(piece)
            await asyncio.sleep(self.pause)
        await writer.drain()
        writer.close()


def response(status: int, body: bytes, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Status", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    lines += [] if status == 204 else [f"Content-Length: {len(body)}"]
    return "\r\n".join((*lines, "", "")).encode() + body


def chunked(*pieces: bytes, **headers: str) -> list[bytes]:
    lines = ["HTTP/1.1 200 OK", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    head = "\r\n".join((*lines, "Transfer-Encoding: chunked", "", "")).encode()
    return [head, *(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces), b"0\r\n\r\n"]
