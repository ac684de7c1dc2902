"""A stream on its own: room for its body, and what it gives back."""

from typing import Any, cast

import pytest

from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.connections import Connections
from limen.downstream.http2_stream import Stream
from limen.downstream.limits import Limits


class Connection:
    """Stands in for the connection of a stream, and remembers."""

    def __init__(self, room: int) -> None:
        self.connections = Connections(lambda exchange: None, Clock(), Budget(room), Limits(body_size=1_000))
        self.acknowledged = 0
        self.dispatched: list[Any] = []

    def acknowledge(self, stream_id: int, size: int) -> None:
        self.acknowledged += size

    def dispatch(self, exchange: Any) -> None:
        self.dispatched.append(exchange)

    def answered(self, stream: Stream, exchange: Any) -> None: ...


class Exchange:
    body = b""
    is_too_large = False


@pytest.fixture
def connection() -> Connection:
    return Connection(room=500)


def open_stream(connection: Connection, size: int | None) -> Stream:
    stream = Stream(cast(Any, connection), 1)
    stream.exchange = cast(Any, Exchange())
    stream.start(size)
    return stream


def test_what_is_announced_is_reserved_and_given_back_with_the_response(connection: Connection) -> None:
    stream = open_stream(connection, 300)
    assert connection.connections.budget.taken == 300
    stream.receive(b"x" * 300, 310)
    stream.ended()
    assert connection.acknowledged == 310
    assert connection.dispatched[0].body == b"x" * 300
    stream.abandon()  # by the client, while the gateway works
    assert connection.connections.budget.taken == 300
    stream.send(connection.dispatched[0])
    assert connection.connections.budget.taken == 0


def test_without_room_nothing_is_acknowledged(connection: Connection) -> None:
    connection.connections.budget.take(400)
    stream = open_stream(connection, None)
    stream.receive(b"x" * 200, 200)
    stream.ended()
    assert (connection.acknowledged, connection.dispatched) == (0, [])
    assert stream.find_timeout() == 503
    connection.connections.budget.give(400)
    assert connection.acknowledged == 200
    assert connection.dispatched[0].body == b"x" * 200


def test_a_stream_abandoned_while_it_waits_acknowledges_for_the_connection(connection: Connection) -> None:
    connection.connections.budget.take(400)
    stream = open_stream(connection, 200)
    stream.receive(b"x" * 100, 100)
    stream.abandon()
    assert connection.acknowledged == 100
    connection.connections.budget.give(400)
    assert connection.connections.budget.taken == 0
    assert connection.dispatched == []


def test_more_than_the_cap_is_refused(connection: Connection) -> None:
    stream = open_stream(connection, None)
    stream.receive(b"x" * 1_001, 1_001)
    [exchange] = connection.dispatched
    assert (exchange.is_too_large, exchange.body) == (True, b"")
    assert connection.acknowledged == 1_001
    stream.receive(b"x" * 100, 100)
    assert (connection.acknowledged, len(connection.dispatched)) == (1_101, 1)


def test_a_body_that_waits_for_room_and_grows_past_the_cap_waits_no_longer(connection: Connection) -> None:
    connection.connections.budget.take(500)
    stream = open_stream(connection, None)
    stream.receive(b"x" * 900, 900)
    stream.receive(b"x" * 200, 200)
    assert [exchange.is_too_large for exchange in connection.dispatched] == [True]
    connection.connections.budget.give(500)
    assert connection.connections.budget.taken == 0


def test_a_body_announced_past_the_cap_is_not_waited_for(connection: Connection) -> None:
    open_stream(connection, 1_001)
    assert [exchange.is_too_large for exchange in connection.dispatched] == [True]
