"""Secrets at rest and state that travels with a client: encrypted and authenticated with keys of the data directory.

AES-256-GCM (NIST SP 800-38D) under a key for each purpose (HKDF, RFC 5869), so that what was sealed for one purpose
opens for no other.
"""

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from limen.jose import base64url

NONCE_BYTES = 12
KEY_BYTES = 32


class SealError(Exception):
    """What should be opened was not sealed here for this purpose, or was changed since."""


class Sealer:
    """`key`: 32 random bytes that never change; what was sealed is lost with them."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, content: bytes, purpose: str) -> str:
        """Text of letters, digits, - and _, other each time."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(purpose).encrypt(nonce, content, None)
        return base64url.encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, purpose: str) -> bytes:
        try:
            raw = base64url.decode(sealed.encode("ascii"))  # one text only for one value: it may be used once
            return self._cipher(purpose).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
        except (ValueError, InvalidTag):
            raise SealError(f"not sealed here for {purpose}, or changed since") from None

    def mac(self, content: bytes, purpose: str) -> bytes:
        """32 bytes that nobody without the key can tell of `content`."""
        return hmac.digest(self._derive(f"mac {purpose}"), content, "sha256")

    def _cipher(self, purpose: str) -> AESGCM:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            cipher = self._ciphers[purpose] = AESGCM(self._derive(f"seal {purpose}"))
        return cipher

    def _derive(self, name: str) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"limen {name}".encode()).derive(self._key)
