"""Content type conversions: the two tables of the developer guide, row by row."""

from typing import Any

import pytest

from limen.gateway.errors import GatewayError
from limen.integrations.rest.content import (
    TO_BINARY,
    TO_TEXT,
    BinaryTypes,
    convert_request,
    convert_response,
    decode_content,
    media_type_of,
)
from limen.wire import header

UNSET = None
PNG = ("image/png",)
RAW = b"\x89PNG\xff"
BASE64 = b"iVBOR/8="
TEXT = b'{"a":1}'

REQUESTS: list[tuple[tuple[str, ...], bytes | None, str | None, bytes, bytes, bool]] = [
    # binaryMediaTypes, Content-Type, contentHandling, body, becomes, is binary
    ((), b"application/json", UNSET, TEXT, TEXT, False),
    ((), b"image/png", UNSET, RAW, "\ufffdPNG\ufffd".encode(), False),
    ((), b"application/json", TO_TEXT, TEXT, TEXT, False),
    ((), b"application/json", TO_BINARY, BASE64, RAW, True),
    (PNG, b"application/json", UNSET, TEXT, TEXT, False),
    (PNG, b"application/json", TO_BINARY, BASE64, RAW, True),
    (PNG, None, TO_TEXT, TEXT, TEXT, False),
    (PNG, b"image/png", UNSET, RAW, RAW, True),
    (PNG, b"image/png; q=1", TO_BINARY, RAW, RAW, True),
    (PNG, b"IMAGE/PNG, text/plain", TO_TEXT, RAW, BASE64, False),
    (("*/*",), None, UNSET, RAW, RAW, True),
    (("image/*",), b"image/gif", UNSET, RAW, RAW, True),
    (("image/*",), b"text/gif", UNSET, TEXT, TEXT, False),
]


@pytest.mark.parametrize(("types", "content_type", "handling", "body", "expected", "is_binary"), REQUESTS)
def test_request_bodies_are_converted_by_the_table(
    types: tuple[str, ...],
    content_type: bytes | None,
    handling: str | None,
    body: bytes,
    expected: bytes,
    is_binary: bool,
) -> None:
    assert convert_request(body, BinaryTypes(types).has(content_type), handling) == (expected, is_binary)


RESPONSES: list[tuple[str, str, bool, str | None, bytes, bytes]] = [
    # payload, Accept, binaryMediaTypes match, contentHandling, body, becomes
    ("text", "text", False, UNSET, TEXT, TEXT),
    ("binary", "text", False, UNSET, RAW, "\ufffdPNG\ufffd".encode()),
    ("text", "text", False, TO_BINARY, BASE64, RAW),
    ("text", "text", False, TO_TEXT, TEXT, TEXT),
    ("text", "text", True, UNSET, TEXT, TEXT),
    ("text", "text", True, TO_BINARY, BASE64, RAW),
    ("text", "text", True, TO_TEXT, TEXT, TEXT),
    ("text", "binary", True, UNSET, BASE64, RAW),
    ("text", "binary", True, TO_BINARY, BASE64, RAW),
    ("text", "binary", True, TO_TEXT, TEXT, TEXT),
    ("binary", "text", True, UNSET, RAW, BASE64),
    ("binary", "text", True, TO_BINARY, RAW, RAW),
    ("binary", "text", True, TO_TEXT, RAW, BASE64),
    ("binary", "binary", True, UNSET, RAW, RAW),
    ("binary", "binary", True, TO_BINARY, RAW, RAW),
    ("binary", "binary", True, TO_TEXT, RAW, BASE64),
]
TYPES = {"text": b"application/json", "binary": b"image/png"}


@pytest.mark.parametrize(("payload", "accept", "is_set", "handling", "body", "expected"), RESPONSES)
def test_response_bodies_are_converted_by_the_table(
    payload: str, accept: str, is_set: bool, handling: str | None, body: bytes, expected: bytes
) -> None:
    types = BinaryTypes(PNG if is_set else ())
    assert convert_response(body, types.has(TYPES[payload]), types.has(TYPES[accept]), handling) == expected


def test_text_that_is_no_base64_is_a_configuration_error() -> None:
    with pytest.raises(GatewayError) as raised:
        convert_request(b"not base64!", False, TO_BINARY)
    assert raised.value.failure.name == "API_CONFIGURATION_ERROR"


@pytest.mark.parametrize("text", [b'"iVBOR/8="', b"iVBO\nR/8=", b"iVBOR/8"])
def test_base64_may_be_quoted_wrapped_or_unpadded(text: bytes) -> None:
    assert convert_request(text, False, TO_BINARY) == (RAW, True)


def test_only_the_first_media_type_counts() -> None:
    assert media_type_of(b"image/webp;q=1,image/png") == b"image/webp"
    assert BinaryTypes(PNG).has(b"image/webp,image/png") is False


@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"not gzip"), ("deflate", b"\x00"), ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00")]
)
def test_a_broken_encoding_is_a_configuration_error(encoding: str, body: bytes) -> None:
    with pytest.raises(GatewayError):
        decode_content([header(b"Content-Encoding", encoding.encode())], body)


def test_encodings_are_undone_and_what_is_unknown_stays() -> None:
    import zlib

    raw = zlib.compressobj(wbits=-15)
    cases: list[tuple[bytes, Any, bytes]] = [
        (b"deflate", zlib.compress(b"x" * 99), b"x" * 99),
        (b"deflate", raw.compress(b"y" * 9) + raw.flush(), b"y" * 9),
        (b"identity", b"z", b"z"),
    ]
    for encoding, body, expected in cases:
        assert decode_content([header(b"Content-Encoding", encoding)], body) == ([], expected)
    unknown = [header(b"Content-Encoding", b"br")]
    assert decode_content(unknown, b"q") == (unknown, b"q")


def test_a_response_that_inflates_beyond_the_limit_is_refused() -> None:
    import gzip

    bomb = gzip.compress(b"\0" * (11 * 1024 * 1024))
    with pytest.raises(GatewayError, match="over 10485760 bytes"):
        decode_content([header(b"Content-Encoding", b"gzip")], bomb)


def test_nothing_is_remembered_by_a_long_media_type() -> None:
    types = BinaryTypes(("image/*",))

    assert types.has(b"image/png") and types.has(b"image/png;" + b" " * 1_000)
    assert list(types._kept) == [b"image/png"]
