"""Speaks Lambda's Invoke API on a Unix socket or a port, remembers what was asked, and answers as told."""

import asyncio
import json
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.support.recording_backend import Recorded

REQUEST_ID = "3b2f0f6e-9f9d-4a5b-9a52-2f4a4f3b6a11"


class Result(Struct, frozen=True):
    """What the peer answers; `pieces` come one after the other, `delay` seconds apart."""

    payload: bytes = b"null"
    status: int = 200
    error: str = ""
    """X-Amz-Function-Error."""
    kind: str = ""
    """x-amzn-ErrorType."""
    pieces: tuple[bytes, ...] = ()
    delay: float = 0.0
    hangs_up: bool = False
    """Behind the last piece, before the response is complete."""


def returned(value: Any) -> Result:
    """What a handler returned."""
    return Result(json.dumps(value).encode())


def failed(message: str, kind: str = "Exception") -> Result:
    """A handler raised."""
    return Result(json.dumps({"errorMessage": message, "errorType": kind}).encode(), error="Unhandled")


def refused(status: int, kind: str, message: str) -> Result:
    """The function was not run."""
    return Result(json.dumps({"Type": "User", "message": message}).encode(), status=status, kind=kind)


def streamed(*payloads: bytes, error: str = "", details: str = "", ends: bool = True, delay: float = 0.0) -> Result:
    """An event stream, a piece for each payload."""
    pieces = [event("PayloadChunk", payload) for payload in payloads]
    if ends:
        end = {"ErrorCode": error, "ErrorDetails": details} if error else {}
        pieces.append(event("InvokeComplete", json.dumps(end).encode()))
    return Result(pieces=tuple(pieces), delay=delay)


def event(kind: str, payload: bytes, message_type: str = "event") -> bytes:
    """One message of an event stream, made from the description of the format alone."""
    headers = b""
    for name, value in ((":message-type", message_type), (":event-type", kind)):
        headers += bytes((len(name),)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    begun = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return begun + struct.pack(">I", zlib.crc32(begun))


class InvokePeer:
    """`answers` are given in turn, the last one for ever."""

    def __init__(self, *answers: Result) -> None:
        self.answers = answers
        self.requests: list[Recorded] = []

    @property
    def event(self) -> Any:
        """The payload of the last invocation."""
        return json.loads(self.requests[-1].body)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            while True:
                self.requests.append(await _read(reader))
                answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
                if answer.pieces:
                    await _send_pieces(writer, answer)
                else:
                    await asyncio.sleep(answer.delay)
                    writer.write(_render(answer))
                if answer.hangs_up:
                    writer.close()
                    return


@asynccontextmanager
async def invoke_peer(socket: Path, *answers: Result) -> AsyncIterator[InvokePeer]:
    peer = InvokePeer(*answers)
    async with await asyncio.start_unix_server(peer.serve, socket):
        yield peer


async def _read(reader: asyncio.StreamReader) -> Recorded:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.rstrip("\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    headers = [(name.lower(), value) for name, _, value in (field.partition(": ") for field in fields)]
    length = next((int(value) for name, value in headers if name == "content-length"), 0)
    return Recorded(method, target, headers, await reader.readexactly(length))


def _render(answer: Result) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} X", f"Content-Length: {len(answer.payload)}", f"x-amzn-RequestId: {REQUEST_ID}"]
    lines += [f"X-Amz-Function-Error: {answer.error}"] if answer.error else []
    lines += [f"x-amzn-ErrorType: {answer.kind}"] if answer.kind else []
    lines += ["Content-Type: application/json", "X-Amz-Executed-Version: $LATEST", "", ""]
    return "\r\n".join(lines).encode() + answer.payload


async def _send_pieces(writer: asyncio.StreamWriter, answer: Result) -> None:
    lines = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Type: application/vnd.amazon.eventstream"]
    writer.write("\r\n".join([*lines, f"x-amzn-RequestId: {REQUEST_ID}", "", ""]).encode())
    for piece in answer.pieces:
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        await asyncio.sleep(answer.delay)
    if not answer.hangs_up:
        writer.write(b"0\r\n\r\n")
