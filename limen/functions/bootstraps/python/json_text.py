"""JSON as the Python runtime of AWS reads and writes it, by the C parts of `json` alone.

The module `json` imports `re`, which takes 10 ms of a cold start; its C parts take none. Whatever they refuse is given
to `json` itself, which knows the words of the error.
"""

from __future__ import annotations

import sys
from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

WHITESPACE = b" \t\n\r"


class _Reading:
    """What the C scanner asks of its owner: the defaults of json.loads."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": -float("inf")}.__getitem__
    memo: dict[str, str] = {}


_scan: Callable[[str, int], tuple[Any, int]] = make_scanner(_Reading)  # type: ignore[arg-type]


def loads(payload: bytes) -> Any:
    """Raises ValueError in the words of json.loads."""
    try:
        text = payload.strip(WHITESPACE).decode()
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except (StopIteration, ValueError, SystemError):
        pass  # SystemError: some versions look for the class of their error in a module that nobody has loaded
    import json

    return json.loads(payload)


class _Number(str):
    """Digits that are written as they are."""

    __slots__ = ()


class _DecimalError(Exception):
    """Raised when a decimal is met: the faster encoder cannot write one with all its digits."""


# Python 3.12 is the first runtime of AWS that writes Unicode as it is.
_encode_string: Callable[[str], str] = encode_basestring if sys.version_info >= (3, 12) else encode_basestring_ascii


def _encode_string_or_number(value: str) -> str:
    return str(value) if type(value) is _Number else _encode_string(value)


def _refuse(value: Any) -> Any:
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        raise _DecimalError
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _decimal_or_refuse(value: Any) -> Any:
    decimal = sys.modules.get("decimal")
    if decimal is None or not isinstance(value, decimal.Decimal):
        return _refuse(value)
    return float("nan") if value.is_nan() else _Number(value)


def dumps(value: Any) -> bytes:
    """Decimals keep their digits and NaN is written as such, as on AWS. Raises TypeError or ValueError."""
    try:
        pieces = make_encoder({}, _refuse, _encode_string, None, ": ", ", ", False, False, True)(value, 0)
    except _DecimalError:
        encode = _encode_string_or_number
        pieces = make_encoder({}, _decimal_or_refuse, encode, None, ": ", ", ", False, False, True)(value, 0)
    # A lone surrogate becomes \udc80, which is how JSON writes it.
    return "".join(pieces).encode("utf-8", "backslashreplace")
