"""A listener in a thread, for tests that talk to it over real TLS sockets."""

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.limits import Limits
from limen.downstream.listener import Listener
from limen.downstream.reply import refusal
from limen.downstream.tls import quiet_handshake_errors, server_context
from limen.downstream.trusted_proxies import TrustedProxies
from limen.gateway.exchange import Exchange, Response
from limen.wire import header


def echo(exchange: Exchange) -> None:
    """Answers with what came in."""
    seen = {
        "method": exchange.method.decode(),
        "target": exchange.target.decode("latin-1"),
        "host": exchange.host.decode(),
        "protocol": exchange.protocol,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for _, name, value in exchange.headers],
        "body": exchange.body.decode("latin-1") if len(exchange.body) < 1000 else len(exchange.body),
        "sni": exchange.client.sni,
        "source_ip": exchange.client.source_ip,
        "server": [exchange.client.server_ip, exchange.client.server_port],
        "tls": exchange.client.tls_version,
        "certificate": exchange.client.certificate.hex(),
    }
    answer(exchange, json.dumps(seen).encode())


def answer(exchange: Exchange, body: bytes = b"", status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    exchange.response = Response(status, [header(name, value) for name, value in headers], body)
    exchange.reply.send(exchange)


@dataclass
class Served:
    port: int
    ca: Path
    listener: Listener
    budget: Budget
    loop: asyncio.AbstractEventLoop
    exchanges: list[Exchange] = field(default_factory=list)

    def connect(self, *alpn: str, name: str = "localhost", receive_buffer: int | None = None) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.ca))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.connect(("127.0.0.1", self.port))
        return context.wrap_socket(plain, server_hostname=name)

    def call(self, function: Callable[[], Any]) -> Any:
        """Runs a function in the listener's loop."""

        async def run() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        async def poll() -> None:
            async with asyncio.timeout(seconds):
                while not condition():
                    await asyncio.sleep(0.005)

        asyncio.run_coroutine_threadsafe(poll(), self.loop).result(seconds + 1)


@contextlib.contextmanager
def serve(
    data: Path,
    dispatch: Callable[[Exchange], None] = echo,
    limits: Limits | None = None,
    room: int = 256 << 20,
    *,
    context_for: Callable[[str], ssl.SSLContext | None] | None = None,
    trusted: tuple[str, ...] = (),
    takes_proxy_protocol: bool = False,
) -> Iterator[Served]:
    started: threading.Event = threading.Event()
    served: list[Served] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        quiet_handshake_errors(loop)
        clock, budget = Clock(), Budget(room)
        clock.start()
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen(128)

        def note(exchange: Exchange) -> None:
            served[0].exchanges.append(exchange)
            if exchange.is_too_large:  # as every stage does
                exchange.response = refusal(413)
                exchange.reply.send(exchange)
            else:
                dispatch(exchange)

        listener = Listener(
            sock,
            server_context(data / "server.pem"),
            note,
            clock,
            budget,
            limits,
            context_for,
            proxies=TrustedProxies(trusted),
            takes_proxy_protocol=takes_proxy_protocol,
        )
        await listener.start()
        served.append(Served(sock.getsockname()[1], data / "ca.pem", listener, budget, loop))
        stop = served[0].stop = asyncio.Event()  # type: ignore[attr-defined]
        started.set()
        await stop.wait()
        await listener.drain(0)
        clock.stop()
        sock.close()

    thread = threading.Thread(target=lambda: uvloop.run(main()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield served[0]
    finally:
        served[0].loop.call_soon_threadsafe(served[0].stop.set)  # type: ignore[attr-defined]
        thread.join(10)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Answers:
    """Reads HTTP/1.1 responses off a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._data = b""

    def next(self, has_body: bool = True) -> Answer:
        while b"\r\n\r\n" not in self._data:
            self._more()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        size = int(headers.get("content-length", 0)) if has_body else 0
        while len(self._data) < size:
            self._more()
        body, self._data = self._data[:size], self._data[size:]
        return Answer(int(lines[0].split()[1]), headers, body)

    def is_closed(self) -> bool:
        """Waits for the end of the connection; anything that still comes is a failure."""
        try:
            return not self._data and self._sock.recv(1) == b""
        except (ConnectionResetError, ssl.SSLEOFError):
            return True

    def _more(self) -> None:
        data = self._sock.recv(262_144)
        if not data:
            raise EOFError(f"closed after {self._data!r}")
        self._data += data
