"""Tokens come apart strictly, and nothing else does."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.jose.base64url import encode
from limen.jose.compact import MOST_BYTES, parse_token
from limen.jose.errors import TokenError

GOOD = {"alg": "RS256", "kid": "1"}


def make(header: Any, claims: Any = None, signature: bytes = b"s") -> bytes:
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims or {"a": 1})]
    return b".".join([*map(encode, parts), encode(signature)])


def test_a_token_comes_apart() -> None:
    text = make(GOOD, {"sub": "ana"}, b"xyz")
    token = parse_token(text)
    assert (token.algorithm, token.key_id, token.claims, token.signature) == ("RS256", "1", {"sub": "ana"}, b"xyz")
    assert token.signed == text.rpartition(b".")[0]


def test_keys_that_a_header_brings_are_not_looked_at() -> None:
    header = GOOD | {"jku": "https://evil.example", "x5u": "https://evil.example", "jwk": {"kty": "oct"}, "x5c": ["A"]}
    assert parse_token(make(header)).key_id == "1"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("token", b""),
        ("token", b"a.b"),
        ("token", b"a.b.c.d"),
        ("token", b"a.b.c.d.e"),  # encrypted
        ("token", b"a" * MOST_BYTES + b".b.c"),
        ("header", b".."),
        ("header", make(b"[1]")),
        ("header", make(b'{"alg":"RS256","kid":"1","kid":"2"}')),
        ("header", make({"kid": "1"})),
        ("header", make({"alg": ["RS256"], "kid": "1"})),
        ("header", make({"alg": "RS256"})),
        ("header", make({"alg": "RS256", "kid": ""})),
        ("header", make({"alg": "RS256", "kid": 1})),
        ("header", make({"alg": "RS256", "kid": "k" * 513})),
        ("header", make(GOOD | {"crit": ["exp"]})),
        ("header", make(GOOD | {"crit": []})),
        ("header", make(GOOD | {"b64": False})),
        ("header", make(GOOD | {"zip": "DEF"})),
        ("header", make(GOOD | {"enc": "A256GCM"})),
        ("payload", make(GOOD, b"not json")),
        ("payload", make(GOOD, make(GOOD))),  # one token in another
        ("payload", make(GOOD, b'{"sub":"a","sub":"b"}')),
        ("payload", make(GOOD, b'{"exp":NaN}')),
        ("signature", make(GOOD) + b"="),
        ("signature", make(GOOD) + b"+"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(part: str, text: bytes) -> None:
    with pytest.raises(TokenError) as caught:
        parse_token(text)
    assert caught.value.part == part


def test_an_error_tells_nothing_of_the_token() -> None:
    with pytest.raises(TokenError) as caught:
        parse_token(make(GOOD, b'{"secret":"hunter2",}'))
    assert "hunter2" not in str(caught.value)


@given(st.binary(max_size=200) | st.text("eyJhbGciOiJ.-_=", max_size=60).map(str.encode))
def test_any_bytes_are_a_token_or_an_error(text: bytes) -> None:
    with contextlib.suppress(TokenError):
        parse_token(text)


@given(st.data())
def test_any_change_of_a_good_token_is_noticed_or_harmless(data: st.DataObject) -> None:
    text = bytearray(make(GOOD, {"sub": "ana", "n": [1, {"x": None}]}))
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        token = parse_token(bytes(text))
    except TokenError:
        return
    assert b".".join((token.signed, encode(token.signature))) == bytes(text)
