"""Answers that the test feeds piece by piece, and what comes of them at the client."""

import ssl
import threading
from typing import Any

from limen.clock import Clock
from limen.gateway.body_stream import Bandwidth, BodyStream
from limen.gateway.exchange import Exchange, Response
from limen.wire import header
from tests.downstream.serving import Served

UNBOUND = Bandwidth(0, 0)


class Feed:
    """One streamed answer, and its source: what it was told, in order."""

    def __init__(self, exchange: Exchange, served: Served, length: int | None) -> None:
        self.exchange = exchange
        self.told: list[str] = []
        self.closed_with: list[int] = []
        """The response's length, each time that the stream was closed."""
        self.stream = BodyStream(self, Clock(), length, UNBOUND)
        self._served = served

    def sent(self) -> None:
        """From here on as a record sees it."""
        self.stream.when_closed(lambda: self.closed_with.append(self.exchange.response_length))

    def push(self, *pieces: bytes) -> None:
        self._served.call(lambda: [self.stream.push(piece) for piece in pieces])

    def finish(self) -> None:
        self._served.call(self.stream.finish)

    def break_off(self) -> None:
        self._served.call(self.stream.break_off)

    def wait_until_told(self, *told: str) -> None:
        self._served.wait_until(lambda: self.told == list(told))

    def pause(self) -> None:
        if self.told[-1:] != ["pause"]:
            self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")

    def abandon(self) -> None:
        self.told.append("abandon")


class Feeds:
    """A dispatch that answers each exchange with a stream."""

    def __init__(self, length: int | None = None, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
        self.served: Served
        self._length = length
        self._status = status
        self._headers = [header(name, value) for name, value in headers]
        self._made: list[Feed] = []
        self._news = threading.Semaphore(0)

    def __call__(self, exchange: Exchange) -> None:
        feed = Feed(exchange, self.served, self._length)
        exchange.response = Response(self._status, list(self._headers), stream=feed.stream)
        exchange.reply.send(exchange)
        feed.sent()
        self._made.append(feed)
        self._news.release()

    def next(self) -> Feed:
        """The next answer that a client waits for."""
        assert self._news.acquire(timeout=10)
        return self._made.pop(0)


def serve_feeds(serving: Any, *feeds: Any, **given: Any) -> tuple[Feeds, Served]:
    made = Feeds(*feeds)
    served: Served = serving(made, **given)
    made.served = served
    return made, served


class Wire:
    """Reads an HTTP/1.1 response off a socket, byte by byte as it comes."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock
        sock.suppress_ragged_eofs = False  # else an end without TLS's goodbye looked like one in good order

    def head(self) -> tuple[int, dict[str, str]]:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self._sock.recv(1)
            assert byte, head
            head += byte
        lines = head.decode().split("\r\n")[:-2]
        fields = [line.partition(": ") for line in lines[1:]]
        return int(lines[0].split()[1]), {name.lower(): value for name, _, value in fields}

    def exactly(self, size: int) -> bytes:
        read = bytearray()
        while len(read) < size:
            data = self._sock.recv(min(size - len(read), 262_144))
            assert data, f"ended after {bytes(read[-100:])!r}"
            read += data
        return bytes(read)

    def expect(self, data: bytes) -> None:
        found = self.exactly(len(data))
        assert found == data

    def end(self) -> str:
        """How the connection ends: `closed` in good order, or `broken`."""
        try:
            data = self._sock.recv(1)
        except (ConnectionResetError, ssl.SSLError):
            return "broken"
        assert data == b""
        return "closed"
