"""Heads of HTTP/1.1: whatever comes is a request or refused, and leaves nothing behind in the shared parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.head import CHUNKED, HeadParser
from limen.downstream.limits import Limits
from limen.wire import ProtocolError

GOOD = b"GET /good HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n\r\n"

LINES = ["Host: a", "Content-Length: 3", "Content-Length: 0", "Transfer-Encoding: chunked", "Connection: close"]
MORE_LINES = ["Connection: upgrade", "Upgrade: h2c", "Expect: 100-continue", "X_Forwarded_For: 1"]
PARTS = ["GET ", "POST ", "CONNECT ", "/", "/a?b", "http://a/", " HTTP/1.1", " HTTP/1.0", "\r\n", "\n", "\r", " ", "\0"]
pieces = st.sampled_from([*LINES, *MORE_LINES, *PARTS]).map(str.encode)


@given(st.lists(pieces, max_size=12).map(b"".join) | st.binary(max_size=80))
def test_any_head_is_a_request_or_refused_and_the_next_is_not_touched(noise: bytes) -> None:
    parser = PARSER
    try:
        parser.parse(noise + b"\r\n\r\n")
    except ProtocolError as error:
        assert error.status in (400, 413, 414, 417, 431)
    else:
        assert parser.target.startswith(b"/")
        assert sum(lower == b"host" for lower, _, _ in parser.headers) <= 1
    parser.parse(GOOD)
    assert (parser.method, parser.target, parser.host, parser.body_size) == (b"GET", b"/good", b"localhost", 0)
    assert parser.headers == ((b"host", b"Host", b"localhost"), (b"x-a", b"X-A", b"1"))
    assert parser.keeps_alive
    assert not parser.awaits_continue


PARSER = HeadParser(Limits())
"""One for all examples, as for all connections of a worker."""


@pytest.mark.parametrize(
    ("lines", "body_size", "keeps_alive", "awaits_continue"),
    [
        (b"GET / HTTP/1.1", 0, True, False),
        (b"GET / HTTP/1.1\r\nConnection: close", 0, False, False),
        (b"GET / HTTP/1.1\r\nConnection: foo, Close", 0, False, False),
        (b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nConnection: close", 0, False, False),
        (b"GET / HTTP/1.0", 0, False, False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive", 0, True, False),
        (b"PUT / HTTP/1.1\r\nContent-Length: 7", 7, True, False),
        (b"PUT / HTTP/1.1\r\nContent-Length: 7\r\nExpect: 100-Continue", 7, True, True),
        (b"PUT / HTTP/1.1\r\nContent-Length: 0\r\nExpect: 100-continue", 0, True, False),
        (b"PUT / HTTP/1.0\r\nContent-Length: 7\r\nExpect: 100-continue", 7, False, False),
        (b"PUT / HTTP/1.1\r\ntransfer-encoding: Chunked", CHUNKED, True, False),
    ],
)
def test_what_a_head_announces(lines: bytes, body_size: int, keeps_alive: bool, awaits_continue: bool) -> None:
    PARSER.parse(lines + b"\r\nHost: a\r\n\r\n")
    assert (PARSER.body_size, PARSER.keeps_alive, PARSER.awaits_continue) == (body_size, keeps_alive, awaits_continue)


def test_repeated_headers_are_the_same_request_but_for_its_first_line() -> None:
    parser = HeadParser(Limits())
    parser.parse(b"GET /a?x=1 HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n\r\n")
    first = parser.headers

    parser.parse(b"POST /b HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n\r\n")

    assert (parser.method, parser.target, parser.host, parser.body_size) == (b"POST", b"/b", b"localhost", 0)
    assert parser.headers is first


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /a", 400),
        (b"GET  /a HTTP/1.1", 400),
        (b"GET /a HTTP/1.2", 400),
        (b"BREW /a HTTP/1.1", 400),
        (b"GET a HTTP/1.1", 400),
        (b"GET /a\x00 HTTP/1.1", 400),
        (b"GET /a\rX HTTP/1.1", 400),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1", 414),
    ],
)
def test_known_headers_do_not_excuse_a_bad_first_line(line: bytes, status: int) -> None:
    parser = HeadParser(Limits())
    parser.parse(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    with pytest.raises(ProtocolError) as refused:
        parser.parse(line + b"\r\nHost: localhost\r\n\r\n")

    assert refused.value.status == status
    parser.parse(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_headers_that_frame_a_body_or_end_a_connection_mean_the_same_each_time() -> None:
    parser = HeadParser(Limits())
    for _ in range(2):
        parser.parse(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
        assert parser.body_size == 5
        parser.parse(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        assert parser.body_size == 0
        parser.parse(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert parser.body_size == CHUNKED
        parser.parse(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert (parser.body_size, parser.awaits_continue) == (5, True)
        parser.parse(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (parser.body_size, parser.keeps_alive) == (0, False)
        parser.parse(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert (parser.protocol, parser.keeps_alive) == ("HTTP/1.0", False)
        parser.parse(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (parser.protocol, parser.keeps_alive) == ("HTTP/1.1", True)


def test_what_is_remembered_of_headers_is_bounded() -> None:
    parser = HeadParser(Limits())
    for number in range(3_000):
        parser.parse(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-N: %d\r\n\r\n" % number)

        parser.parse(b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % number)

    assert len(parser._known_blocks) <= 512
    assert len(parser._known_lengths) <= 512
