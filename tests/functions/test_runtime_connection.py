"""Connections to the Runtime API: whatever comes is answered or refused, and nothing is read without a bound."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.functions.runtime_connection import MOST_HEAD
from tests.support.runtime_peer import NEXT, ONE, Host, Runtime, post, run, stream


def test_a_large_body_is_asked_for() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        request = post("/invocation/one/response", b"abc", Expect="100-continue")
        assert (await runtime.ask(request[:-3]))[0] == 100
        assert (await runtime.ask(b"abc"))[0] == 202

    run(transcript)


def test_strangers_are_not_let_in() -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.lets_in = False
        assert await (await host.connect()).is_closed()

    run(transcript)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01" * 30,
        b"GET / HTTP/1.1\r\nA: " + b"x" * (MOST_HEAD + 1),
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        NEXT + NEXT,
    ],
)
def test_what_is_not_for_us_is_refused_and_closed(request_bytes: bytes) -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        assert (await runtime.ask(request_bytes))[0] in (400, 431)
        assert await runtime.is_closed()

    run(transcript)


@pytest.mark.parametrize(
    "endless",
    [
        b"1;" + b"x" * 4096,
        b"1\r\na\r\n0\r\n" + b"".join(b"t%d: %s\r\n" % (number, b"x" * 100) for number in range(9000)),
        b"1\r\na\r\n0\r\nt: " + b"x" * 4096,
    ],
    ids=["chunk extension", "trailers", "trailer"],
)
def test_what_is_no_body_has_a_bound_behind_the_head_too(endless: bytes) -> None:
    async def transcript(host: Host, runtime: Runtime) -> None:
        host.api.deliver(ONE, 5)
        await runtime.ask(NEXT)
        head = stream("/invocation/one/response").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert (await runtime.ask(head + endless + b"x" * 8 * MOST_HEAD))[0] == 431
        assert await runtime.is_closed()

    run(transcript)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        assert not self.is_closed
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close


REQUESTS = st.sampled_from(
    [
        NEXT,
        post("/invocation/one/response", b"{}"),
        post("/invocation/one/error", b"{}"),
        post("/init/error", b"{}"),
        stream("/invocation/one/response", b"a", b"bc"),
        b"GET /x HTTP/1.1\r\n\r\n",
    ]
)


@settings(max_examples=300)
@given(st.lists(REQUESTS, min_size=1, max_size=6), st.binary(max_size=6), st.integers(0), st.integers(1, 200))
def test_any_bytes_are_answered_or_refused(requests: list[bytes], noise: bytes, position: int, size: int) -> None:
    whole = b"".join(requests)
    position %= len(whole)
    whole = whole[:position] + noise + whole[position + len(noise) :]
    host = Host("")
    wire = Wire()
    connection = host.api.protocol()
    connection.connection_made(wire)
    host.api.deliver(ONE, 5)

    for start in range(0, len(whole), size):
        connection.data_received(whole[start : start + size])
    connection.connection_lost(None)

    assert len(host.answers) <= 1
    assert wire.written == b"" or wire.written.startswith(b"HTTP/1.1 ")
