"""Responses that are handed on as they come: head first, of any length, at the pace of whoever takes them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from limen.budget import Budget
from limen.upstream.limits import Limits
from limen.upstream.tls import client_context
from tests.upstream.authorities import Authority
from tests.upstream.backends import OK, answering, ask, backend, read_request, run
from tests.upstream.streaming import WatchedCall, scripted

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-A: 1\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
OPEN_ENDED = b"HTTP/1.1 200 OK\r\n\r\n"


def test_the_head_is_told_before_any_of_the_body_is_there() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call = peer.call()
            writer = await peer.asked()
            writer.write(HEAD % 10)
            assert await call.next() == ("started", 200)
            assert (b"x-a", b"X-A", b"1") in call.headers
            writer.write(b"hello")
            assert await call.next() == ("received", b"hello")
            writer.write(b"world")
            assert await call.next() == ("received", b"world")
            assert await call.next() == ("ended", None)

    run(main())


def test_a_response_in_one_piece_is_told_in_order() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call = peer.call()
            writer = await peer.asked()
            writer.write(OK)
            assert [await call.next() for _ in range(3)] == [("started", 200), ("received", b"ok"), ("ended", None)]

    run(main())


def test_chunks_are_told_without_their_framing() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(CHUNKED)
            writer.write(b"5\r\nhel")
            assert await call.next() == ("received", b"hel")
            writer.write(b"lo\r\n0\r\n\r\n")
            assert await call.next() == ("received", b"lo")
            assert await call.next() == ("ended", None)

    run(main())


def test_a_whole_response_leaves_its_connection_for_the_next_call() -> None:
    async def main() -> None:
        async with backend(answering(CHUNKED, OK)) as server, scripted() as peer:
            peer.server = server
            call = peer.call()
            assert await call.next() == ("started", 200)
            server.writers[0].write(b"2\r\nok\r\n0\r\n\r\n")
            assert [await call.next() for _ in range(2)] == [("received", b"ok"), ("ended", None)]
            assert (await ask(peer.client, server.origin)).body == b"ok"
            assert server.connections == 1

    run(main())


def test_a_body_may_be_larger_than_any_limit_and_takes_no_room() -> None:
    async def main() -> None:
        budget = Budget(1000)
        async with scripted(budget, limits=Limits(response_body=100)) as peer:
            call, writer = await peer.begin(HEAD % 3_000_000)
            for _ in range(3):
                writer.write(b"x" * 1_000_000)
                await call.read(1_000_000)
                assert budget.taken == 0
            assert await call.next() == ("ended", None)

    run(main())


def test_the_end_of_the_connection_ends_a_body_without_length() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(OPEN_ENDED)
            writer.write(b"hello")
            assert await call.next() == ("received", b"hello")
            writer.close()
            assert await call.next() == ("ended", None)

    run(main())


@pytest.mark.parametrize("head", [HEAD % 100, CHUNKED + b"64\r\n"])
def test_a_backend_that_leaves_early_breaks_the_response(head: bytes) -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(head)
            writer.write(b"half")
            assert await call.next() == ("received", b"half")
            writer.close()
            assert await call.break_kind() == "reset"
            assert call.has_started

    run(main())


def test_a_backend_that_breaks_http_midway_breaks_the_response() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(CHUNKED)
            writer.write(b"zz\r\n")
            assert await call.break_kind() == "protocol"

    run(main())


def test_a_chunk_for_each_letter_is_fine_and_framing_without_end_is_not() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(CHUNKED)
            writer.write(b"1\r\nx\r\n" * 50_000)
            await call.read(50_000)
            writer.write(b"".join(b"1;" + b"e" * 2_000 + b"\r\nx\r\n" for _ in range(600)))
            events = []
            while not events or events[-1][0] == "received":
                events.append(await call.next())
            assert (events[-1][0], events[-1][1].kind) == ("broke", "protocol")
            assert "framing" in events[-1][1].message

    run(main())


@pytest.mark.parametrize("is_tls", [False, True])
def test_a_paused_call_makes_its_backend_wait(tmp_path: Path, is_tls: bool) -> None:
    async def main() -> None:
        size = 16_000_000  # more than sockets hold
        authority = Authority(tmp_path)
        server = authority.server_context("127.0.0.1") if is_tls else None
        async with scripted(None, server, context=client_context(str(authority.file))) as peer:
            call, writer = await peer.begin(HEAD % size)
            call.pause()
            writer.write(b"x" * size)
            async with backend(answering(OK)) as other:
                for _ in range(20):
                    assert (await ask(peer.client, other.origin)).status == 200
            assert call.events.qsize() == 0
            call.resume()
            await call.read(size)
            assert await call.next() == ("ended", None)

    run(main())


def test_a_worker_without_room_makes_backends_wait() -> None:
    async def main() -> None:
        budget = Budget(1000)
        async with scripted(budget) as peer:
            call, writer = await peer.begin(CHUNKED)
            assert budget.take(1000)
            writer.write(b"5\r\nhello\r\n")
            assert await call.next() == ("received", b"hello")
            call.pause()
            call.resume()  # whoever takes the body has room: the worker has not
            writer.write(b"5\r\nworld\r\n0\r\n\r\n")
            async with backend(answering(OK)) as other:
                for _ in range(20):
                    assert (await ask(peer.client, other.origin)).status == 200
            assert call.events.empty()
            budget.give(1000)
            assert [await call.next() for _ in range(2)] == [("received", b"world"), ("ended", None)]

    run(main())


def test_a_call_that_waits_for_room_can_be_abandoned() -> None:
    async def main() -> None:
        budget = Budget(1000)
        async with scripted(budget) as peer:
            call, writer = await peer.begin(CHUNKED)
            assert budget.take(1000)
            writer.write(b"5\r\nhello\r\n")
            assert await call.next() == ("received", b"hello")
            call.abandon()
            assert len(budget._waiting) == 0

    run(main())


def test_an_abandoned_call_hangs_up_and_is_told_nothing() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(CHUNKED)
            call.abandon()
            call.abandon()
            with pytest.raises(ConnectionResetError):
                while True:
                    writer.write(b"5\r\nhello\r\n")
                    await writer.drain()
            assert call.events.empty()

    run(main())


def test_a_call_may_be_abandoned_before_it_has_a_connection() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call = peer.call()
            call.abandon()
            assert (await ask_through(peer)).status == 200
            assert call.events.empty()

    async def ask_through(peer: Any) -> Any:
        asking = asyncio.ensure_future(ask(peer.client, peer.server.origin))
        writer = await peer.asked()
        writer.write(OK)
        return await asking

    run(main())


class Leaving(WatchedCall):
    """Is abandoned by its owner at the head."""

    __slots__ = ()

    def started(self, status: int, headers: Any) -> None:
        super().started(status, headers)
        self.abandon()


@pytest.mark.parametrize("response", [OK, CHUNKED + b"5\r\nhello\r\n"])
def test_a_call_abandoned_at_its_head_is_told_no_body(response: bytes) -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, _ = await peer.begin(response, kind=Leaving)
            asking = asyncio.ensure_future(ask(peer.client, peer.server.origin))
            writer = await peer.asked()
            writer.write(OK)
            await asking
            assert call.events.empty()

    run(main())


class Failing(WatchedCall):
    __slots__ = ()

    def received(self, piece: bytes) -> None:
        raise RuntimeError("a bug of its owner")


def test_an_owner_that_fails_on_a_piece_breaks_the_response(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, writer = await peer.begin(CHUNKED, kind=Failing)
            writer.write(b"5\r\nhello\r\n")
            assert await call.break_kind() == "reset"

    run(main())
    assert "a bug of its owner" in caplog.text


def test_a_stale_connection_costs_a_streamed_call_nothing() -> None:
    async def main() -> None:
        async with backend(answering(OK, b"", OK)) as server, scripted() as peer:
            peer.server = server
            assert (await ask(peer.client, server.origin)).status == 200
            call = peer.call()
            assert [await call.next() for _ in range(3)] == [("started", 200), ("received", b"ok"), ("ended", None)]
            assert server.connections == 2

    run(main())


def test_a_head_response_ends_at_its_head() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, _ = await peer.begin(HEAD % 500, method="HEAD")
            assert await call.next() == ("ended", None)

    run(main())


# --- time


def test_the_timeout_counts_to_the_last_byte() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call = peer.call(timeout=0.05)
            assert await call.break_kind() == "timeout"
            assert not call.has_started

        async with scripted() as peer:
            call, _ = await peer.begin(CHUNKED, timeout=0.5)
            assert await call.break_kind() == "timeout"
            assert call.has_started

    run(main())


def test_a_backend_that_falls_silent_is_given_up() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, _ = await peer.begin(CHUNKED, idle_timeout=0.05, timeout=900)
            event, error = await call.next()
            assert (event, error.kind) == ("broke", "timeout")
            assert "nothing came for 0.05 s" in error.message

    run(main())


def test_the_silence_before_the_head_is_not_counted() -> None:
    async def main() -> None:
        async with scripted() as peer, backend(silent_at_first) as other:
            peer.server = other
            call = peer.call(idle_timeout=0.01)
            assert await call.next() == ("started", 200)

    async def silent_at_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(0.15)
        writer.write(OK)

    run(main())


def test_a_backend_that_is_made_to_wait_is_not_silent() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, _ = await peer.begin(CHUNKED, idle_timeout=0.05, timeout=0.5)
            call.pause()
            event, error = await call.next()
            assert "no complete response within 0.5 s" in error.message
            assert event == "broke"

    run(main())


def test_a_gateway_that_stops_breaks_what_is_under_way() -> None:
    async def main() -> None:
        async with scripted() as peer:
            call, _ = await peer.begin(CHUNKED)
            await peer.client.close(timeout=0)
            event, error = await call.next()
            assert (event, error.kind) == ("broke", "reset")
            assert "the gateway stopped" in error.message

    run(main())
