"""Base64 for URLs: one text for one value."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.jose.base64url import decode, encode


@given(st.binary(max_size=80))
def test_what_is_encoded_decodes_to_itself(data: bytes) -> None:
    assert encode(data) == base64.urlsafe_b64encode(data).rstrip(b"=")
    assert decode(encode(data)) == data


@given(st.binary(max_size=40) | st.text("AQgwEIMUYckos048-_+/= \n", max_size=12).map(str.encode))
def test_there_is_one_text_for_each_value(text: bytes) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert encode(data) == text


@pytest.mark.parametrize(
    "text", [b"A", b"AA==", b"AAA=", b"AB", b"AAB", b"+AAA", b"/AAA", b"AA AA", b"AAAA\n", b"\xff"]
)
def test_other_alphabets_padding_and_stray_bits_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        decode(text)
