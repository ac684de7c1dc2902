"""Accepts clients on a listening socket that somebody else owns, and leads each to the protocol that it asks for.

The first bytes are peeked at before the handshake: plain HTTP is told so, and the server name chooses the TLS context.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import cast

from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.client_hello import HANDSHAKE, IncompleteError, read_server_name
from limen.downstream.connections import Connections
from limen.downstream.http1 import Http1Connection
from limen.downstream.http2 import Http2Connection
from limen.downstream.limits import Limits
from limen.gateway.exchange import Client, Exchange
from limen.tasks import Tasks

try:
    from aiofastnet import connect_accepted_socket
except ImportError:  # no wheel for this platform
    connect_accepted_socket = None  # type: ignore[assignment]

log = logging.getLogger("limen.downstream")

_PEEK_SIZE = 16_384
_HELLO_RETRY = 0.01
_HELLO_TRIES = 20
_ACCEPTS_AT_ONCE = 64
_SHED_AT_ONCE = 16
_ACCEPT_RETRY = 1.0
_BUFFER_SIZE = 32_768 + 512
"""Of TLS records each way; aiofastnet's own 263 KB would be touched whole by every client that sends 1 MB."""

_PLAIN_TEXT = b"This port speaks HTTPS only: use https:// in place of http://.\n"
_PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%b" % (len(_PLAIN_TEXT), _PLAIN_TEXT)
)


class Listener:
    """One listening socket of a worker. It never closes that socket: the next worker may be reading it already."""

    def __init__(
        self,
        sock: socket.socket,
        ssl_context: ssl.SSLContext,
        dispatch: Callable[[Exchange], None],
        clock: Clock,
        budget: Budget,
        limits: Limits | None = None,
        context_for: Callable[[str], ssl.SSLContext | None] | None = None,
    ) -> None:
        """`context_for` may give another TLS context for a server name; None means `ssl_context`."""
        self.accepted = 0
        self.connections = Connections(dispatch, clock, budget, limits or Limits())
        self.connections.on_closed = self._connection_closed
        self._socket = sock
        self._context = ssl_context
        self._context_for = context_for
        self._arrivals: set[_Arrival] = set()
        self._handshakes = Tasks()
        self._in_handshake: set[_Arrival] = set()
        self._is_accepting = False
        self._has_stopped = False
        self._drained = asyncio.Event()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        self._port: int = self._socket.getsockname()[1]
        self._accept_more()

    def stop_accepting(self) -> None:
        """Leaves what waits in the socket's queue to whoever reads it next."""
        self._has_stopped = True
        self._accept_no_more()

    async def drain(self, timeout: float) -> None:
        """Answers what has been asked, closes each connection behind it, and aborts what is left at the end."""
        self.stop_accepting()
        self.connections.is_draining = True
        self._loop.call_later(self.connections.limits.drain_grace, self._end_arrivals)
        for connection in list(self.connections.open):
            connection.drain()
        self._note_drained()
        try:
            await asyncio.wait_for(self._drained.wait(), timeout)
        except TimeoutError:
            if self.open_count:
                log.warning("%d connections were still open after %g s of draining", self.open_count, timeout)
        self._end_arrivals()
        await self._handshakes.cancel_all()
        for connection in list(self.connections.open):
            connection.abort()

    def _end_arrivals(self) -> None:
        for arrival in list(self._arrivals):
            arrival.end()

    @property
    def open_count(self) -> int:
        return len(self.connections.open) + len(self._arrivals) + len(self._in_handshake)

    # --- accepting

    def _accept_more(self) -> None:
        if not self._is_accepting and not self._has_stopped:
            self._is_accepting = True
            self._loop.add_reader(self._socket.fileno(), self._accept)

    def _accept_no_more(self) -> None:
        if self._is_accepting:
            self._is_accepting = False
            self._loop.remove_reader(self._socket.fileno())

    def _accept(self) -> None:
        room = self.connections.limits.connections - self.open_count
        if room <= 0:
            self._accept_no_more()
            self._shed()
        for _ in range(min(room, _ACCEPTS_AT_ONCE)):
            try:
                accepted, address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # out of file descriptors: the queue can wait, the loop must not spin
                log.error("cannot accept connections: %s", error)
                self._accept_no_more()
                self._shed()
                self._loop.call_later(_ACCEPT_RETRY, self._accept_more)
                return
            self.accepted += 1
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._arrivals.add(_Arrival(self, accepted, address))

    def _shed(self) -> None:
        """Closes idle connections, oldest first, to make room for those that wait to be accepted."""
        idle = [connection for connection in self.connections.open if connection.idle_since() is not None]
        for connection in idle[:_SHED_AT_ONCE]:
            connection.close()

    def _connection_closed(self) -> None:
        if self.connections.is_draining:
            self._note_drained()
        elif not self._is_accepting and self.open_count < self.connections.limits.connections:
            self._accept_more()

    def _note_drained(self) -> None:
        if not self.open_count:
            self._drained.set()

    # --- from the first byte to a protocol

    def arrived(self, arrival: "_Arrival", server_name: str) -> None:
        self._in_handshake.add(arrival)
        self._handshakes.start(self._shake_hands(arrival, server_name), "handshake")

    def left(self, arrival: "_Arrival") -> None:
        self._arrivals.discard(arrival)

    def gone(self) -> None:
        self._connection_closed()

    async def _shake_hands(self, arrival: "_Arrival", server_name: str) -> None:
        limits = self.connections.limits
        context = (self._context_for(server_name) if self._context_for else None) or self._context

        def greet() -> asyncio.Protocol:
            return _Greeting(self.connections, arrival.address, self._port, server_name, handshake_done)

        def handshake_done() -> None:
            self._in_handshake.discard(arrival)

        try:
            if connect_accepted_socket is not None:
                await connect_accepted_socket(
                    self._loop,
                    greet,
                    arrival.socket,
                    ssl=context,
                    ssl_handshake_timeout=limits.handshake_timeout,
                    ssl_shutdown_timeout=limits.closing_timeout,
                    ssl_incoming_bio_size=_BUFFER_SIZE,
                    ssl_outgoing_bio_size=_BUFFER_SIZE,
                )
            else:
                await self._loop.connect_accepted_socket(
                    greet,
                    arrival.socket,
                    ssl=context,
                    ssl_handshake_timeout=limits.handshake_timeout,
                    ssl_shutdown_timeout=limits.closing_timeout,
                )
        except (TimeoutError, OSError) as error:
            log.debug("handshake with %s failed: %s", arrival.address[0], error)
            arrival.socket.close()
        finally:
            handshake_done()
            self._connection_closed()


class _Arrival:
    """A client that has not sent its ClientHello yet."""

    def __init__(self, listener: Listener, accepted: socket.socket, address: tuple[str, int]) -> None:
        self.socket = accepted
        self.address = address
        self._listener = listener
        self._clock = listener.connections.clock
        self._tries = 0
        self._retry: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._slot = self._clock.expire_in(listener.connections.limits.handshake_timeout, self)
        self._is_over = False
        self._loop.call_soon(self._look)

    def deadline_passed(self) -> None:
        self.end()

    def end(self) -> None:
        if self._leave():
            self.socket.close()
            self._listener.gone()

    def _look(self) -> None:
        """Peeks, so that the handshake finds every byte."""
        if self._is_over:
            return
        try:
            data = self.socket.recv(_PEEK_SIZE, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            self._loop.add_reader(self.socket.fileno(), self._look)
            return
        except OSError:
            data = b""
        self._loop.remove_reader(self.socket.fileno())
        if data[:1] == bytes((HANDSHAKE,)):
            self._greet(data)
        else:
            self._turn_away(data)

    def _greet(self, data: bytes) -> None:
        try:
            server_name = read_server_name(data)
        except IncompleteError:
            self._tries += 1
            if self._tries < _HELLO_TRIES and len(data) < _PEEK_SIZE:
                self._retry = self._loop.call_later(_HELLO_RETRY, self._look)  # readable at once: nothing to wait for
                return
            server_name = ""
        if self._leave():
            self._listener.arrived(self, server_name)

    def _turn_away(self, data: bytes) -> None:
        if data[:1].isalpha():
            try:
                self.socket.send(_PLAIN_ANSWER)
                self.socket.shutdown(socket.SHUT_WR)
                while self.socket.recv(_PEEK_SIZE):  # unread bytes would turn the close into a reset
                    pass
            except OSError:
                pass
        self.end()

    def _leave(self) -> bool:
        if self._is_over:
            return False
        self._is_over = True
        if self._retry is not None:
            self._retry.cancel()
        self._loop.remove_reader(self.socket.fileno())
        self._clock.keep(self._slot, self)
        self._listener.left(self)
        return True


class _Greeting(asyncio.Protocol):
    """Stands in until the handshake has told which protocol the client wants."""

    def __init__(
        self,
        connections: Connections,
        address: tuple[str, int],
        server_port: int,
        server_name: str,
        handshake_done: Callable[[], None],
    ) -> None:
        self._connections = connections
        self._address = address
        self._server_port = server_port
        self._server_name = server_name
        self._handshake_done = handshake_done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._handshake_done()
        tls = transport.get_extra_info("ssl_object")
        server_address = transport.get_extra_info("sockname") or ("",)
        client = Client(
            self._address[0].removeprefix("::ffff:"),
            self._address[1],
            self._server_port,
            server_ip=server_address[0].removeprefix("::ffff:"),
            sni=self._server_name,
            tls_version=tls.version() or "",
            cipher=tls.cipher()[0],
        )
        speaks_http2 = tls.selected_alpn_protocol() == "h2"
        protocol = (Http2Connection if speaks_http2 else Http1Connection)(self._connections, client)
        cast(asyncio.Transport, transport).set_protocol(protocol)
        protocol.connection_made(transport)
