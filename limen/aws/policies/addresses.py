"""IP addresses and ranges, as IpAddress conditions compare them: one look for each length of prefix."""

import re
import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from limen.aws.policies.errors import NotUnderstoodError

Address: TypeAlias = tuple[int, int]
"""Bits (32 or 128) and the number; an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is an IPv4 address."""

_LENGTH = re.compile(r"\d{1,3}", re.ASCII)


@lru_cache(maxsize=4096)
def read_address(text: str) -> Address | None:
    """None where it is no address. RFC 4291, section 2.5.5.2, for those of IPv4 in IPv6."""
    try:
        if ":" not in text:
            return 32, int.from_bytes(socket.inet_pton(socket.AF_INET, text))
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, text))
    except (OSError, ValueError):
        return None
    return (32, number & 0xFFFFFFFF) if number >> 32 == 0xFFFF else (128, number)


def read_range(text: str) -> tuple[int, int, int]:
    """Bits, length of the prefix, and the number that the prefix is. Raises NotUnderstoodError."""
    address, slash, given = text.partition("/")
    found = read_address(address)
    if found is None or (slash and not _LENGTH.fullmatch(given)):
        raise NotUnderstoodError(f"{text!r} is no range of addresses")
    bits, number = found
    written = 32 if ":" not in address else 128
    length = int(given) if slash else written
    if length > written:
        raise NotUnderstoodError(f"{text!r} is no range of addresses")
    if bits < written:  # a range of mapped addresses
        if length < 96:
            raise NotUnderstoodError(f"{text!r} is a range of addresses of two kinds")
        length -= 96
    return bits, length, number >> (bits - length)


class Ranges:
    """`::/0` holds no IPv4 address."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises NotUnderstoodError."""
        self.numbers: dict[tuple[int, int], set[int]] = {}
        """By bits and length."""
        for text in texts:
            bits, length, number = read_range(text)
            self.numbers.setdefault((bits, length), set()).add(number)

    def contains(self, address: Address) -> bool:
        bits, number = address
        for (own_bits, length), numbers in self.numbers.items():
            if own_bits == bits and number >> (bits - length) in numbers:
                return True
        return False
