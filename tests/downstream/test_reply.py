"""Responses as bytes: what is rendered is read back by a parser as it was meant."""

from collections.abc import Callable

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.clock import Clock
from limen.downstream.reply import UnrenderableError, render, render_fields, take_stream
from limen.gateway.body_stream import BodyStream
from limen.gateway.exchange import FixedHeaders, Response
from limen.wire import Header, header

DATE = b"Mon, 23 Nov 2026 10:00:00 GMT"


class Read:
    def __init__(self, data: bytes) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_whole = False
        httptools.HttpResponseParser(self).feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


tokens = st.text("abcXYZ-", min_size=1, max_size=8).map(lambda text: b"x" + text.encode())
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20).map(str.encode)


@given(st.integers(200, 599), st.lists(st.tuples(tokens, texts), max_size=8), st.binary(max_size=200))
def test_a_parser_reads_back_what_was_rendered(status: int, fields: list[tuple[bytes, bytes]], body: bytes) -> None:
    response = Response(status, [header(name, value) for name, value in fields], body)
    read = Read(b"".join(render(response, b"GET", DATE, True)))
    assert read.is_whole
    assert read.body == (b"" if status in (204, 304) else body)
    assert [pair for pair in read.headers if pair[0] not in (b"Date", b"Content-Length", b"Connection")] == fields


FIXED = (header(b"ETag", b'"1"'), header(b"Content-Length", b"9"), header(b"X-Kept", b"yes"))


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: headers,
        lambda headers: [*headers, header(b"X-Request", b"7")],
        lambda headers: [header(b"First", b"1"), *headers],
        lambda headers: headers[1:],
        lambda headers: [headers[0], *headers[2:], header(b"Content-Encoding", b"gzip")],
        lambda headers: headers[:-1],
        lambda headers: [],
    ],
)
def test_fixed_headers_are_rendered_as_others_whatever_steps_made_of_them(
    change: Callable[[list[Header]], list[Header]],
) -> None:
    fixed = FixedHeaders(FIXED)
    for _ in range(2):
        headers = change(list(FIXED))
        assert render(Response(200, headers, b"ab", fixed=fixed), b"GET", DATE, True) == render(
            Response(200, headers, b"ab"), b"GET", DATE, True
        )


def test_fixed_headers_break_no_protocol_either() -> None:
    headers = (header(b"X", b"a\r\nb: c"),)
    with pytest.raises(UnrenderableError):
        render(Response(200, list(headers), fixed=FixedHeaders(headers)), b"GET", DATE, True)


@pytest.mark.parametrize(
    ("status", "headers"),
    [(101, []), (100, []), (1000, []), (200, [header(b"X", b"a\r\nb: c")]), (200, [header(b"X\n", b"a")])],
)
def test_what_would_break_the_protocol_is_not_rendered(status: int, headers: list[Header]) -> None:
    with pytest.raises(UnrenderableError):
        render(Response(status, headers), b"GET", DATE, True)
    with pytest.raises(UnrenderableError):
        render_fields(Response(status, headers), b"GET", DATE)


def test_no_response_is_not_rendered() -> None:
    with pytest.raises(UnrenderableError):
        render(None, b"GET", DATE, True)


class Nobody:
    """A source that has nothing."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self) -> None: ...


def test_a_streamed_response_is_framed_by_what_is_known_of_it() -> None:
    long, short = (Response(200, [], stream=BodyStream(Nobody(), Clock(), length)) for length in (None, 5))

    assert b"\r\nContent-Length: 5\r\n" in render(short, b"GET", DATE, True, is_chunked=True)[0]
    assert b"\r\nTransfer-Encoding: chunked\r\n" in render(long, b"GET", DATE, True, is_chunked=True)[0]
    assert b"ength" not in render(long, b"GET", DATE, False)[0]
    assert (b"content-length", b"5") in render_fields(short, b"GET", DATE)[0]
    assert len(render_fields(long, b"GET", DATE)[0]) == 2


@pytest.mark.parametrize(
    ("status", "method", "is_taken"), [(200, b"GET", True), (200, b"HEAD", False), (204, b"GET", False)]
)
def test_nobody_waits_for_a_body_that_is_not_sent(status: int, method: bytes, is_taken: bool) -> None:
    stream = BodyStream(Nobody(), Clock())

    assert take_stream(Response(status, [], stream=stream), method) is (stream if is_taken else None)
    assert stream.is_closed is not is_taken
    assert take_stream(Response(status, [], b"whole"), method) is None
