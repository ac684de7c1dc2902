"""Content codings of REST APIs."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.compression import LARGEST_BODY, choose_coding, compile_compression, compile_decompression
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.wire import header
from tests.support.exchanges import exchange, header_map


def raw_deflate(body):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


def compressed(body, accept_encoding=None, *, minimum=10, status=200, headers=()):
    asked = exchange(headers={} if accept_encoding is None else {"Accept-Encoding": accept_encoding})
    asked.response = Response(status, [*headers], body)
    compress = compile_compression(minimum)
    assert compress is not None
    compress(asked)
    return asked.response


def decompressed(body, coding):
    asked = exchange("POST /", {"Content-Encoding": coding}, body)
    decompress = compile_decompression(0)
    assert decompress is not None
    decompress(asked)
    return asked


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        (b"gzip", b"gzip"),
        (b"deflate,gzip", b"deflate"),
        (b"deflate;q=0.5,gzip;q=1.0", b"gzip"),
        (b"gzip;q=1.0,identity;q=0.5,*;q=0", b"gzip"),
        (b"gzip, deflate, br", b"gzip"),
        (b"br, gzip", None),
        (b"br;q=1.0, gzip;q=0.8", None),
        (b"*", None),
        (b"", None),
        (b"identity", None),
        (b"gzip;q=0", None),
        (b"gzip;q=x, deflate;q=0.1", b"deflate"),
        (b"GZIP", b"gzip"),
    ],
)
def test_the_coding_that_is_preferred_is_taken(accept_encoding, coding):
    assert choose_coding(accept_encoding) == coding


def test_a_response_is_compressed():
    response = compressed(b"x" * 100, "gzip", headers=[header(b"Content-Length", b"100")])
    assert gzip.decompress(response.body) == b"x" * 100
    assert header_map(response) == {"content-encoding": "gzip"}
    assert zlib.decompress(compressed(b"x" * 100, "deflate").body) == b"x" * 100


@pytest.mark.parametrize(
    "response",
    [
        compressed(b"x" * 9, "gzip"),
        compressed(b"x" * 100),
        compressed(b"x" * 100, "*"),
        compressed(b"", "gzip", minimum=0),
        compressed(b"x" * 100, "gzip", status=304),
    ],
)
def test_what_stays_as_it_is(response):
    assert b"x" * len(response.body) == response.body
    assert header_map(response) == {}


def test_what_is_coded_already_is_not_coded_again():
    response = compressed(b"x" * 100, "gzip", headers=[header(b"Content-Encoding", b"br")])
    assert response.body == b"x" * 100


def test_an_api_without_a_minimum_codes_nothing():
    assert compile_compression(None) is None
    assert compile_decompression(None) is None


@given(
    st.binary(max_size=200),
    st.sampled_from([("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate)]),
)
def test_requests_are_decompressed(body, coding):
    name, encode = coding
    asked = decompressed(encode(body), name)
    assert asked.body == body
    assert asked.find_header(b"content-encoding") is None


def test_identity_is_a_coding():
    assert decompressed(b"abc", "Identity").body == b"abc"


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (b"abc", "gzip"),
        (b"abc", "br"),
        (gzip.compress(b"abc", mtime=0)[:-1], "gzip"),
        (gzip.compress(b"abc", mtime=0) + b"more", "gzip"),
        (b"\xff" * 8, "deflate"),
    ],
)
def test_what_is_not_coded_as_it_says_is_415(body, coding):
    with pytest.raises(GatewayError) as refused:
        decompressed(body, coding)
    assert refused.value.failure.status == 415


@pytest.mark.parametrize(("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_bomb_is_413(coding, encode):
    with pytest.raises(GatewayError) as refused:
        decompressed(encode(b"\0" * (LARGEST_BODY + 1)), coding)
    assert refused.value.failure.status == 413
