"""Key sets: which key signed a token."""

import json

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.jose.compact import parse_token
from limen.jose.errors import TokenError
from limen.jose.key_set import MOST_BYTES, MOST_KEYS, make_key_set, read_key_set
from limen.jose.signing import SigningKey

ONE, OTHER = SigningKey.generate("a"), SigningKey.generate("a")


def test_the_key_that_signed_a_token_is_found() -> None:
    keys = read_key_set(json.dumps({"keys": [ONE.public_jwk()]}).encode())
    found = keys.find_signer(parse_token(ONE.sign({"sub": "x"}).encode()))
    assert found is not None and found.id == "a"
    assert keys.find_signer(parse_token(OTHER.sign({"sub": "x"}).encode())) is None
    assert "a" in keys and "b" not in keys


def test_keys_that_share_an_id_are_each_tried() -> None:
    keys = make_key_set({"keys": [ONE.public_jwk(), OTHER.public_jwk()]})
    assert all(keys.find_signer(parse_token(key.sign({}).encode())) for key in (ONE, OTHER))


def test_only_a_few_keys_may_share_an_id() -> None:
    keys = make_key_set({"keys": [ONE.public_jwk()] * 10 + [OTHER.public_jwk()]})
    assert keys.find_signer(parse_token(OTHER.sign({}).encode())) is None


def test_keys_that_cannot_be_used_are_left_out_and_told() -> None:
    keys = make_key_set({"keys": [{"kty": "oct", "kid": "x"}, 7, ONE.public_jwk()]})
    assert len(keys) == 1 and len(keys.refused) == 2


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[],"keys":[]}',
        b'{"keys":[' + b",".join([b"{}"] * (MOST_KEYS + 1)) + b"]}",
        b'{"keys":[]}' + b" " * MOST_BYTES,
        b'{"keys":' + b"[" * 5000,
    ],
)
def test_what_is_no_key_set_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_key_set(text)


def test_equal_sets_have_equal_identities() -> None:
    one, same = make_key_set({"keys": [ONE.public_jwk()]}), make_key_set({"keys": [ONE.public_jwk()]})
    assert one.identities() == same.identities() != make_key_set({"keys": []}).identities()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_taken_pyjwt_takes_too(data: st.DataObject) -> None:
    """Tokens of either key, with some bytes changed: nothing passes that another library refuses."""
    text = bytearray(data.draw(st.sampled_from([ONE, OTHER])).sign({"sub": "ana", "n": 1}).encode())
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(text) - 1), st.integers(0, 255)), max_size=2)):
        text[place] = byte
    keys = make_key_set({"keys": [ONE.public_jwk()]})
    try:
        token = parse_token(bytes(text))
    except TokenError:
        return
    if keys.find_signer(token) is not None:
        assert jwt.decode(bytes(text), jwt.PyJWK(ONE.public_jwk()), ["RS256"]) == token.claims
    else:
        with pytest.raises(jwt.InvalidTokenError):
            jwt.decode(bytes(text), jwt.PyJWK(ONE.public_jwk()), ["RS256"])
