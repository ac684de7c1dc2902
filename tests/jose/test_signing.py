"""Keys of our own, judged by PyJWT."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from limen.jose.signing import SigningKey, _thumbprint

KEY = SigningKey.generate()


def test_another_library_verifies_what_is_signed() -> None:
    claims = {"sub": "ana", "cognito:groups": ["admins"], "n": 1.5, "é": "ß"}
    text = KEY.sign(claims)
    public = jwt.PyJWK(KEY.public_jwk())
    assert jwt.decode(text, public, algorithms=["RS256"]) == claims
    assert jwt.get_unverified_header(text) == {"kid": KEY.id, "alg": "RS256"}


def test_a_key_is_the_same_after_its_file() -> None:
    again = SigningKey.from_pem(KEY.to_pem())
    assert again.public_jwk() == KEY.public_jwk()
    assert again.sign({"a": 1}) == KEY.sign({"a": 1})
    assert SigningKey.from_pem(KEY.to_pem(), "mine").public_jwk()["kid"] == "mine"


def test_an_id_is_the_thumbprint_of_its_key() -> None:
    """RFC 7638, section 3.1: the example is of this key."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    public = jwt.PyJWK({"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256"}).key
    assert _thumbprint(public.public_numbers()) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_key_does_not_show_itself() -> None:
    assert repr(KEY) == f"SigningKey({KEY.id!r})"
    assert "PRIVATE" not in json.dumps(KEY.public_jwk())


def test_other_keys_are_refused() -> None:
    pkcs8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(*pkcs8, serialization.NoEncryption())
    locked = rsa.generate_private_key(65537, 2048).private_bytes(*pkcs8, serialization.BestAvailableEncryption(b"x"))
    for pem in (curve, locked, b"", b"-----BEGIN PRIVATE KEY-----"):
        with pytest.raises(ValueError):
            SigningKey.from_pem(pem)
