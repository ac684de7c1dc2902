"""What the condition operators of policies compare, and how.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from msgspec import Struct

from limen.aws.policies.addresses import Ranges, read_address
from limen.aws.policies.asked import Context
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.scalars import read_date, read_number
from limen.aws.policies.variables import Knows, Part, Variable, fill, find_variables, read_pattern, read_text
from limen.aws.policies.wildcards import Match, Piece, compile_wildcards

Compare: TypeAlias = Callable[[str, Context], bool | None]
"""Whether a value of the context is one of those wanted; None where that cannot be said."""


class Operator(Struct, frozen=True):
    """`compile` takes what is wanted of a key and raises NotUnderstoodError."""

    compile: Callable[[list[str], str, Knows], Compare]
    is_negated: bool = False
    is_of_texts: bool = False
    """Only variables without a value leave in doubt whether these match."""


def find_operator(name: str) -> Operator | None:
    """By its name without set operator and IfExists."""
    return _OPERATORS.get(name)


# --- texts


def _compile_equals(wanted: list[str], version: str, knows: Knows) -> Compare:
    return _compile_texts([read_text(text, version, knows) for text in wanted], lambda text: text)


def _compile_equals_ignore_case(wanted: list[str], version: str, knows: Knows) -> Compare:
    return _compile_texts([read_text(text, version, knows) for text in wanted], str.lower)


def _compile_texts(wanted: list[tuple[Part, ...]], fold: Callable[[str], str]) -> Compare:
    fixed = frozenset(fold(_join(parts)) for parts in wanted if not find_variables(parts))
    varying = [parts for parts in wanted if find_variables(parts)]

    def is_one_of(value: str, context: Context) -> bool | None:
        folded = fold(value)
        if folded in fixed:
            return True
        found: bool | None = False
        for parts in varying:
            filled = fill(parts, context)
            if filled is None:
                found = None
            elif fold(_join(filled)) == folded:
                return True
        return found

    return is_one_of


def _compile_like(wanted: list[str], version: str, knows: Knows) -> Compare:
    return _compile_patterns([read_pattern(text, version, knows) for text in wanted], compile_wildcards_of)


def _compile_arn(wanted: list[str], version: str, knows: Knows) -> Compare:
    patterns = [read_pattern(text, version, knows) for text in wanted]
    for pattern in patterns:
        _split_arn(pattern)
    return _compile_patterns(patterns, _compile_arn_pattern)


def _compile_patterns(wanted: list[tuple[Part, ...]], compile_one: Callable[[tuple[Piece, ...]], Match]) -> Compare:
    fixed = [compile_one(_pieces(parts)) for parts in wanted if not find_variables(parts)]
    varying = [parts for parts in wanted if find_variables(parts)]

    def is_like(value: str, context: Context) -> bool | None:
        for matches in fixed:
            if matches(value):
                return True
        found: bool | None = False
        for parts in varying:
            filled = fill(parts, context)
            if filled is None:
                found = None
            elif compile_one(tuple(filled))(value):
                return True
        return found

    return is_like


@lru_cache(maxsize=1024)
def compile_wildcards_of(pieces: tuple[Piece, ...]) -> Match:
    """Kept: patterns with variables are compiled once for each value."""
    return compile_wildcards(pieces)


# --- ARNs


def _compile_arn_pattern(pieces: tuple[Piece, ...]) -> Match:
    """Part by part: a wildcard reaches over a colon in the resource alone."""
    matches = [compile_wildcards_of(tuple(part)) for part in _split_arn(pieces)]

    def is_arn(value: str) -> bool:
        parts = value.split(":", 5)
        return len(parts) == 6 and all(match(part) for match, part in zip(matches, parts, strict=True))

    return is_arn


def _split_arn(pieces: Sequence[Any]) -> list[list[Any]]:
    """Raises NotUnderstoodError where there are not six parts."""
    parts: list[list[Any]] = [[]]
    for piece in pieces:
        if not isinstance(piece, str):
            parts[-1].append(piece)
            continue
        first, *others = piece.split(":", 6 - len(parts))
        parts[-1] += [first] if first else []
        parts += [[other] if other else [] for other in others]
    if len(parts) != 6:
        raise NotUnderstoodError("a pattern of ARNs has six parts")
    return parts


# --- others


def _compile_bool(wanted: list[str], _: str, __: Knows) -> Compare:
    folded = frozenset(text.lower() for text in wanted)
    if not folded <= {"true", "false"}:
        raise NotUnderstoodError("Bool takes true or false")
    return lambda value, _: value.lower() in folded


def _compile_binary(wanted: list[str], _: str, __: Knows) -> Compare:
    try:
        decoded = frozenset(base64.b64decode(text, validate=True) for text in wanted)
    except (binascii.Error, ValueError):
        raise NotUnderstoodError("BinaryEquals takes base64") from None
    return lambda value, _: value.encode("utf-8", "surrogateescape") in decoded


def _compile_addresses(wanted: list[str], _: str, __: Knows) -> Compare:
    ranges = Ranges(wanted)

    def is_within(value: str, _: Context) -> bool | None:
        address = read_address(value)
        return None if address is None else ranges.contains(address)

    return is_within


def _ordered(
    read: Callable[[str], Any], holds: Callable[[Any, Any], Any]
) -> Callable[[list[str], str, Knows], Compare]:
    """Numbers or dates: whether what there is is smaller, greater or the same as what is wanted."""

    def compile_ordered(wanted: list[str], _: str, __: Knows) -> Compare:
        numbers: list[Decimal | float] = [read(text) for text in wanted]
        if any(number is None for number in numbers):
            raise NotUnderstoodError(f"one of {wanted} cannot be compared")

        def is_in_order(value: str, _: Context) -> bool | None:
            there = read(value)
            return None if there is None else any(holds(there, number) for number in numbers)

        return is_in_order

    return compile_ordered


def _is_same(there: Any, wanted: Any) -> bool:
    return bool(there == wanted)


_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}
_OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_compile_equals, is_of_texts=True),
    "StringNotEquals": Operator(_compile_equals, is_negated=True, is_of_texts=True),
    "StringEqualsIgnoreCase": Operator(_compile_equals_ignore_case, is_of_texts=True),
    "StringNotEqualsIgnoreCase": Operator(_compile_equals_ignore_case, is_negated=True, is_of_texts=True),
    "StringLike": Operator(_compile_like, is_of_texts=True),
    "StringNotLike": Operator(_compile_like, is_negated=True, is_of_texts=True),
    "NumericEquals": Operator(_ordered(read_number, _is_same)),
    "NumericNotEquals": Operator(_ordered(read_number, _is_same), is_negated=True),
    **{f"Numeric{name}": Operator(_ordered(read_number, holds)) for name, holds in _ORDERS.items()},
    "DateEquals": Operator(_ordered(read_date, _is_same)),
    "DateNotEquals": Operator(_ordered(read_date, _is_same), is_negated=True),
    **{f"Date{name}": Operator(_ordered(read_date, holds)) for name, holds in _ORDERS.items()},
    "Bool": Operator(_compile_bool),
    "BinaryEquals": Operator(_compile_binary),
    "IpAddress": Operator(_compile_addresses),
    "NotIpAddress": Operator(_compile_addresses, is_negated=True),
    "ArnEquals": Operator(_compile_arn, is_of_texts=True),
    "ArnLike": Operator(_compile_arn, is_of_texts=True),
    "ArnNotEquals": Operator(_compile_arn, is_negated=True, is_of_texts=True),
    "ArnNotLike": Operator(_compile_arn, is_negated=True, is_of_texts=True),
}
"""ArnEquals takes wildcards like ArnLike, as AWS's does."""


def _join(parts: Sequence[Any]) -> str:
    return "".join(str(part) for part in parts)


def _pieces(parts: tuple[Part, ...]) -> tuple[Piece, ...]:
    """Of a pattern without variables."""
    return tuple(part for part in parts if not isinstance(part, Variable))
