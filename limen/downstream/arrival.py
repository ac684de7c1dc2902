"""A client from its accept to its ClientHello: what comes before TLS is read off here, and the hello is peeked at."""

import asyncio
import logging
import socket
from typing import Protocol

from limen.clock import Clock
from limen.downstream.client_hello import HANDSHAKE, IncompleteError, read_server_name
from limen.downstream.proxy_protocol import Ends, ProxyHeader, ProxyHeaderError
from limen.gateway.exchange import Client

log = logging.getLogger("limen.downstream")

_PEEK_SIZE = 16_384
_HELLO_RETRY = 0.01
_HELLO_TRIES = 20

_PLAIN_TEXT = b"This port speaks HTTPS only: use https:// in place of http://.\n"
_PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%b" % (len(_PLAIN_TEXT), _PLAIN_TEXT)
)


class Reception(Protocol):
    """Who takes arrivals."""

    def arrived(self, arrival: "Arrival", server_name: str) -> None:
        """The ClientHello is there, unread."""

    def left(self, arrival: "Arrival") -> None:
        """It is no arrival any more, whatever became of it."""

    def gone(self) -> None:
        """One was closed without having become a connection."""


class Arrival:
    """A client that has not sent its ClientHello yet, or is not yet done with its handshake."""

    def __init__(
        self,
        reception: Reception,
        accepted: socket.socket,
        client: Client,
        clock: Clock,
        patience: float,
        proxy_header: ProxyHeader | None = None,
    ) -> None:
        """`patience`: seconds for all that comes before the handshake; a `proxy_header` has to come before it."""
        self.socket = accepted
        self.client = client
        self._reception = reception
        self._clock = clock
        self._proxy_header = proxy_header
        self._tries = 0
        self._retry: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._slot = clock.expire_in(patience, self)
        self._is_over = False
        self._loop.call_soon(self._look)

    def deadline_passed(self) -> None:
        self.end()

    def end(self) -> None:
        if self._leave():
            self.socket.close()
            self._reception.gone()

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
        if self._proxy_header is not None:
            self._read_proxy_header(self._proxy_header, data)
        elif data[:1] == bytes((HANDSHAKE,)):
            self._greet(data)
        else:
            self._turn_away(data)

    def _read_proxy_header(self, header: ProxyHeader, data: bytes) -> None:
        """Nobody is told what was wrong: only load balancers call here."""
        try:
            size = header.count(data)
            taken = self.socket.recv(size) if size else b""
            header.take(taken)
        except (ProxyHeaderError, OSError) as error:
            log.warning("connection of %s closed, header of the PROXY protocol: %s", self.client.source_ip, error)
            self.end()
            return
        if not taken:
            self.end()
            return
        if header.is_complete:
            self._proxy_header = None
            if header.ends is not None:
                self._stand_for(header.ends)
        self._loop.call_soon(self._look)

    def _stand_for(self, ends: Ends) -> None:
        client = self.client
        client.source_ip, client.port = ends.source, ends.source_port
        client.server_ip, client.server_port = ends.destination, ends.destination_port

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
            self._reception.arrived(self, server_name)

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
        self._reception.left(self)
        return True
