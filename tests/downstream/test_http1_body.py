"""Streamed responses over HTTP/1.1: each piece as it comes, an end that is one, and no end where there is none."""

import contextlib
from collections.abc import Callable

import pytest

from limen.downstream.limits import Limits
from tests.downstream.serving import Answers, Served
from tests.downstream.streamed import Wire, serve_feeds

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n"
Serving = Callable[..., Served]


def test_each_piece_is_sent_as_a_chunk_when_it_comes(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, None, 201, (b"X-A", b"1"))
    with served.connect() as sock:
        wire = Wire(sock)
        for _ in range(2):
            sock.sendall(GET)
            feed = feeds.next()
            status, headers = wire.head()
            assert (status, headers["x-a"], headers["transfer-encoding"]) == (201, "1", "chunked")
            assert (headers["connection"], "content-length" in headers) == ("keep-alive", False)
            feed.push(b"hello")
            wire.expect(b"5\r\nhello\r\n")
            feed.push(b"", b"x" * 100_000)
            wire.expect(b"186a0\r\n" + b"x" * 100_000 + b"\r\n")
            feed.finish()
            wire.expect(b"0\r\n\r\n")
            assert (feed.closed_with, feed.told) == ([100_005], ["abandon"])


def test_a_length_that_the_backend_told_is_passed_on(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, 10)
    with served.connect() as sock:
        wire = Wire(sock)
        for _ in range(2):
            sock.sendall(GET)
            feed = feeds.next()
            _, headers = wire.head()
            assert (headers["content-length"], "transfer-encoding" in headers) == ("10", False)
            feed.push(b"hello", b"world")
            feed.finish()
            wire.expect(b"helloworld")


def test_an_old_client_gets_a_body_that_its_connection_ends(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with served.connect() as sock:
        sock.sendall(OLD[:-2] + b"Connection: keep-alive\r\n\r\n")
        feed = feeds.next()
        wire = Wire(sock)
        _, headers = wire.head()
        assert headers["connection"] == "close"
        assert headers.keys() & {"transfer-encoding", "content-length"} == set()
        feed.push(b"hello")
        wire.expect(b"hello")
        feed.finish()
        assert wire.end() == "closed"


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 204), (b"GET", 304)])
def test_a_response_without_body_leaves_the_source(serving: Serving, method: bytes, status: int) -> None:
    feeds, served = serve_feeds(serving, None, status, (b"Content-Length", b"345"))
    with served.connect() as sock:
        for _ in range(2):
            sock.sendall(GET.replace(b"GET", method))
            answered = Answers(sock).next(has_body=False)
            assert (answered.status, answered.headers.get("content-length")) == (
                status,
                "345" if method == b"HEAD" else None,
            )
            assert "transfer-encoding" not in answered.headers
            feed = feeds.next()
            assert (feed.told, feed.stream.is_closed) == (["abandon"], True)


@pytest.mark.parametrize(
    ("asked", "length", "end"), [(GET, None, "closed"), (GET, 10, "closed"), (OLD, None, "broken")]
)
def test_a_backend_that_breaks_is_no_end_of_a_body(
    serving: Serving, asked: bytes, length: int | None, end: str
) -> None:
    feeds, served = serve_feeds(serving, length)
    with served.connect() as sock:
        sock.sendall(asked)
        feed = feeds.next()
        wire = Wire(sock)
        wire.head()
        feed.push(b"hello")
        wire.expect(b"5\r\nhello\r\n" if length is None and asked is GET else b"hello")
        feed.break_off()
        assert wire.end() == end  # behind no last chunk, short of the length, or in no order
    assert feed.closed_with == [5]


def test_a_header_that_cannot_be_sent_becomes_500(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, None, 200, (b"X", b"a\r\nb: c"))
    with served.connect() as sock:
        sock.sendall(GET)
        assert Answers(sock).next().status == 500
        assert feeds.next().told == ["abandon"]


def test_a_client_that_leaves_ends_the_source(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    sock = served.connect()
    sock.sendall(GET)
    feed = feeds.next()
    feed.push(b"hello")
    sock.close()
    feed.wait_until_told("abandon")
    feed.push(b"late")
    assert feed.closed_with == [5]
    served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_a_slow_client_makes_the_source_wait(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    piece = bytes(range(250)) * 1_000
    with served.connect(receive_buffer=4_096) as sock:
        sock.sendall(GET)
        feed = feeds.next()
        sent = 0
        while not feed.told:
            feed.push(piece)
            sent += 1
        assert feed.told == ["pause"]
        held = served.budget.taken
        assert held > 0
        feed.push(piece)  # was under way
        sent += 1
        assert served.budget.taken == held + len(b"3d090\r\n\r\n") + len(piece)
        wire = Wire(sock)
        wire.head()
        for _ in range(sent):
            wire.expect(b"3d090\r\n" + piece + b"\r\n")
        feed.wait_until_told("pause", "resume")
        assert served.budget.taken == 0
        feed.finish()
        wire.expect(b"0\r\n\r\n")


def test_a_client_that_takes_nothing_is_dropped(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, limits=Limits(write_timeout=0.1))
    with served.connect(receive_buffer=4_096) as sock:
        sock.sendall(GET)
        feed = feeds.next()
        while not feed.told:
            feed.push(b"x" * 500_000)
        feed.wait_until_told("pause", "abandon")
        served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_what_is_asked_behind_a_stream_waits_for_its_end(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with served.connect() as sock:
        sock.sendall(GET + GET)
        wire = Wire(sock)
        for letter in (b"a", b"b"):
            feed = feeds.next()
            wire.head()
            feed.push(letter)
            wire.expect(b"1\r\n" + letter + b"\r\n")
            assert len(served.exchanges) == (1 if letter == b"a" else 2)
            feed.finish()
            wire.expect(b"0\r\n\r\n")


def test_draining_waits_for_the_end_of_a_stream(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with served.connect() as sock:
        sock.sendall(GET)
        feed = feeds.next()
        wire = Wire(sock)
        wire.head()
        draining = served.call(lambda: served.listener._loop.create_task(served.listener.drain(10)))
        feed.push(b"hello")
        wire.expect(b"5\r\nhello\r\n")
        assert not draining.done()
        feed.finish()
        wire.expect(b"0\r\n\r\n")
        assert wire.end() == "closed"
        sock.close()
        served.wait_until(draining.done)


def test_draining_ends_streams_in_its_time(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with served.connect() as sock:
        sock.sendall(GET)
        feed = feeds.next()
        feed.push(b"hello")
        served.call(lambda: served.listener._loop.create_task(served.listener.drain(0.05)))
        feed.wait_until_told("abandon")
        with contextlib.suppress(OSError):
            assert b"0\r\n\r\n" not in sock.recv(1_000)
