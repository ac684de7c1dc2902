"""Reads a token strictly: before anything in it is believed, it can be read in one way only (RFC 7515, RFC 8725)."""

from typing import Any

from limen.jose import base64url
from limen.jose.errors import TokenError
from limen.jose.strict_json import read_object

MOST_BYTES = 16_384
"""Of a token. Request heads are bounded below that already; this is for whoever else reads tokens."""

LONGEST_KEY_ID = 512

_REFUSED = ("crit", "b64", "zip", "enc")
"""Header members that change how a token has to be read. Whoever does not know one of them has to refuse the token
(RFC 7515, section 4.1.11; RFC 7516)."""


class Token:
    """A token as it says of itself: nothing of it is true before its signature was verified.

    Keys that a header brings or points to (`jwk`, `jku`, `x5c`, `x5u`) are not looked at.
    """

    __slots__ = ("algorithm", "claims", "header", "key_id", "signature", "signed")

    def __init__(self, header: dict[str, Any], claims: dict[str, Any], signed: bytes, signature: bytes) -> None:
        self.header = header
        self.claims = claims
        self.signed = signed
        """What the signature is of: header and payload as sent."""
        self.signature = signature
        self.algorithm: str = header["alg"]
        self.key_id: str = header["kid"]


def parse_token(text: bytes) -> Token:
    """Raises TokenError."""
    if len(text) > MOST_BYTES:
        raise TokenError("token", f"longer than {MOST_BYTES} bytes")
    if text.count(b".") != 2:
        raise TokenError("token", "not three parts with dots between")
    signed, _, last = text.rpartition(b".")
    first, _, middle = signed.partition(b".")
    header = _read_part("header", first)
    _check_header(header)
    claims = _read_part("payload", middle)
    try:
        signature = base64url.decode(last)
    except ValueError as error:
        raise TokenError("signature", str(error)) from None
    return Token(header, claims, signed, signature)


def _read_part(part: str, text: bytes) -> dict[str, Any]:
    try:
        return read_object(base64url.decode(text))
    except ValueError as error:
        # Errors of JSON parsers quote what they could not read.
        reason = str(error) if type(error) is ValueError else "not base64url of an object of JSON"
        raise TokenError(part, reason) from None


def _check_header(header: dict[str, Any]) -> None:
    for name in _REFUSED:
        if name in header:
            raise TokenError("header", f"{name} is not understood")
    if type(header.get("alg")) is not str:
        raise TokenError("header", "alg is missing or no text")
    key_id = header.get("kid")
    if type(key_id) is not str or not 0 < len(key_id) <= LONGEST_KEY_ID:
        raise TokenError("header", "kid is missing, no text, or too long")
