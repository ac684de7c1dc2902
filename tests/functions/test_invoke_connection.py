"""What bounds a connection: times, memory, and the order of answers, without a real socket."""

import asyncio
from collections.abc import Callable
from typing import Any

from limen.budget import Budget
from limen.clock import Clock
from limen.functions.invocation import Outcome
from limen.functions.invoke_call import InvokeCall
from limen.functions.invoke_connection import InvokeConnection, Shared
from tests.functions.hosting import request


class FakeTransport:
    def __init__(self) -> None:
        self.sent = b""
        self.unsent = 0
        self.is_reading = True
        self.end = ""

    def write(self, data: bytes) -> None:
        self.sent += data

    def writelines(self, parts: Any) -> None:
        self.sent += b"".join(parts)

    def set_write_buffer_limits(self, high: int) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def close(self) -> None:
        self.end = self.end or "closed"

    def abort(self) -> None:
        self.end = self.end or "aborted"


class Wire:
    """A connection whose time passes when a test says so; calls are kept until they are answered."""

    def __init__(self, budget: int = 1_000_000) -> None:
        self.time = 1000.0
        self.clock = Clock(lambda: self.time)
        self.calls: list[InvokeCall] = []
        self.shared = Shared(self.calls.append, self.clock, Budget(budget))
        self.connection, self.transport = self.connect()

    def connect(self) -> tuple[InvokeConnection, FakeTransport]:
        connection, transport = InvokeConnection(self.shared), FakeTransport()
        connection.connection_made(transport)  # type: ignore[arg-type]
        return connection, transport

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        self.clock._tick()

    def answer(self, payload: bytes = b"1") -> None:
        self.calls.pop(0).succeed(Outcome(payload=payload))


def wired(test: Callable[[Wire], None], budget: int = 1_000_000) -> None:
    async def run() -> None:
        test(Wire(budget))

    asyncio.run(run())


def test_an_idle_connection_is_closed_in_the_end() -> None:
    def test(wire: Wire) -> None:
        wire.pass_time(890)
        assert wire.transport.end == ""
        wire.connection.data_received(request("hello"))
        wire.answer()
        wire.pass_time(20)
        assert wire.transport.end == ""
        wire.pass_time(900)
        assert wire.transport.end == "closed"

    wired(test)


def test_a_request_that_stops_on_its_way_is_refused() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"12345")[:-3])
        wire.pass_time(9)
        wire.connection.data_received(b"3")
        wire.pass_time(9)
        assert wire.transport.sent == b""
        wire.pass_time(11)
        assert wire.transport.sent.startswith(b"HTTP/1.1 408 ")
        assert wire.transport.end == "closed"

    wired(test)


def test_a_function_may_take_longer_than_any_of_these_times() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello"))
        for _ in range(4):
            wire.pass_time(900)
        assert wire.transport.end == ""
        wire.answer()
        assert wire.transport.sent.startswith(b"HTTP/1.1 200 OK\r\n")

    wired(test)


def test_a_peer_that_takes_nothing_is_cut_off() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello"))
        wire.transport.unsent = 500_000
        wire.connection.pause_writing()
        wire.transport.unsent = 400_000
        wire.pass_time(61)
        assert wire.transport.end == ""
        wire.pass_time(61)
        assert wire.transport.end == "aborted"

    wired(test)


def test_a_payload_waits_for_room_and_gets_it() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"x" * 700))
        other, transport = wire.connect()
        head, _, body = request("hello", b"y" * 700).partition(b"\r\n\r\n")
        other.data_received(head + b"\r\n\r\n")
        assert not transport.is_reading
        wire.answer()
        assert transport.is_reading
        other.data_received(body)
        assert wire.calls[0].payload == body
        wire.answer()
        assert wire.shared.budget.taken == 0

    wired(test, budget=1000)


def test_a_payload_does_not_wait_for_room_for_ever() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"x" * 700))
        other, transport = wire.connect()
        other.data_received(request("hello", b"y" * 700).partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        wire.pass_time(11)
        assert transport.sent.startswith(b"HTTP/1.1 500 ")
        assert transport.end == "closed"

    wired(test, budget=1000)


def test_what_a_connection_holds_is_given_back_when_it_is_lost() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"x" * 300) + request("hello", b"y" * 300))
        wire.connection.data_received(request("hello", b"z" * 300)[:-1])
        assert wire.shared.budget.taken == 900
        wire.connection.connection_lost(None)
        assert wire.shared.budget.taken == 300  # of the one that runs
        wire.answer()
        assert wire.shared.budget.taken == 0
        assert wire.transport.sent == b""
        assert wire.shared.open == set()

    wired(test)


def test_pipelining_stops_the_reading() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"1") + request("hello", b"2"))
        assert (len(wire.calls), wire.transport.is_reading) == (1, False)
        wire.answer()
        assert [call.payload for call in wire.calls] == [b"2"]
        wire.answer()
        assert wire.transport.is_reading

    wired(test)


def test_a_broken_request_behind_others_ends_the_connection_behind_their_answers() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"1") + b"nonsense\r\n\r\n")
        wire.connection.data_received(b"more")
        assert wire.transport.end == ""
        wire.answer()
        assert b"Connection: close" in wire.transport.sent
        assert wire.transport.end == "closed"

    wired(test)


def test_a_request_that_breaks_behind_another_gives_back_what_it_holds() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", b"1"))
        head = b"POST / HTTP/1.1\r\nContent-Length: 500\r\nTransfer-Encoding: chunked\r\n\r\n"
        wire.connection.data_received(head + b"nonsense")
        wire.answer()
        assert wire.shared.budget.taken == 0

    wired(test)


def test_a_client_may_ask_for_the_end_of_its_connection() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello", Connection="close"))
        wire.answer()
        assert b"\r\nConnection: close\r\n" in wire.transport.sent
        assert wire.transport.end == "closed"

    wired(test)


def test_while_draining_a_connection_that_was_just_used_is_given_a_moment() -> None:
    def test(wire: Wire) -> None:
        wire.connection.data_received(request("hello"))
        wire.answer()
        wire.shared.is_draining = True
        wire.connection.drain()
        assert wire.transport.end == ""
        wire.connection.data_received(request("hello"))
        wire.answer()
        assert wire.transport.end == "closed"

    wired(test)
