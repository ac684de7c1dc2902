"""Public keys as issuers publish them (JWK, RFC 7517), and the one thing that is done with them: verifying."""

from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from limen.jose import base64url
from limen.jose.algorithms import ALGORITHMS, Algorithm
from limen.jose.errors import KeyRefusedError

SMALLEST_RSA = 2048
"""Bits (RFC 7518, section 3.3)."""

LARGEST_RSA = 8192
"""Bits: the time to verify grows with the square, and whoever has a token decides how often it is spent."""

LARGEST_EXPONENT = 1 << 32

_PKCS1 = padding.PKCS1v15()

_CURVES: dict[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}

Verify = Callable[[bytes, bytes, Algorithm], None]


class PublicKey:
    """A key with its id; `algorithms` are those that it may be used with, by its type and its own word."""

    __slots__ = ("_verify", "algorithms", "id", "identity")

    def __init__(self, key_id: str, algorithms: frozenset[str], identity: tuple[Any, ...], verify: Verify) -> None:
        self.id = key_id
        self.algorithms = algorithms
        self.identity = identity
        """Equal for equal keys: what is worth keeping over a new key set."""
        self._verify = verify

    def verifies(self, signed: bytes, signature: bytes, algorithm: str) -> bool:
        """Whether the signature is this key's, by an algorithm that belongs to its type."""
        if algorithm not in self.algorithms:
            return False
        try:
            self._verify(signed, signature, ALGORITHMS[algorithm])
        except InvalidSignature:
            return False
        return True


def read_key(members: dict[str, Any]) -> PublicKey:
    """From a JWK. Raises KeyRefusedError for what is no public key for signatures, and for weak ones."""
    key_id = members.get("kid")
    if type(key_id) is not str or not key_id:
        raise KeyRefusedError("it has no kid")
    if members.get("use", "sig") != "sig":
        raise KeyRefusedError("it is not for signatures")
    operations = members.get("key_ops", ["verify"])
    if type(operations) is not list or "verify" not in operations:
        raise KeyRefusedError("it is not for verifying")
    reader = _READERS.get(members.get("kty", "")) if type(members.get("kty")) is str else None
    if reader is None:
        raise KeyRefusedError("keys of its type do not verify anything here")
    algorithms, identity, verify = reader(members)
    if "alg" in members:
        algorithms = frozenset(name for name in algorithms if name == members["alg"])
        if not algorithms:
            raise KeyRefusedError("its alg does not belong to its type")
    return PublicKey(key_id, algorithms, (key_id, algorithms, *identity), verify)


_Read = tuple[frozenset[str], tuple[Any, ...], Verify]


def _read_rsa(members: dict[str, Any]) -> _Read:
    modulus, exponent = _number(members, "n"), _number(members, "e")
    if not SMALLEST_RSA <= modulus.bit_length() <= LARGEST_RSA:
        raise KeyRefusedError(f"it has {modulus.bit_length()} bits, not {SMALLEST_RSA} to {LARGEST_RSA}")
    if not 3 <= exponent <= LARGEST_EXPONENT:
        raise KeyRefusedError("its exponent is out of range")
    try:
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise KeyRefusedError(str(error)) from None

    def verify(signed: bytes, signature: bytes, algorithm: Algorithm) -> None:
        key.verify(signature, signed, _PKCS1, algorithm.digest)

    return frozenset(name for name, row in ALGORITHMS.items() if row.key_type == "RSA"), (modulus, exponent), verify


def _read_ec(members: dict[str, Any]) -> _Read:
    curve = _CURVES.get(members.get("crv", "")) if type(members.get("crv")) is str else None
    if curve is None:
        raise KeyRefusedError("its curve is none of P-256, P-384 and P-521")
    x, y = _number(members, "x"), _number(members, "y")
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        raise KeyRefusedError("it is no point of its curve") from None
    size = (curve.key_size + 7) // 8

    def verify(signed: bytes, signature: bytes, algorithm: Algorithm) -> None:
        # Two numbers of fixed width (RFC 7518, section 3.4), not DER; zero is no signature of anything.
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        if not r or not s:
            raise InvalidSignature
        key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(algorithm.digest))

    names = frozenset(
        name for name, row in ALGORITHMS.items() if row.curve is not None and row.curve.name == curve.name
    )
    return names, (curve.name, x, y), verify


_READERS: dict[str, Callable[[dict[str, Any]], _Read]] = {"RSA": _read_rsa, "EC": _read_ec}


def _number(members: dict[str, Any], name: str) -> int:
    text = members.get(name)
    if type(text) is not str or len(text) > 2 * LARGEST_RSA // 8:
        raise KeyRefusedError(f"{name} is missing, no text, or too long")
    try:
        return int.from_bytes(base64url.decode(text.encode().rstrip(b"=")), "big")
    except ValueError:
        raise KeyRefusedError(f"{name} is not base64url") from None
