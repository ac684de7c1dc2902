"""One HTTP/2 stream: collects the body of a request, and is the reply of its exchange; and what comes after that."""

from typing import TYPE_CHECKING

from limen.downstream.http2_body import Http2Body
from limen.gateway.exchange import Exchange

if TYPE_CHECKING:
    from limen.downstream.http2 import Http2Connection


class Stream:
    """Bytes of body are acknowledged to the client when the budget has room for them, which opens its window again."""

    __slots__ = (
        "_body",
        "_connection",
        "_held",
        "_is_waiting",
        "_progress",
        "_unacknowledged",
        "_wanted",
        "body",
        "exchange",
        "id",
        "is_receiving",
        "unsent",
    )

    def __init__(self, connection: "Http2Connection", stream_id: int) -> None:
        self.id = stream_id
        self.exchange: Exchange | None = None
        self.is_receiving = True
        self.unsent = memoryview(b"")
        self.body: Http2Body | None = None
        """Where more of the response comes from than is unsent."""
        self._connection = connection
        self._body = bytearray()
        self._wanted = 0
        """Bytes that the budget must have room for: what was announced or, if more, what has come."""
        self._held = 0
        self._unacknowledged = 0
        self._progress = -1
        self._is_waiting = False

    def start(self, size: int | None) -> None:
        """Reserves room for a body whose size is announced: bodies let in half would wait for each other."""
        self._wanted = size or 0
        if not self._is_turned_down():
            self._reserve()

    def receive(self, data: bytes, flow_controlled_size: int) -> None:
        if self.exchange is None:
            self._connection.acknowledge(self.id, flow_controlled_size)
            return
        self._body += data
        self._unacknowledged += flow_controlled_size
        self._wanted = max(self._wanted, len(self._body))
        if not self._is_turned_down() and not self._is_waiting:
            self._reserve()

    def ended(self) -> None:
        """The request is whole."""
        self.is_receiving = False
        if not self._is_waiting:
            self._dispatch()

    def send(self, exchange: Exchange) -> None:
        self._give_back()
        self._connection.answered(self, exchange)

    @property
    def is_whole(self) -> bool:
        """Nothing comes behind what is unsent."""
        return self.body is None or self.body.has_ended

    def find_timeout(self) -> int | None:
        """The status of a request whose body waits or trickles; called every `body_timeout` seconds."""
        if self._is_waiting:
            return 503
        if not self.is_receiving or self.unsent:
            return None
        received, before = len(self._body), self._progress
        self._progress = received
        is_too_slow = before >= 0 and received - before < self._connection.connections.required_progress()
        return 408 if is_too_slow else None

    def _is_turned_down(self) -> bool:
        """A body over the limit is answered at once, by the API that it was for."""
        exchange = self.exchange
        if exchange is None or self._wanted <= self._connection.connections.limits.body_size:
            return False
        self._stop_waiting()
        exchange.is_too_large = True
        self._body = bytearray()
        self._acknowledge()
        self._dispatch()
        return True

    def abandon(self) -> None:
        """The request will not be dispatched any more, nor more of a response sent; the body of one that has been
        dispatched is given back by `send`."""
        self._stop_waiting()
        if self.exchange is not None:
            self.exchange = None
            self._give_back()
        self._body = bytearray()
        self._acknowledge()
        body, self.body = self.body, None
        if body is not None:
            body.close()

    def _reserve(self) -> None:
        missing = self._wanted - self._held
        budget = self._connection.connections.budget
        if missing > 0:
            if not budget.take(missing):
                self._is_waiting = True
                budget.wait_room(self._room_came)
                return
            self._held += missing
        self._acknowledge()

    def _stop_waiting(self) -> None:
        if self._is_waiting:
            self._is_waiting = False
            self._connection.connections.budget.stop_waiting(self._room_came)

    def _room_came(self) -> None:
        self._is_waiting = False
        self._reserve()
        if not self._is_waiting and not self.is_receiving:
            self._dispatch()

    def _acknowledge(self) -> None:
        size, self._unacknowledged = self._unacknowledged, 0
        self._connection.acknowledge(self.id, size)

    def _dispatch(self) -> None:
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.body = bytes(self._body)
            self._body = bytearray()
            self._connection.dispatch(exchange)

    def _give_back(self) -> None:
        held, self._held = self._held, 0
        if held:
            self._connection.connections.budget.give(held)


class Unwanted:
    """Bytes that a client may still send on streams that are answered: some read nothing before they have sent all."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}

    def allow(self, stream_id: int, size: int) -> None:
        self._left[stream_id] = size

    def forget(self, stream_id: int) -> None:
        self._left.pop(stream_id, None)

    def is_too_much(self, stream_id: int, size: int) -> bool:
        """Counts bytes that came; True, once for each stream, where they are more than it was allowed."""
        left = self._left.get(stream_id)
        if left is None:
            return False
        if left >= size:
            self._left[stream_id] = left - size
            return False
        del self._left[stream_id]
        return True
