"""Finds those of many statements that want a value: one look answers for all of them.

Statements are the bits of a number. That a statement wants a value, or that it does not, is then one operation for a
thousand of them, so that conditions that exclude cost no more than those that ask for something.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeAlias

from limen.aws.policies.addresses import read_address, read_range
from limen.aws.policies.asked import Context
from limen.aws.policies.pattern_sets import Compile, PatternSet
from limen.aws.policies.variables import Part, fill, find_variables
from limen.aws.policies.wildcards import compile_wildcards

Mask: TypeAlias = int
"""A bit for each statement."""
Wanted: TypeAlias = Sequence[tuple[Mask, Sequence[str]]]
"""The values that statements want; one of them does."""
Find: TypeAlias = Callable[[str, Context], tuple[Mask, Mask]]
"""The statements that want a value, and those of which that cannot be said."""


def as_it_is(text: str) -> str:
    return text


def find_texts(wanted: Sequence[tuple[Mask, tuple[Part, ...]]], fold: Callable[[str], str]) -> Find:
    fixed = _merge((fold(_join(parts)), mask) for mask, parts in wanted if not find_variables(parts))
    varying = _merge((parts, mask) for mask, parts in wanted if find_variables(parts))
    if not varying:
        return lambda value, _: (fixed.get(fold(value), 0), 0)
    if fold is as_it_is:
        return find_patterns(wanted, compile_wildcards)

    def find(value: str, context: Context) -> tuple[Mask, Mask]:
        folded = fold(value)
        found, unsure = fixed.get(folded, 0), 0
        for parts, mask in varying.items():
            filled = fill(parts, context)
            if filled is None:
                unsure |= mask
            elif fold(_join(filled)) == folded:
                found |= mask
        return found, unsure & ~found

    return find


def find_patterns(wanted: Sequence[tuple[Mask, tuple[Part, ...]]], compile_one: Compile) -> Find:
    return PatternSet(_merge((parts, mask) for mask, parts in wanted), compile_one).find


def find_addresses(wanted: Wanted) -> Find:
    """One look for each length of prefix; an address that is none is unsure for all."""
    everybody = _union(mask for mask, _ in wanted)
    prefixes: dict[int, dict[int, dict[int, Mask]]] = {32: {}, 128: {}}
    for mask, texts in wanted:
        for bits, length, number in map(read_range, texts):
            numbers = prefixes[bits].setdefault(bits - length, {})
            numbers[number] = numbers.get(number, 0) | mask
    by_bits = {bits: tuple(found.items()) for bits, found in prefixes.items()}

    def find(value: str, _: Context) -> tuple[Mask, Mask]:
        address = read_address(value)
        if address is None:
            return 0, everybody
        bits, number = address
        found = 0
        for shift, numbers in by_bits[bits]:
            found |= numbers.get(number >> shift, 0)
        return found, 0

    return find


def find_equal(wanted: Wanted, read: Callable[[str], Hashable], read_wanted: Callable[[str], Hashable]) -> Find:
    """`read` answers None where what is there cannot be compared."""
    everybody = _union(mask for mask, _ in wanted)
    masks = _merge((read_wanted(text), mask) for mask, texts in wanted for text in texts)

    def find(value: str, _: Context) -> tuple[Mask, Mask]:
        there = read(value)
        return (0, everybody) if there is None else (masks.get(there, 0), 0)

    return find


def find_ordered(wanted: Wanted, read: Callable[[str], Any], *, is_less: bool, or_equal: bool) -> Find:
    """Statements whose bound, or one of whose bounds, what is there is less or greater than."""
    everybody = _union(mask for mask, _ in wanted)
    masks = _merge((read(text), mask) for mask, texts in wanted for text in texts)
    bounds = sorted(masks)
    below = [0]
    """Statements with one of the first bounds, by how many these are."""
    for bound in bounds:
        below.append(below[-1] | masks[bound])
    above = [0]
    for bound in reversed(bounds):
        above.append(above[-1] | masks[bound])
    above.reverse()
    place = bisect_left if is_less == or_equal else bisect_right
    met = above if is_less else below

    def find(value: str, _: Context) -> tuple[Mask, Mask]:
        there = read(value)
        return (0, everybody) if there is None else (met[place(bounds, there)], 0)

    return find


def _merge(pairs: Iterable[tuple[Any, Mask]]) -> dict[Any, Mask]:
    merged: dict[Any, Mask] = {}
    for wanted, mask in pairs:
        merged[wanted] = merged.get(wanted, 0) | mask
    return merged


def _union(masks: Iterable[Mask]) -> Mask:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _join(parts: Iterable[Any]) -> str:
    return "".join(str(part) for part in parts)
