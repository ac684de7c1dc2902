"""Base64 for URLs without padding, and nothing else: one text for one value (RFC 4648, section 5; RFC 7515)."""

import binascii

_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
"""What belongs to other alphabets becomes what is in none."""

_TO_URL = bytes.maketrans(b"+/", b"-_")

_PADDING = (b"", b"", b"==", b"=")
"""By what is left of the length when it is divided by four; 1 cannot be."""

_LAST: tuple[frozenset[int], ...] = (frozenset(), frozenset(), frozenset(b"AQgw"), frozenset(b"AEIMQUYcgkosw048"))
"""Of a length that is not whole, the last character with no bits beyond the last byte: others say the same value."""


def encode(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def decode(text: bytes) -> bytes:
    """Raises ValueError for padding, white space, another alphabet, and bits that belong to no byte."""
    left = len(text) % 4
    if left and (left == 1 or text[-1] not in _LAST[left]):
        raise ValueError("not base64url")
    return binascii.a2b_base64(text.translate(_TO_STANDARD) + _PADDING[left], strict_mode=True)
