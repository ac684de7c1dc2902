"""Passwords: what a pool asks of them, and what is kept of them (scrypt, RFC 7914)."""

import hashlib
import hmac
import os
import secrets
import string
from base64 import b64decode, b64encode
from collections.abc import Iterator

from msgspec import Struct

SYMBOLS = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "
"""What counts as a symbol; a space does inside a password alone, where it can be told from nothing."""
LONGEST = 256

_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 1
"""32 MB and some 60 ms of a core for one guess."""
_SALT_BYTES = 16
_TEMPORARY_LENGTH = 12


class PasswordPolicy(Struct, frozen=True, rename="pascal"):
    """As a pool's document holds it; the values of a pool that says nothing about it."""

    minimum_length: int = 8
    require_uppercase: bool = True
    require_lowercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_validity_days: int = 7


def find_weakness(password: str, policy: PasswordPolicy) -> str | None:
    """Why a pool does not take a password, in AWS's words; None where it does."""
    return next(_weaknesses(password, policy), None)


def hash_password(password: str) -> str:
    """Takes its time, and lets other threads go on meanwhile."""
    salt = os.urandom(_SALT_BYTES)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${_text(salt)}${_text(digest)}"


def is_password(password: str, hashed: str) -> bool:
    """As slow as `hash_password`, whatever the answer."""
    _, cost, block, parallel, salt, digest = hashed.split("$")
    found = _scrypt(password, b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(found, b64decode(digest))


def waste_time(password: str) -> None:
    """As long as it takes to check a password: for users that do not exist."""
    _scrypt(password, bytes(_SALT_BYTES), _COST, _BLOCK, _PARALLEL)


def temporary_password(policy: PasswordPolicy) -> str:
    """One that the policy takes."""
    sets = [string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#%&=+-"]
    length = max(_TEMPORARY_LENGTH, policy.minimum_length)
    letters = [secrets.choice(letters) for letters in sets]
    letters += [secrets.choice("".join(sets)) for _ in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def _weaknesses(password: str, policy: PasswordPolicy) -> Iterator[str]:
    if len(password) < policy.minimum_length:
        yield "Password not long enough"
    if policy.require_lowercase and not any(letter in string.ascii_lowercase for letter in password):
        yield "Password must have lowercase characters"
    if policy.require_uppercase and not any(letter in string.ascii_uppercase for letter in password):
        yield "Password must have uppercase characters"
    if policy.require_numbers and not any(letter in string.digits for letter in password):
        yield "Password must have numeric characters"
    if policy.require_symbols and not any(letter in SYMBOLS for letter in password.strip()):
        yield "Password must have symbol characters"


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    memory = 130 * cost * block * parallel + (1 << 20)
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=cost, r=block, p=parallel, maxmem=memory, dklen=32
    )


def _text(value: bytes) -> str:
    return b64encode(value).decode("ascii")
