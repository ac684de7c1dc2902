"""Signature Version 4A: the same canonical request, signed with a key of the curve P-256, for several regions at once.

The key comes from the secret by the derivation of NIST SP 800-108 (counter mode), as AWS's Common Runtime does it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

import hmac
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256

ALGORITHM = "AWS4-ECDSA-P256-SHA256"

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""
_TRIES = 254
_LONGEST_SIGNATURE = 144
"""Hexadecimal digits of two numbers of 256 bits in DER."""


@lru_cache(maxsize=1024)
def derive_public_key(access_key_id: str, secret: str) -> EllipticCurvePublicKey:
    """What verifies the signatures of an access key; kept, as it takes longer than verifying."""
    return derive_private_key(derive_number(access_key_id, secret), SECP256R1()).public_key()


def derive_number(access_key_id: str, secret: str) -> int:
    """The private key of an access key."""
    for counter in range(1, _TRIES + 1):
        fixed = ALGORITHM.encode() + b"\0" + access_key_id.encode() + bytes([counter]) + (256).to_bytes(4, "big")
        digest = hmac.digest(b"AWS4A" + secret.encode(), (1).to_bytes(4, "big") + fixed, "sha256")
        number = int.from_bytes(digest, "big")
        if number <= _ORDER - 2:
            return number + 1
    raise ValueError("no key of the curve can be derived from the secret")


def is_signed(text: str, signature: str, key: EllipticCurvePublicKey) -> bool:
    """`signature`: in DER, as hexadecimal digits."""
    try:
        if len(signature) > _LONGEST_SIGNATURE:
            return False
        key.verify(bytes.fromhex(signature), text.encode(), ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def string_to_sign(timestamp: str, date: str, service: str, canonical: str) -> str:
    digest = sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return "\n".join((ALGORITHM, timestamp, f"{date}/{service}/aws4_request", digest))


def is_for_region(region: str, region_set: Iterable[str]) -> bool:
    """`region_set`: names of regions, in which `*` stands for anything: `us-east-1`, `eu-*`, `*`."""
    return any(_is_pattern(each) and fnmatchcase(region, each) for each in region_set)


def _is_pattern(text: str) -> bool:
    return bool(text) and all(character.isascii() and (character.isalnum() or character in "-*") for character in text)
