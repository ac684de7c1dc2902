"""A client of the state host: says at once, or soon, that it is away, and finds it again."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from limen.frames import frame
from limen.state.embedded_client import EmbeddedState
from limen.state.interface import StateAwayError
from limen.state.memory import MemoryState
from limen.state.messages import ANSWER_TIMEOUT, Words
from limen.state.questions import Answer, Ask
from limen.state.server import StateServer
from tests.state.talking import Holder, now_of
from tests.support.loops import in_loop

NOTHING = Words("a", [], [])


def listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(10)
    return listening


@asynccontextmanager
async def serving(path: Path, state: MemoryState) -> AsyncIterator[StateServer]:
    path.unlink(missing_ok=True)
    server = StateServer(state)
    await server.start(listen(path))
    try:
        yield server
    finally:
        await server.stop(1)


@in_loop
async def test_a_state_without_a_host_is_away_at_once(tmp_path: Path) -> None:
    client = EmbeddedState(str(tmp_path / "none.sock"))
    started = time.monotonic()
    for _ in range(100):
        with pytest.raises(StateAwayError, match="cannot be reached"):
            await client.lease(NOTHING)

    assert time.monotonic() - started < 1
    await client.close()


@in_loop
async def test_a_host_that_does_not_answer_is_away_after_a_while(tmp_path: Path) -> None:
    with listen(tmp_path / "s.sock"):
        client = EmbeddedState(str(tmp_path / "s.sock"))
        started = time.monotonic()
        with pytest.raises(StateAwayError, match="did not answer"):
            await client.lease(NOTHING)

        assert ANSWER_TIMEOUT * 0.9 < time.monotonic() - started < ANSWER_TIMEOUT + 3
        await client.close()


@in_loop
async def test_a_host_that_came_back_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    client = EmbeddedState(str(path))
    holder = Holder(client, "a")
    async with serving(path, MemoryState()):
        assert (await holder.ask("x", 1, 5, need=5)).tokens == 5
    with pytest.raises(StateAwayError):
        await holder.ask("x", 1, 5, need=5)
    async with serving(path, MemoryState()):
        await asyncio.sleep(0.3)
        assert (await holder.ask("x", 1, 5, used=5, need=5)).lapsed
        await client.close()
        with pytest.raises(StateAwayError):
            await client.lease(NOTHING)


@in_loop
async def test_questions_do_not_wait_for_each_other(tmp_path: Path) -> None:
    state = MemoryState(flush_seconds=0.5)
    async with serving(tmp_path / "s.sock", state):
        client = EmbeddedState(str(tmp_path / "s.sock"))
        holder = Holder(client, "a")
        delivering = asyncio.ensure_future(holder.deliver("plan", 1, 30_000_000))
        await now_of(client)
        assert not delivering.done()
        await delivering
        await client.close()


@in_loop
async def test_a_host_that_stops_answers_what_was_asked(tmp_path: Path) -> None:
    client = EmbeddedState(str(tmp_path / "s.sock"))
    async with serving(tmp_path / "s.sock", MemoryState(flush_seconds=0.3)):
        delivering = asyncio.ensure_future(Holder(client, "a").deliver("plan", 1, 30_000_000))
        await now_of(client)
    await delivering
    await client.close()


@in_loop
async def test_no_cached_responses_are_kept_there(tmp_path: Path) -> None:
    client = EmbeddedState(str(tmp_path / "s.sock"))
    await client.put_cached("key", b"entry", 60)

    assert (client.shares_caches, await client.find_cached("key")) == (False, None)
    await client.close()


async def _exchange(path: Path, data: bytes, count: int) -> list[Answer]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(data)
    answers = []
    for _ in range(count):
        length = int.from_bytes(await reader.readexactly(4), "big")
        answers.append(msgspec.msgpack.decode(await reader.readexactly(length), type=Answer))
    writer.close()
    return answers


def _ask(number: int, question: str, body: object) -> bytes:
    return frame(Ask(number, question, msgspec.Raw(msgspec.msgpack.encode(body))))


@in_loop
async def test_questions_that_make_no_sense_are_answered_so(tmp_path: Path) -> None:
    async with serving(tmp_path / "s.sock", MemoryState()):
        sent = _ask(1, "what", None) + _ask(2, "lease", [1, 2]) + _ask(3, "usage", "x") + _ask(4, "lease", NOTHING)
        answers = {answer.number: answer.problem for answer in await _exchange(tmp_path / "s.sock", sent, 4)}

        assert answers[1] == "'what' is no question of this version"
        assert "Expected" in answers[2]
        assert "Expected" in answers[3]
        assert answers[4] == ""


@in_loop
async def test_a_client_that_speaks_something_else_is_cut_off(tmp_path: Path) -> None:
    async with serving(tmp_path / "s.sock", MemoryState()):
        for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x02\xc1\xc1"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s.sock"))
            writer.write(garbage)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
        assert await _exchange(tmp_path / "s.sock", _ask(1, "lease", NOTHING), 1)


@in_loop
async def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.state.server.MOST_UNREAD", 1000)
    async with serving(tmp_path / "s.sock", MemoryState()):
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "s.sock"), limit=1)
        with pytest.raises(OSError):
            for number in range(10**6):
                writer.write(_ask(number, "x" * 50, None))
                if number % 100 == 0:
                    await asyncio.wait_for(writer.drain(), 5)
        writer.close()
        assert await _exchange(tmp_path / "s.sock", _ask(1, "lease", NOTHING), 1)
