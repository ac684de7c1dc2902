"""Accepts clients on a listening socket that somebody else owns, and leads each to the protocol that it asks for.

Who may call on behalf of others is decided here, before a byte is read. The server name chooses the TLS context.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import cast

from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.arrival import Arrival
from limen.downstream.connections import Connections
from limen.downstream.http1 import Http1Connection
from limen.downstream.http2 import Http2Connection
from limen.downstream.limits import Limits
from limen.downstream.proxy_protocol import ProxyHeader
from limen.downstream.trusted_proxies import TrustedProxies
from limen.gateway.exchange import Client, Exchange
from limen.tasks import Tasks

try:
    from aiofastnet import connect_accepted_socket
except ImportError:  # no wheel for this platform
    connect_accepted_socket = None  # type: ignore[assignment]

log = logging.getLogger("limen.downstream")

_ACCEPTS_AT_ONCE = 64
_SHED_AT_ONCE = 16
_ACCEPT_RETRY = 1.0
_BUFFER_SIZE = 32_768 + 512
"""Of TLS records each way; aiofastnet's own 263 KB would be touched whole by every client that sends 1 MB."""


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
        proxies: TrustedProxies | None = None,
        *,
        takes_proxy_protocol: bool = False,
    ) -> None:
        """`context_for` may give another TLS context for a server name; None means `ssl_context`.

        `takes_proxy_protocol`: connections begin with a header of the PROXY protocol, and trusted proxies alone may
        connect.
        """
        self.accepted = 0
        self.connections = Connections(dispatch, clock, budget, limits or Limits(), proxies)
        self.connections.on_closed = self._connection_closed
        self._socket = sock
        self._context = ssl_context
        self._context_for = context_for
        self._takes_proxy_protocol = takes_proxy_protocol
        self._arrivals: set[Arrival] = set()
        self._handshakes = Tasks()
        self._in_handshake: set[Arrival] = set()
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
        """Answers what has been asked, closes each connection behind it, and aborts what is left at the end.

        Whom the kernel has let in already is answered too; who comes later meets another listener, or is refused.
        """
        self.stop_accepting()
        self.connections.is_draining = True
        self._accept_the_rest()
        self._loop.call_later(self.connections.limits.drain_grace, self._end_arrivals)
        for connection in list(self.connections.open):
            connection.drain()
        self._note_drained()
        try:
            async with asyncio.timeout(timeout):
                await self._drained.wait()
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
            self._receive(accepted, Client(_plain(address[0]), address[1], self._port))

    def _accept_the_rest(self) -> None:
        before = -1
        while self.accepted > before and self.open_count < self.connections.limits.connections:
            before = self.accepted
            self._accept()
        self._socket.close()

    def _receive(self, accepted: socket.socket, client: Client) -> None:
        patience = self.connections.limits.handshake_timeout
        if not self._takes_proxy_protocol:
            self._arrivals.add(Arrival(self, accepted, client, self.connections.clock, patience))
        elif self.connections.proxies.trusts(client.source_ip):
            self._arrivals.add(Arrival(self, accepted, client, self.connections.clock, patience, ProxyHeader()))
        else:
            log.debug("%s is no trusted proxy, and nobody else may connect", client.source_ip)
            accepted.close()

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

    def arrived(self, arrival: Arrival, server_name: str) -> None:
        self._in_handshake.add(arrival)
        self._handshakes.start(self._shake_hands(arrival, server_name), "handshake")

    def left(self, arrival: Arrival) -> None:
        self._arrivals.discard(arrival)

    def gone(self) -> None:
        self._connection_closed()

    async def _shake_hands(self, arrival: Arrival, server_name: str) -> None:
        limits = self.connections.limits
        client = arrival.client
        client.sni = server_name
        client.is_proxy = self.connections.proxies.trusts(client.source_ip)
        context = (self._context_for(server_name) if self._context_for else None) or self._context

        def greet() -> asyncio.Protocol:
            return _Greeting(self.connections, client, handshake_done)

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
            log.debug("handshake with %s failed: %s", client.source_ip, error)
            arrival.socket.close()
        finally:
            handshake_done()
            self._connection_closed()


class _Greeting(asyncio.Protocol):
    """Stands in until the handshake has told which protocol the client wants."""

    def __init__(self, connections: Connections, client: Client, handshake_done: Callable[[], None]) -> None:
        self._connections = connections
        self._client = client
        self._handshake_done = handshake_done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._handshake_done()
        tls = transport.get_extra_info("ssl_object")
        client = self._client
        if not client.server_ip:
            client.server_ip = _plain((transport.get_extra_info("sockname") or ("",))[0])
        client.tls_version = tls.version() or ""
        client.cipher = tls.cipher()[0]
        client.certificate = tls.getpeercert(True) or b""
        speaks_http2 = tls.selected_alpn_protocol() == "h2"
        protocol = (Http2Connection if speaks_http2 else Http1Connection)(self._connections, client)
        cast(asyncio.Transport, transport).set_protocol(protocol)
        protocol.connection_made(transport)


def _plain(address: str) -> str:
    """Of IPv4 in IPv6 the former, and without the zone of a link-local address."""
    return address.removeprefix("::ffff:").partition("%")[0]
