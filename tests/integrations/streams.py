"""A backend that the test plays, a gateway that streams what it says, and clients of both protocols: all on sockets."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from limen.clock import Clock
from limen.gateway.errors import INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.failures import answer_failure
from limen.gateway.route_plan import WAITS, RoutePlan
from limen.gateway.run import run
from limen.integrations.streaming import StreamedProxyCall, StreamSettings
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import HOP_BY_HOP, Header
from tests.downstream.http2_client import Http2Client
from tests.downstream.serving import Served, serve
from tests.downstream.streamed import Wire

ASKED = b"GET /a HTTP/1.1\r\nHost: backend\r\n\r\n"


def pass_head(_: Exchange, status: int, headers: list[Header]) -> tuple[int, list[Header]]:
    return status, [header for header in headers if header[0] not in HOP_BY_HOP]


def fail(_: Exchange, error: UpstreamError) -> GatewayError:
    return GatewayError(INTEGRATION_TIMEOUT if error.kind == "timeout" else INTEGRATION_FAILURE, error.message)


class Gateway:
    """One route, that streams from one backend."""

    def __init__(self, outbound: tuple[Any, ...], settings: dict[str, Any]) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(10)
        origin = Origin("http", "127.0.0.1", self.listening.getsockname()[1])
        given: dict[str, Any] = {"timeout": 10.0, "make_head": pass_head, "make_failure": fail, **settings}
        self._settings = StreamSettings(origin, **given)
        self._plan = RoutePlan("GET /a", (self._ask,), outbound, (self._note,), answer_failure)
        self._recorded: list[Exchange] = []
        self._news = threading.Semaphore(0)
        self._upstream: Upstream | None = None
        self.served: Served

    def dispatch(self, exchange: Exchange) -> None:
        run(exchange, self._plan)

    def asked(self) -> socket.socket:
        """A new connection to the backend, its first request taken."""
        connection, _ = self.listening.accept()
        connection.settimeout(10)
        take_request(connection)
        return connection

    def recorded(self) -> Exchange:
        """The one exchange that has ended since the last was asked for."""
        assert self._news.acquire(timeout=10)
        (exchange,), self._recorded = self._recorded, []
        return exchange

    @property
    def has_recorded(self) -> bool:
        return bool(self._recorded)

    async def close(self) -> None:
        if self._upstream is not None:
            await self._upstream.close(0)
            self._upstream.clock.stop()

    def _ask(self, exchange: Exchange) -> Any:
        if self._upstream is None:
            clock = Clock()
            clock.start()
            self._upstream = Upstream(clock, self.served.budget)
        clock = self._upstream.clock
        self._upstream.send(StreamedProxyCall(exchange, self._settings, clock, exchange.method, ASKED, True))
        return WAITS

    def _note(self, exchange: Exchange) -> None:
        self._recorded.append(exchange)
        self._news.release()


def take_request(connection: socket.socket) -> None:
    asked = b""
    while not asked.endswith(b"\r\n\r\n"):
        data = connection.recv(1_000)
        assert data
        asked += data


@contextlib.contextmanager
def gateway(certificates: Path, outbound: tuple[Any, ...] = (), **settings: Any) -> Iterator[Gateway]:
    made = Gateway(outbound, settings)
    with made.listening, serve(certificates, made.dispatch) as served:
        made.served = served
        yield made
        asyncio.run_coroutine_threadsafe(made.close(), served.loop).result(10)


class OverHttp1:
    """A client that has asked; `read` and `end` see the body without its framing."""

    def __init__(self, served: Served, receive_buffer: int | None = None) -> None:
        self._sock = served.connect(receive_buffer=receive_buffer)
        self._wire = Wire(self._sock)
        self._is_chunked = False
        self._left = 0

    def ask(self) -> None:
        self._sock.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def head(self) -> tuple[int, dict[str, str]]:
        status, headers = self._wire.head()
        self._is_chunked = "transfer-encoding" in headers
        return status, headers

    def read(self, size: int) -> bytes:
        if not self._is_chunked:
            return self._wire.exactly(size)
        body = b""
        while len(body) < size:
            if not self._left:
                self._left = self._size()
            piece = self._wire.exactly(min(self._left, size - len(body)))
            body += piece
            self._left -= len(piece)
            if not self._left:
                self._wire.expect(b"\r\n")
        return body

    def end(self) -> str:
        """`whole` or `broken`."""
        try:
            assert self._size() == 0
            self._wire.expect(b"\r\n")
        except (AssertionError, OSError):
            return "broken"
        return "whole"

    def leave(self) -> None:
        self._sock.close()

    def _size(self) -> int:
        line = b""
        while not line.endswith(b"\r\n"):
            line += self._wire.exactly(1)
        return int(line, 16)


class OverHttp2:
    """The same over HTTP/2."""

    def __init__(self, served: Served, receive_buffer: int | None = None) -> None:
        self._client = Http2Client(served, receive_buffer=receive_buffer)
        self._stream = 0

    def ask(self) -> None:
        self._stream = self._client.request()
        self._seen = self._client.streams[self._stream]

    def head(self) -> tuple[int, dict[str, str]]:
        while not self._seen.headers:
            self._client.receive()
        return self._seen.status, self._seen.headers

    def read(self, size: int) -> bytes:
        while len(self._seen.body) < size:
            assert not self._client.is_closed and not self._seen.is_ended
            self._client.receive()
        read, self._seen.body = self._seen.body[:size], self._seen.body[size:]
        return read

    def end(self) -> str:
        seen = self._client.answer(self._stream)
        assert seen.body == b""
        return "whole" if seen.is_ended else "broken"

    def leave(self) -> None:
        self._client.sock.close()


Over = type[OverHttp1] | type[OverHttp2]
