"""Responses as they come over the wire: what ends them, what is refused, when a connection is used again."""

import asyncio

import pytest

from limen.budget import Budget
from limen.upstream.limits import Limits
from tests.upstream.backends import (
    OK,
    Answer,
    answering,
    answering_once,
    ask,
    backend,
    read_request,
    run,
    start,
    upstream,
)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def exchange(*responses: bytes, method: str = "GET", closes: bool = False, limits: Limits | None = None) -> Answer:
    """What one call comes to at a backend that answers so."""

    async def main() -> Answer:
        handler = answering_once(responses[0]) if closes else answering(*responses)
        async with backend(handler) as server, upstream(limits=limits or Limits()) as client:
            return await ask(client, server.origin, method)

    return run(main())


def connections_for(first: bytes, method: str = "GET") -> int:
    """How many connections two calls take, one after the other, where the first is answered so."""

    async def main() -> int:
        async with backend(answering(first, OK)) as server, upstream() as client:
            assert (await ask(client, server.origin, method)).error is None
            assert (await ask(client, server.origin)).status == 200
            return server.connections

    return run(main())


def test_a_length_ends_a_response() -> None:
    answer = exchange(b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a:  2\r\nContent-Length: 5\r\n\r\nhello")

    assert (answer.status, answer.body) == (201, b"hello")
    assert answer.headers[:2] == [(b"x-a", b"X-A", b"1"), (b"x-a", b"x-a", b"2")]


def test_chunks_are_joined_and_trailers_dropped() -> None:
    answer = exchange(CHUNKED + b"5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: no\r\n\r\n")

    assert answer.body == b"hello world"
    assert [name for name, _, _ in answer.headers] == [b"transfer-encoding"]


def test_the_end_of_the_connection_ends_a_response_without_length() -> None:
    answer = exchange(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello", closes=True)

    assert (answer.status, answer.body) == (200, b"hello")


def test_an_http_1_0_response_is_read_to_its_end() -> None:
    assert exchange(b"HTTP/1.0 200 OK\r\n\r\nold", closes=True).body == b"old"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        CHUNKED + b"0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n" + OK,
    ],
)
def test_what_ends_without_doubt_keeps_its_connection(response: bytes) -> None:
    assert connections_for(response) == 1


def test_a_head_response_announces_a_body_that_does_not_come() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    answer = exchange(response, method="HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert (b"content-length", b"Content-Length", b"500") in answer.headers
    assert connections_for(response, "HEAD") == 1
    assert connections_for(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD") == 1
    assert connections_for(b"HTTP/1.1 200 OK\r\n\r\n", "HEAD") == 1


@pytest.mark.parametrize(
    ("response", "method"),
    [
        (OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "GET"),
        (OK + b"x", "GET"),
        (CHUNKED + b"2\r\nok\r\n0\r\n\r\nHTTP/1.1 200", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nokevil", "GET"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HEAD"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n", "HEAD"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", "GET"),
    ],
)
def test_bytes_behind_a_response_end_its_connection(response: bytes, method: str) -> None:
    assert connections_for(response, method) == 2


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2\nok\n0\n\n",
        CHUNKED + b"-2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nokay\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\rY: b\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nok",
        b"HTTP/1.1 000 Zero\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 20x OK\r\nContent-Length: 2\r\n\r\nok",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01garbage",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 17 + OK,
    ],
)
def test_what_is_ambiguous_or_garbage_is_refused(response: bytes) -> None:
    assert exchange(response).kind == "protocol"


def test_a_connection_that_ends_too_early_is_told_from_a_complete_response() -> None:
    assert exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", closes=True).kind == "reset"
    assert exchange(CHUNKED + b"5\r\nhello\r\n", closes=True).kind == "reset"
    assert exchange(b"HTTP/1.1 200 OK\r\nContent-Le", closes=True).kind == "reset"
    assert exchange(b"", closes=True).kind == "reset"


def test_sizes_are_bounded() -> None:
    small = Limits(response_body=1000, response_head=500, response_headers=10)

    assert exchange(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", limits=small).kind == "too_large"
    assert exchange(CHUNKED + b"400\r\n" + b"x" * 1024 + b"\r\n", limits=small).kind == "too_large"
    assert exchange(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 600, limits=small).kind == "protocol"
    assert exchange(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 11 + b"\r\n", limits=small).kind == "protocol"
    assert exchange(CHUNKED + b"1\r\nx\r\n" * 300, limits=small).kind == "protocol"
    assert exchange(CHUNKED + b"1;" + b"x" * 600, limits=small).kind == "protocol"


def test_a_body_arrives_whole_however_it_is_cut() -> None:
    body = bytes(range(256)) * 1200
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)

    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for cut in (10, len(head) - 2, len(head) + 1, 70_000):
                await read_request(reader)
                whole = head + body
                writer.write(whole[:cut])
                await writer.drain()
                await asyncio.sleep(0.01)
                writer.write(whole[cut:])

        async with backend(handle) as server, upstream() as client:
            for _ in range(4):
                assert (await ask(client, server.origin)).body == body
            assert server.connections == 1

    run(main())


def test_a_large_request_arrives_whole() -> None:
    async def main() -> None:
        received: list[bytes] = []

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(2):
                received.append(await read_request(reader))
                writer.write(OK)

        async with backend(handle) as server, upstream() as client:
            for size in (60_000, 3_000_000):
                await ask(client, server.origin, "POST", b"x" * size)
        assert [request.partition(b"\r\n\r\n")[2] for request in received] == [b"x" * 60_000, b"x" * 3_000_000]

    run(main())


def test_an_answer_before_the_end_of_the_request_ends_the_connection() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            await asyncio.sleep(1)

        async with backend(handle) as server, upstream() as client:
            assert (await ask(client, server.origin, "POST", b"x" * 8_000_000)).status == 413
            second = start(client, server.origin)
            await asyncio.sleep(0.1)
            assert server.connections == 2
            second.cancel()

    run(main())


def test_bodies_wait_for_room_in_the_budget() -> None:
    body = b"x" * 600_000
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def main() -> None:
        budget = Budget(1_000_000)
        async with backend(answering(response)) as server, upstream(budget) as client:
            answers = await asyncio.gather(*(ask(client, server.origin) for _ in range(8)))
            assert all(answer.body == body for answer in answers)
            assert budget.taken == 0

    run(main())


def test_a_body_that_finds_no_room_is_given_up() -> None:
    async def main() -> None:
        budget = Budget(1000)
        budget.take(1000)
        response = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 500
        async with backend(answering(response)) as server, upstream(budget) as client:
            assert (await ask(client, server.origin, timeout=1.0)).kind == "busy"
        budget.give(1000)
        assert budget.taken == 0

    run(main())


def test_a_body_that_is_cut_off_gives_its_room_back() -> None:
    async def main() -> None:
        budget = Budget(100_000)
        response = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 500
        async with backend(answering_once(response)) as server, upstream(budget) as client:
            assert (await ask(client, server.origin)).kind == "reset"
            assert budget.taken == 0

    run(main())
