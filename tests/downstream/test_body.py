"""Bodies by length and by chunks, however the network cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.downstream.body import ChunkedBody, SizedBody
from limen.downstream.limits import Limits
from limen.wire import ProtocolError


def feed(body: ChunkedBody | SizedBody, data: bytes, cuts: list[int]) -> bytes | None:
    """What follows the body, when `data` comes cut at these positions."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    rest: bytes | None = None
    for start, end in pairwise(edges):
        rest = body.feed(data[start:end]) if rest is None else rest + data[start:end]
    return rest


@given(st.lists(st.binary(min_size=1, max_size=40)), st.binary(max_size=20), st.lists(st.integers(0, 10_000)))
def test_chunks_however_cut_give_the_body(chunks: list[bytes], behind: bytes, cuts: list[int]) -> None:
    sent = b"".join(b"%x;e=1\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nX-T: 1\r\n\r\n"
    body = ChunkedBody(Limits())
    assert feed(body, sent + behind, cuts) == behind
    assert body.content() == b"".join(chunks)


@given(st.binary(min_size=1, max_size=100), st.binary(max_size=20), st.lists(st.integers(0, 200)))
def test_a_length_however_cut_gives_the_body(content: bytes, behind: bytes, cuts: list[int]) -> None:
    body = SizedBody(len(content), Limits())
    assert feed(body, content + behind, cuts) == behind
    assert body.content() == content


@given(st.binary(max_size=200), st.lists(st.integers(0, 1_000)))
def test_any_bytes_are_chunks_or_a_protocol_error(data: bytes, cuts: list[int]) -> None:
    def outcome(where: list[int]) -> object:
        body = ChunkedBody(Limits())
        try:
            return feed(body, data, where), body.content()
        except ProtocolError as error:
            return error.status

    assert outcome(cuts) == outcome([])


def test_trailers_have_a_bound() -> None:
    body = ChunkedBody(Limits(trailer_size=100))
    body.feed(b"0\r\n")
    with pytest.raises(ProtocolError):
        for _ in range(20):
            body.feed(b"X-Trailer: 1\r\n")
