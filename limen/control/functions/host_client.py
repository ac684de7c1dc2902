"""Sends requests to the functions host over its Unix socket: a connection for each, answers streamed where they are.

The host may have to be started first: the supervisor holds the socket, so a connection waits rather than fails.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path

import httptools

from limen.aws.errors import AwsError
from limen.aws.serialise import Answer
from limen.control.functions.errors import service_failed
from limen.control.functions.host_request import HostRequest

log = logging.getLogger("limen.control")

CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 960.0
"""Seconds: the longest that a function may run, and its start."""
MOST_ANSWER = 16 << 20
"""Bytes of an answer that is not streamed: a response of 6 MB, log and headers."""
_PIECE = 65536
_STREAM = b"application/vnd.amazon.eventstream"
_KEPT = frozenset({b"content-type", b"retry-after"})


class HostClient:
    """Owned by the control process."""

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    async def send(self, request: HostRequest) -> Answer:
        """The host's answer; raises AwsError where there is none."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_unix_connection(self._path)
        except (OSError, TimeoutError) as error:
            log.error("the functions host is not there: %s", error)
            raise _unreachable() from None
        response = _Response(reader, writer)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                writer.write(_render(request))
                await response.read_head()
                if response.is_stream:
                    return Answer(response.status, response.kept_headers, response.pieces())
                body = await response.read_body()
        except (OSError, EOFError, TimeoutError, httptools.HttpParserError) as error:
            log.error("the functions host did not answer: %s", error)
            raise _unreachable() from None
        finally:
            if not response.is_stream:
                writer.close()
        return _answer(request, response, body)


class _Response:
    """What httptools parses of an answer; called back by the parser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._has_head = False
        self._is_whole = False
        self.status = 0
        self.is_stream = False

    @property
    def kept_headers(self) -> list[tuple[str, str]]:
        """Those of Lambda; lengths and connections are our own."""
        return [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in self._headers
            if name.lower() in _KEPT or name.lower().startswith((b"x-amz-", b"x-amzn-"))
        ]

    async def read_head(self) -> None:
        while not self._has_head:
            await self._read_more()

    async def read_body(self) -> bytes:
        while self._size <= MOST_ANSWER:
            if self._is_whole:
                return b"".join(self._pieces)
            await self._read_more()
        raise ConnectionError(f"an answer of more than {MOST_ANSWER} bytes")

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes; no more is read than is taken."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                while True:
                    while self._pieces:
                        yield self._pieces.popleft()
                    if self._is_whole:
                        return
                    await self._read_more()
        finally:
            self._writer.close()

    async def _read_more(self) -> None:
        data = await self._reader.read(_PIECE)
        if not data:
            raise EOFError("the connection ended within an answer")
        self._parser.feed_data(data)

    # --- called by the parser

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._has_head = True
        self.is_stream = any(name.lower() == b"content-type" and value == _STREAM for name, value in self._headers)

    def on_body(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)

    def on_message_complete(self) -> None:
        self._is_whole = True


def _render(request: HostRequest) -> bytes:
    lines = [f"POST {request.path} HTTP/1.1", "Host: functions", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + request.body


def _answer(request: HostRequest, response: _Response, body: bytes) -> Answer:
    if request.status is not None and response.status < 300:
        return Answer(request.status, response.kept_headers, b"")
    return Answer(response.status, response.kept_headers, body)


def _unreachable() -> AwsError:
    return service_failed("The functions host did not answer; see the log of limen serve")
