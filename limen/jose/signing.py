"""Keys that Limen signs tokens with: RSA, as those of user pools are."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from limen.jose import base64url

_BITS = 2048
_EXPONENT = 65537
_PKCS1 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


class SigningKey:
    """An RSA key that signs by RS256; its id is that of RFC 7638 unless it is given one."""

    __slots__ = ("_header", "_key", "id")

    def __init__(self, key: rsa.RSAPrivateKey, key_id: str | None = None) -> None:
        self._key = key
        self.id = key_id or _thumbprint(key.public_key().public_numbers())
        self._header = base64url.encode(orjson.dumps({"kid": self.id, "alg": "RS256"})) + b"."

    def __repr__(self) -> str:
        """A key is in no log and in no traceback."""
        return f"SigningKey({self.id!r})"

    @classmethod
    def generate(cls, key_id: str | None = None) -> "SigningKey":
        """Takes about 50 ms, often several times that: not for an event loop."""
        return cls(rsa.generate_private_key(_EXPONENT, _BITS), key_id)

    @classmethod
    def from_pem(cls, pem: bytes, key_id: str | None = None) -> "SigningKey":
        """Raises ValueError for what is no unencrypted RSA key."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except TypeError:
            raise ValueError("the key is encrypted") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(key, key_id)

    def to_pem(self) -> bytes:
        """PKCS #8, unencrypted: for files and stores that only the owner reads."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token, in about 0.7 ms."""
        signed = self._header + base64url.encode(orjson.dumps(claims))
        signature = self._key.sign(signed, _PKCS1, _SHA256)
        return (signed + b"." + base64url.encode(signature)).decode()

    def public_jwk(self) -> dict[str, str]:
        """What a key set shows of it, with the members that Cognito's have."""
        numbers = self._key.public_key().public_numbers()
        return {
            "alg": "RS256",
            "e": _number(numbers.e),
            "kid": self.id,
            "kty": "RSA",
            "n": _number(numbers.n),
            "use": "sig",
        }


def _number(value: int) -> str:
    return base64url.encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode()


def _thumbprint(numbers: rsa.RSAPublicNumbers) -> str:
    members = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
    return base64url.encode(sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).digest()).decode()
