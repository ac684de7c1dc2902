"""Sealed texts: AES-256-GCM, under a key derived for one purpose, bound to what they are about.

NIST SP 800-38D. A sealed text opens whole and unchanged, for what it was sealed about, or not at all.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class Seal:
    """One purpose's; two seals of the same key and different purposes open nothing of each other."""

    def __init__(self, key: bytes, purpose: str) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes at least, not {len(key)}")
        self.key = hmac.digest(key, f"limen: {purpose}".encode(), "sha256")
        self._cipher = AESGCM(self.key)

    @staticmethod
    def of(key: bytes) -> "Seal":
        """The seal whose derived `key` this is, for a process that is not given the whole one."""
        seal = object.__new__(Seal)
        seal.key = key
        seal._cipher = AESGCM(key)
        return seal

    def close(self, content: bytes, about: str = "") -> str:
        """Letters, digits, - and _ that nobody reads or changes; different each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, content, about.encode())).decode().rstrip("=")

    def open(self, sealed: str, about: str = "") -> bytes | None:
        """None for what this seal did not close about this."""
        try:
            raw = urlsafe_b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4))
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], about.encode())
        except (ValueError, InvalidTag):  # UnicodeEncodeError and binascii.Error are ValueErrors
            return None
