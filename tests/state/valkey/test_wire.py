"""One connection while it lasts: one write a turn, answers in order, and what happens when they do not come."""

import asyncio
import time
from typing import Any

import hiredis
import pytest

from limen.state.interface import StateAwayError
from limen.state.valkey import wire as module
from limen.state.valkey.calls import Call, pack
from limen.state.valkey.wire import Wire
from tests.support.loops import in_loop

PING = pack([Call(b"", ("PING",))])


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_aborted = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def abort(self) -> None:
        self.is_aborted = True


def open_wire() -> tuple[Wire, Transport]:
    wire, transport = Wire("valkey://test"), Transport()
    wire.connection_made(transport)
    return wire, transport


def soon(seconds: float = 5) -> float:
    return asyncio.get_running_loop().time() + seconds


@in_loop
async def test_commands_of_one_turn_are_one_write() -> None:
    wire, transport = open_wire()
    asked = [wire.ask(PING, 1, soon()) for _ in range(3)]
    await asyncio.sleep(0)
    wire.data_received(b"+a\r\n+b\r\n+c")
    wire.data_received(b"\r\n")

    assert transport.written == [PING * 3]
    assert [await answer for answer in asked] == [[b"a"], [b"b"], [b"c"]]


@in_loop
async def test_answers_are_cut_where_commands_were() -> None:
    wire, _ = open_wire()
    first, second = wire.ask(PING * 2, 2, soon()), wire.ask(PING * 3, 3, soon())
    wire.data_received(b":1\r\n-ERR no\r\n$-1\r\n*2\r\n:1\r\n:2\r\n$2\r\nab\r\n")

    answers = await first
    assert (answers[0], isinstance(answers[1], hiredis.ReplyError), str(answers[1])) == (1, True, "ERR no")
    assert await second == [None, [1, 2], b"ab"]


@in_loop
async def test_all_who_wait_hear_of_a_loss() -> None:
    wire, _ = open_wire()
    asked = [wire.ask(PING, 1, soon()) for _ in range(3)]
    wire.data_received(b"+a\r\n")
    wire.connection_lost(ConnectionResetError("reset"))

    assert await asked[0] == [b"a"]
    for answer in asked[1:]:
        with pytest.raises(StateAwayError, match=r"^valkey://test: the connection was lost \(reset\)"):
            await answer
    with pytest.raises(StateAwayError, match="the connection was lost"):
        wire.ask(PING, 1, soon())


@in_loop
async def test_an_answer_that_does_not_come_in_time_is_a_loss() -> None:
    wire, transport = open_wire()
    first = wire.ask(PING, 1, soon(0.05))
    await asyncio.sleep(0.03)
    second = wire.ask(PING, 1, soon(0.05))
    wire.data_received(b"+a\r\n")
    third = wire.ask(PING, 1, soon(0.05))
    await asyncio.sleep(0.03)
    wire.data_received(b"+b\r\n")

    assert (await first, await second, wire.lost.done()) == ([b"a"], [b"b"], False)
    with pytest.raises(StateAwayError, match="no answer in time"):
        await third
    assert transport.is_aborted
    assert wire.has_timed_out


@in_loop
async def test_an_answer_that_came_while_the_loop_was_busy_is_in_time() -> None:
    wire, _ = open_wire()
    answer = wire.ask(PING, 1, soon(0.02))
    await asyncio.sleep(0)
    time.sleep(0.05)
    asyncio.get_running_loop().call_later(0.01, wire.data_received, b"+a\r\n")

    assert await answer == [b"a"]
    assert not wire.lost.done()


@in_loop
async def test_one_who_stopped_waiting_shifts_no_answers() -> None:
    wire, _ = open_wire()
    first, second = wire.ask(PING, 1, soon()), wire.ask(PING, 1, soon())
    first.cancel()
    wire.data_received(b"+a\r\n+b\r\n")

    assert await second == [b"b"]


@in_loop
async def test_the_queue_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    wire, _ = open_wire()
    asked = wire.ask(PING * 2, 2, soon())

    with pytest.raises(StateAwayError, match="too many commands wait"):
        wire.ask(PING * 2, 2, soon())
    with pytest.raises(StateAwayError, match="too many commands wait"):
        wire.ask(b"x" * 1000, 1, soon())
    wire.data_received(b"+a\r\n+b\r\n")
    await asked
    wire.ask(b"x" * 2000, 1, soon()).cancel()  # alone it may be larger


@in_loop
async def test_what_is_no_such_server_is_left() -> None:
    wire, transport = open_wire()
    answer = wire.ask(PING, 1, soon())
    wire.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with pytest.raises(StateAwayError, match="no Valkey or Redis server"):
        await answer
    assert transport.is_aborted


@in_loop
async def test_an_answer_to_nothing_is_a_loss() -> None:
    wire, transport = open_wire()
    wire.data_received(b"+a\r\n")

    assert transport.is_aborted
    assert wire.lost.result() == "the server answered without being asked"
