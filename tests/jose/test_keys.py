"""Public keys verify what was signed with theirs, by the algorithms of their type."""

import hashlib
import hmac
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from limen.jose.algorithms import ALGORITHMS
from limen.jose.compact import parse_token
from limen.jose.errors import KeyRefusedError
from limen.jose.keys import read_key

CURVES: dict[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@cache
def private_key(algorithm: str) -> Any:
    if algorithm.startswith("RS"):
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(CURVES[algorithm])


def jwk(algorithm: str, **more: Any) -> dict[str, Any]:
    encoder = jwt.algorithms.get_default_algorithms()[algorithm]
    return {**encoder.to_jwk(private_key(algorithm).public_key(), as_dict=True), "kid": "1", **more}


def sign(algorithm: str, claimed: str | None = None) -> tuple[bytes, bytes, str]:
    text = jwt.encode({"sub": "ana"}, private_key(algorithm), algorithm, {"kid": "1"})
    token = parse_token(text.encode())
    return token.signed, token.signature, claimed or token.algorithm


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_key_verifies_what_another_library_signed(algorithm: str) -> None:
    key = read_key(jwk(algorithm))
    signed, signature, _ = sign(algorithm)
    assert key.verifies(signed, signature, algorithm)
    assert not key.verifies(signed + b"x", signature, algorithm)
    assert not key.verifies(signed, signature[:-1] + bytes([signature[-1] ^ 1]), algorithm)
    for wrong in (b"", b"\0" * len(signature), b"\xff" * len(signature), signature + b"\0", signature[:-1]):
        assert not key.verifies(signed, wrong, algorithm)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_the_type_of_a_key_says_what_it_may_be_used_with(algorithm: str) -> None:
    key = read_key(jwk(algorithm))
    signed, signature, _ = sign(algorithm)
    for other in {*ALGORITHMS, "none", "None", "", "HS256", "PS256", "EdDSA", "rs256"} - {algorithm}:
        assert not key.verifies(signed, signature, other)


def test_a_public_key_is_no_shared_secret() -> None:
    key = read_key(jwk("RS256"))
    pem = (
        private_key("RS256")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    signed = b"eyJhbGciOiJIUzI1NiJ9.e30"
    forged = hmac.digest(pem, signed, hashlib.sha256)
    assert not any(key.verifies(signed, forged, name) for name in ("HS256", "RS256"))


def test_a_key_that_names_its_algorithm_takes_no_other() -> None:
    key = read_key(jwk("RS256", alg="RS512"))
    assert not key.verifies(*sign("RS256"))
    assert key.verifies(*sign("RS512")) is False  # another private key: made for each algorithm
    assert key.algorithms == {"RS512"}


def test_a_signature_of_zeros_is_none() -> None:
    """CVE-2022-21449."""
    key = read_key(jwk("ES256"))
    signed, _, _ = sign("ES256")
    assert not key.verifies(signed, bytes(64), "ES256")
    assert not key.verifies(signed, bytes(32) + b"\1" * 32, "ES256")
    assert not key.verifies(signed, b"\1" * 32 + bytes(32), "ES256")


def test_der_is_no_signature_of_a_token() -> None:
    signed, signature, _ = sign("ES256")
    der = private_key("ES256").sign(signed, ec.ECDSA(hashes.SHA256()))
    decode_dss_signature(der)
    key = read_key(jwk("ES256"))
    assert key.verifies(signed, signature, "ES256")
    assert not key.verifies(signed, der, "ES256")


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "oct", "k": "AAAA", "kid": "1"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "1"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA", "kid": "1"},
        {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ", "kid": "1"},
        {"kty": "EC", "crv": ["P-256"], "x": "AQ", "y": "AQ", "kid": "1"},
        {"kty": ["RSA"], "kid": "1"},
        {"kid": "1"},
        {},
    ],
)
def test_what_is_no_key_for_signatures_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(KeyRefusedError):
        read_key(members)


@pytest.mark.parametrize(
    "changed",
    [
        {"kid": ""},
        {"kid": 1},
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"alg": "ES256"},
        {"alg": "HS256"},
        {"alg": None},
        {"e": "AQ"},  # 1: every signature would be its own message
        {"e": "AA"},
        {"e": "AQAAAAAB"},
        {"n": "AQAB"},
        {"n": "A" * 5000},
        {"n": None},
        {"n": "***"},
    ],
)
def test_rsa_keys_that_are_weak_or_for_something_else_are_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(KeyRefusedError):
        read_key(jwk("RS256") | changed)


def test_a_small_rsa_key_is_refused() -> None:
    small = rsa.generate_private_key(65537, 1024).public_key()
    members = {**jwt.algorithms.RSAAlgorithm.to_jwk(small, as_dict=True), "kid": "1"}
    with pytest.raises(KeyRefusedError, match="1024 bits"):
        read_key(members)


def test_equal_keys_have_equal_identities() -> None:
    assert read_key(jwk("RS256")).identity == read_key(jwk("RS256")).identity
    assert read_key(jwk("RS256")).identity != read_key(jwk("RS256", kid="2")).identity
