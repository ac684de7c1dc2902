"""Secure Remote Password as Cognito's SDKs speak it: SRP-6a over the 3072-bit group of RFC 5054, with their own HKDF.

https://datatracker.ietf.org/doc/html/rfc5054. Numbers are hashed as two's complement: a leading 00 where the first
bit is set. The key of a sign-in is 16 bytes of HKDF with the info `Caldera Derived Key`.
"""

import hashlib
import hmac
import os
import re
import secrets

from msgspec import Struct

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
INFO = b"Caldera Derived Key\x01"
SALT_BYTES = 16
KEY_BYTES = 16
_HEX = re.compile(r"[0-9A-Fa-f]{1,1024}")
"""A public number as it is sent: N has 768 digits."""


class SrpError(Exception):
    """A public number that no honest client sends."""


class Verifier(Struct, frozen=True):
    """What is kept of a password, as hexadecimal digits; with it and much time the password can be guessed."""

    salt: str
    value: str


def padded(number: int) -> bytes:
    """Big-endian, with a leading zero byte where the first bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


K = int.from_bytes(hashlib.sha256(padded(N) + bytes([G])).digest(), "big")


def make_verifier(pool_id: str, username: str, password: str, salt: bytes | None = None) -> Verifier:
    """`username`: what the user is called in the challenge, whatever alias they sign in with."""
    number = int.from_bytes(os.urandom(SALT_BYTES) if salt is None else salt, "big")
    inner = hashlib.sha256(f"{pool_name(pool_id)}{username}:{password}".encode("utf-8", "surrogatepass")).digest()
    x = int.from_bytes(hashlib.sha256(padded(number) + inner).digest(), "big")
    return Verifier(f"{number:x}", f"{pow(G, x, N):x}")


def pool_name(pool_id: str) -> str:
    """What follows the region."""
    return pool_id.partition("_")[2]


def read_public(text: str) -> int:
    """The client's public number A. Raises SrpError for zero, which would let anybody in, and for what is no number."""
    number = int(text, 16) if _HEX.fullmatch(text) else 0
    if number % N == 0:
        raise SrpError("Srp A is not a number of the group")
    return number


def secret_number() -> int:
    """The server's secret b."""
    return secrets.randbits(512)


def public_number(verifier: Verifier, secret: int) -> int:
    """The server's public number B."""
    return (K * int(verifier.value, 16) + pow(G, secret, N)) % N


def derive_key(client_public: int, secret: int, verifier: Verifier) -> bytes:
    """What both sides know when the client knows the password."""
    value = int(verifier.value, 16)
    scrambler = hashlib.sha256(padded(client_public) + padded(public_number(verifier, secret))).digest()
    u = int.from_bytes(scrambler, "big")
    shared = pow(client_public * pow(value, u, N), secret, N)
    pseudorandom = hmac.digest(padded(u), padded(shared), "sha256")
    return hmac.digest(pseudorandom, INFO, "sha256")[:KEY_BYTES]


def signature(key: bytes, pool_id: str, username: str, secret_block: bytes, timestamp: str) -> bytes:
    """What a client proves its knowledge of the key with."""
    message = pool_name(pool_id).encode() + username.encode("utf-8", "surrogatepass") + secret_block
    return hmac.digest(key, message + timestamp.encode("utf-8", "surrogatepass"), "sha256")
