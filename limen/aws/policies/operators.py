"""What the condition operators of policies compare, and how.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from limen.aws.policies.addresses import Ranges, read_address
from limen.aws.policies.asked import Context
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.masks import (
    Find,
    Mask,
    Wanted,
    as_it_is,
    find_addresses,
    find_equal,
    find_ordered,
    find_patterns,
    find_texts,
)
from limen.aws.policies.scalars import read_date, read_number
from limen.aws.policies.variables import Knows, Part, Variable, fill, find_variables, read_pattern, read_text
from limen.aws.policies.wildcards import Match, Piece, compile_wildcards

Compare: TypeAlias = Callable[[str, Context], bool | None]
"""Whether a value of the context is one of those wanted; None where that cannot be said."""


class Operator(Struct, frozen=True):
    """Both functions take what is wanted of a key; `compile` raises NotUnderstoodError."""

    compile: Callable[[list[str], str, Knows], Compare]
    find: Callable[[Wanted, str, Knows], Find]
    """For what many statements want, each of which `compile` took."""
    is_negated: bool = False
    is_of_texts: bool = False
    """Only variables without a value leave in doubt whether these match."""


def find_operator(name: str) -> Operator | None:
    """By its name without set operator and IfExists."""
    return _OPERATORS.get(name)


# --- texts


def _compile_equals(wanted: list[str], version: str, knows: Knows) -> Compare:
    return _compile_texts([read_text(text, version, knows) for text in wanted], as_it_is)


def _find_equals(wanted: Wanted, version: str, knows: Knows) -> Find:
    return find_texts([(mask, read_text(text, version, knows)) for mask, text in _spread(wanted)], as_it_is)


def _compile_equals_ignore_case(wanted: list[str], version: str, knows: Knows) -> Compare:
    return _compile_texts([read_text(text, version, knows) for text in wanted], str.lower)


def _find_equals_ignore_case(wanted: Wanted, version: str, knows: Knows) -> Find:
    return find_texts([(mask, read_text(text, version, knows)) for mask, text in _spread(wanted)], str.lower)


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


def _find_like(wanted: Wanted, version: str, knows: Knows) -> Find:
    patterns = [(mask, read_pattern(text, version, knows)) for mask, text in _spread(wanted)]
    return find_patterns(patterns, compile_wildcards_of)


def _compile_arn(wanted: list[str], version: str, knows: Knows) -> Compare:
    patterns = [read_pattern(text, version, knows) for text in wanted]
    for pattern in patterns:
        _split_arn(pattern)
    return _compile_patterns(patterns, _compile_arn_pattern)


def _find_arn(wanted: Wanted, version: str, knows: Knows) -> Find:
    patterns = [(mask, read_pattern(text, version, knows)) for mask, text in _spread(wanted)]
    return find_patterns(patterns, _compile_arn_pattern)


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


def _find_bool(wanted: Wanted, _: str, __: Knows) -> Find:
    return find_equal(wanted, str.lower, str.lower)


def _compile_binary(wanted: list[str], _: str, __: Knows) -> Compare:
    try:
        decoded = frozenset(base64.b64decode(text, validate=True) for text in wanted)
    except (binascii.Error, ValueError):
        raise NotUnderstoodError("BinaryEquals takes base64") from None
    return lambda value, _: _encode(value) in decoded


def _find_binary(wanted: Wanted, _: str, __: Knows) -> Find:
    return find_equal(wanted, _encode, base64.b64decode)


def _encode(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _compile_addresses(wanted: list[str], _: str, __: Knows) -> Compare:
    ranges = Ranges(wanted)

    def is_within(value: str, _: Context) -> bool | None:
        address = read_address(value)
        return None if address is None else ranges.contains(address)

    return is_within


def _find_addresses(wanted: Wanted, _: str, __: Knows) -> Find:
    return find_addresses(wanted)


def _ordered(read: Callable[[str], Any], holds: Callable[[Any, Any], Any], *, is_negated: bool = False) -> Operator:
    """Numbers or dates: whether what there is is smaller, greater or the same as what is wanted."""

    def compile_ordered(wanted: list[str], _: str, __: Knows) -> Compare:
        numbers: list[Decimal | float] = [read(text) for text in wanted]
        if any(number is None for number in numbers):
            raise NotUnderstoodError(f"one of {wanted} cannot be compared")

        def is_in_order(value: str, _: Context) -> bool | None:
            there = read(value)
            return None if there is None else any(holds(there, number) for number in numbers)

        return is_in_order

    def find_in_order(wanted: Wanted, _: str, __: Knows) -> Find:
        if holds is eq:
            return find_equal(wanted, read, read)
        return find_ordered(wanted, read, is_less=holds in (lt, le), or_equal=holds in (le, ge))

    return Operator(compile_ordered, find_in_order, is_negated=is_negated)


_EQUALS = Operator(_compile_equals, _find_equals, is_of_texts=True)
_EQUALS_IGNORE_CASE = Operator(_compile_equals_ignore_case, _find_equals_ignore_case, is_of_texts=True)
_LIKE = Operator(_compile_like, _find_like, is_of_texts=True)
_ARN = Operator(_compile_arn, _find_arn, is_of_texts=True)
_ADDRESS = Operator(_compile_addresses, _find_addresses)
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}


def _negated(operator: Operator) -> Operator:
    return replace(operator, is_negated=True)


_OPERATORS: dict[str, Operator] = {
    "StringEquals": _EQUALS,
    "StringNotEquals": _negated(_EQUALS),
    "StringEqualsIgnoreCase": _EQUALS_IGNORE_CASE,
    "StringNotEqualsIgnoreCase": _negated(_EQUALS_IGNORE_CASE),
    "StringLike": _LIKE,
    "StringNotLike": _negated(_LIKE),
    **{f"Numeric{name}": _ordered(read_number, holds) for name, holds in _ORDERS.items()},
    "NumericNotEquals": _ordered(read_number, eq, is_negated=True),
    **{f"Date{name}": _ordered(read_date, holds) for name, holds in _ORDERS.items()},
    "DateNotEquals": _ordered(read_date, eq, is_negated=True),
    "Bool": Operator(_compile_bool, _find_bool),
    "BinaryEquals": Operator(_compile_binary, _find_binary),
    "IpAddress": _ADDRESS,
    "NotIpAddress": _negated(_ADDRESS),
    "ArnEquals": _ARN,
    "ArnLike": _ARN,
    "ArnNotEquals": _negated(_ARN),
    "ArnNotLike": _negated(_ARN),
}
"""ArnEquals takes wildcards like ArnLike, as AWS's does."""


def _spread(wanted: Wanted) -> list[tuple[Mask, str]]:
    return [(mask, text) for mask, texts in wanted for text in texts]


def _join(parts: Sequence[Any]) -> str:
    return "".join(str(part) for part in parts)


def _pieces(parts: tuple[Part, ...]) -> tuple[Piece, ...]:
    """Of a pattern without variables."""
    return tuple(part for part in parts if not isinstance(part, Variable))
