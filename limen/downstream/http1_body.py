"""The body of an HTTP/1.1 response that comes piece by piece: in chunks, or with the length that the backend told.

HTTP/1.0 knows no chunks: without a length the end of the connection is the end of the body (RFC 9112, section 6.3).
"""

from typing import Protocol

from limen.downstream.reply import render, take_stream
from limen.gateway.body_stream import BodyStream
from limen.gateway.exchange import Exchange


class Writer(Protocol):
    """The client's connection."""

    def write(self, data: bytes) -> bool: ...

    def answered(self, keeps_alive: bool) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...


class Http1Body:
    """The sink of one stream, as long as the connection sends its response."""

    __slots__ = ("_connection", "_exchange", "_head", "_is_chunked", "_keeps_alive", "stream")

    def __init__(
        self, connection: Writer, exchange: Exchange, stream: BodyStream, date: bytes, keeps_alive: bool
    ) -> None:
        """Raises UnrenderableError."""
        self._is_chunked = stream.length is None and exchange.protocol != "HTTP/1.0"
        self._keeps_alive = keeps_alive and (self._is_chunked or stream.length is not None)
        self._head, _ = render(exchange.response, exchange.method, date, self._keeps_alive, self._is_chunked)
        self._connection = connection
        self._exchange = exchange
        self.stream = stream

    def start(self) -> None:
        self._exchange.response_length = 0
        self._connection.write(self._head)
        self.stream.attach(self)

    def write(self, piece: bytes) -> bool:
        self._exchange.response_length += len(piece)
        return self._connection.write(b"%x\r\n%b\r\n" % (len(piece), piece) if self._is_chunked else piece)

    def end(self) -> None:
        if self._is_chunked:
            self._connection.write(b"0\r\n\r\n")
        self.stream.close()
        self._connection.answered(self._keeps_alive)

    def fail(self) -> None:
        """A client misses the last chunk, or the rest of what was announced. Where the end of the connection is the
        end of the body, that of TLS must not come (RFC 9112, section 9.8)."""
        if self._is_chunked or self.stream.length is not None:
            self._connection.close()
        else:
            self._connection.abort()


def open_body(connection: Writer, exchange: Exchange, date: bytes, keeps_alive: bool) -> Http1Body | None:
    """None for a response that has no body to be streamed, or cannot be sent: it is answered as any other then."""
    stream = take_stream(exchange.response, exchange.method)
    if stream is None:
        return None
    try:
        return Http1Body(connection, exchange, stream, date, keeps_alive)
    except Exception:
        stream.close()
        return None
