"""One connection of a runtime to its Runtime API: requests read by llhttp, answers written as one buffer (RFC 9112)."""

import asyncio
import logging
from typing import Protocol, cast

import orjson
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from limen.wire import STATUS_LINES

log = logging.getLogger("limen.functions")

MOST_HEAD = 65536
"""Bytes of a request line with its headers, or of trailers, in all that came since the last byte of a body."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'


class Requests(Protocol):
    """Who answers the requests of a connection: told of each in order."""

    def connected(self, connection: "RuntimeConnection") -> None: ...

    def request_began(self, connection: "RuntimeConnection") -> None: ...

    def body_came(self, connection: "RuntimeConnection", piece: bytes) -> None: ...

    def request_ended(self, connection: "RuntimeConnection") -> None: ...

    def disconnected(self, connection: "RuntimeConnection") -> None: ...


class RuntimeConnection(asyncio.Protocol):
    """Reads one request after the other; the next one is read only after an answer."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._parser = HttpRequestParser(self)
        self._head_bytes = 0
        self._in_head = True
        self._is_broken = False
        self._keeps_alive = True
        self.transport: asyncio.Transport
        self.method = b""
        self.path = b""
        self.headers: dict[bytes, bytes] = {}
        """By lower-cased name; of one that is repeated, the last."""
        self.trailers: dict[bytes, bytes] = {}
        self._held = b""
        self.is_parked = False
        """Whether the answer to the last request is still to come."""

    # What the loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._requests.connected(self)

    def data_received(self, data: bytes) -> None:
        if self._is_broken:
            return
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            context = error.__context__
            if context is not None:  # a callback failed: a bug of ours
                log.error("a request of a runtime could not be served", exc_info=context)
            if not self._is_broken:
                self.refuse(400, "InvalidRequest", f"not a request of HTTP/1.1: {error}")
            return
        if self._held and not self.is_parked and not self._is_broken:
            self.write(b"", b"")
        if self._head_bytes > MOST_HEAD and not self._is_broken:
            self.refuse(431, "InvalidRequest", "request header fields too large")

    def connection_lost(self, error: Exception | None) -> None:
        self._is_broken = True
        self._requests.disconnected(self)

    # What the parser tells.

    def on_message_begin(self) -> None:
        self.headers = {}
        self.trailers = {}
        self.path = b""

    def on_url(self, url: bytes) -> None:
        self.path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        (self.headers if self._in_head else self.trailers)[name.lower()] = value

    def on_headers_complete(self) -> None:
        if self.is_parked and not self._is_broken:
            self.refuse(400, "InvalidRequest", "a request behind one that waits for its answer")
        if self._is_broken:
            return
        self._in_head = False
        self._head_bytes = 0
        self._keeps_alive = self._parser.should_keep_alive()
        self.method = self._parser.get_method()
        if b"expect" in self.headers and self.headers[b"expect"].lower() == b"100-continue":
            self.transport.write(_CONTINUE)  # libcurl waits a second for it with large bodies
        self._requests.request_began(self)

    def on_body(self, piece: bytes) -> None:
        self._head_bytes = 0
        if not self._is_broken:
            self._requests.body_came(self, piece)

    def on_message_complete(self) -> None:
        if self._is_broken:
            return
        self._in_head = True
        self._requests.request_ended(self)

    # What is answered.

    def park(self) -> None:
        """The answer comes later, by `write`."""
        self.is_parked = True

    def write(self, head: bytes, payload: bytes) -> None:
        """An answer that is rendered already."""
        self.is_parked = False
        if len(payload) < MOST_HEAD:
            self.transport.write(b"".join((self._held, head, payload)))
        else:
            self.transport.writelines((self._held + head, payload))
        self._held = b""
        if not self._keeps_alive:
            self._is_broken = True
            self.transport.close()

    def accept(self) -> None:
        """Kept back while the next request of the same packet waits: both answers go in one, which saves the runtime
        from being woken in vain, and us 45 us of CPU."""
        self._held = _ACCEPTED

    def answer(self, status: int, payload: bytes, content_type: bytes = b"application/json") -> None:
        head = b"%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (STATUS_LINES[status], content_type, len(payload))
        self.write(head, payload)

    def answer_error(self, status: int, error_type: str, message: str) -> None:
        """In the shape of the Runtime API."""
        self.answer(status, orjson.dumps({"errorMessage": message, "errorType": error_type}) + b"\n")

    def refuse(self, status: int, error_type: str, message: str) -> None:
        """Answer and read no further: what follows cannot be told apart."""
        self._is_broken = True
        self.answer_error(status, error_type, message)
        self.transport.close()

    def close(self) -> None:
        self._is_broken = True
        self.transport.abort()
