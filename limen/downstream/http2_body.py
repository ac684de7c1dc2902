"""The body of an HTTP/2 response that comes piece by piece: DATA frames as the client's windows let them."""

from typing import TYPE_CHECKING, Protocol

from limen.gateway.body_stream import BodyStream
from limen.gateway.exchange import Exchange

if TYPE_CHECKING:
    from limen.downstream.http2_stream import Stream


class Framer(Protocol):
    """The client's connection."""

    def send_unsent(self, stream: "Stream") -> bool: ...

    def break_off(self, stream: "Stream") -> None: ...


class Http2Body:
    """The sink of one stream of bytes, on one stream of HTTP/2, as long as that lasts."""

    __slots__ = ("_connection", "_exchange", "_source", "_stream", "_waits", "has_ended")

    def __init__(self, connection: Framer, stream: "Stream", exchange: Exchange, source: BodyStream) -> None:
        self.has_ended = False
        """Nothing comes behind what is unsent."""
        self._waits = False
        self._connection = connection
        self._stream = stream
        self._exchange = exchange
        self._source = source

    def write(self, piece: bytes) -> bool:
        unsent = self._stream.unsent
        self._stream.unsent = memoryview(b"".join((unsent, piece)) if unsent else piece)
        self._waits = not self._connection.send_unsent(self._stream)
        return not self._waits

    def end(self) -> None:
        self.has_ended = True
        self._connection.send_unsent(self._stream)

    def fail(self) -> None:
        self._connection.break_off(self._stream)

    # What the connection tells

    def sent(self, size: int) -> None:
        self._exchange.response_length += size

    def drained(self) -> None:
        """There is room again."""
        if self._waits:
            self._waits = False
            self._source.resume()

    def close(self) -> None:
        """The stream is over, in whatever way."""
        self._source.close()
