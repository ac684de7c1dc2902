"""Many patterns with `*` and `?`: those that a text matches, without a look at most of them.

Each is filed by what the fewest others share: all of it where it has no wildcard, what it starts with, or a few
characters that stand together somewhere in it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile
from typing import TypeAlias

from limen.aws.policies.asked import Context
from limen.aws.policies.variables import Part, Variable, fill
from limen.aws.policies.wildcards import Match, Piece

Compile: TypeAlias = Callable[[tuple[Piece, ...]], Match]

_GRAMS = (6, 4, 3, 2)
"""As many characters are looked up together: of a text in a pattern the most that it has."""
_MOST_LENGTHS = 16
"""Of starts that are looked up."""
_KEPT = 128
"""Texts whose patterns are remembered: those of a request come again."""
_LONGEST_KEPT = 512

_Pattern: TypeAlias = tuple[Part, ...]
_Entry: TypeAlias = tuple[_Pattern, int, Match | None]


class PatternSet:
    """`masks` are the statements, as bits, that have a pattern."""

    def __init__(self, masks: Mapping[_Pattern, int], compile_one: Compile) -> None:
        self._compile_one = compile_one
        self._whole: dict[str, int] = {}
        fixed: list[_Entry] = []
        varying: list[_Entry] = []
        self._needs: dict[str, int] = {}
        """Statements with a pattern that has a variable, by its key: unsure without its value."""
        for pattern, mask in masks.items():
            pieces = tuple(part for part in pattern if not isinstance(part, Variable))
            if len(pieces) < len(pattern):
                varying.append((pattern, mask, None))
                for part in pattern:
                    if isinstance(part, Variable) and part.default is None:
                        self._needs[part.key] = self._needs.get(part.key, 0) | mask
            elif all(isinstance(piece, str) for piece in pieces):
                text = "".join(str(piece) for piece in pieces)
                self._whole[text] = self._whole.get(text, 0) | mask
            else:
                fixed.append((pattern, mask, compile_one(pieces)))
        self._fixed = _File(fixed)
        self._varying = _File(varying) if varying else None
        self._find_kept = lru_cache(_KEPT)(self._find_fixed)

    def find(self, text: str, context: Context) -> tuple[int, int]:
        """The statements that have a pattern that it matches, and those of which that cannot be said."""
        found = self._find_kept(text) if len(text) <= _LONGEST_KEPT else self._find_fixed(text)
        if self._varying is None:
            return found, 0
        unsure = 0
        for key, mask in self._needs.items():
            if not isinstance(context.get(key), str):
                unsure |= mask
        for pattern, mask, _ in self._varying.find(text):
            if mask & ~found:
                filled = fill(pattern, context)
                if filled is not None and self._compile_one(tuple(filled))(text):
                    found |= mask
        return found, unsure & ~found

    def _find_fixed(self, text: str) -> int:
        found = self._whole.get(text, 0)
        for _, mask, match in self._fixed.find(text):
            if mask & ~found and match is not None and match(text):
                found |= mask
        return found


class _File:
    def __init__(self, entries: Sequence[_Entry]) -> None:
        starts = [_start(entry[0]) for entry in entries]
        self._lengths = _choose_lengths(starts)
        choices = [
            [*_start_keys(start, self._lengths), *_gram_keys(entry[0])]
            for start, entry in zip(starts, entries, strict=True)
        ]
        shared = Counter(key for keys in choices for key in keys)
        self._always: list[_Entry] = []
        self._starts: dict[str, list[_Entry]] = {}
        self._grams: dict[str, list[_Entry]] = {}
        for entry, start, keys in zip(entries, starts, choices, strict=True):
            # A key that only this pattern has says nothing of how often texts have it: the longest is best then.
            best = min(keys, key=lambda key: (shared[key], -len(key)), default=None)
            if best is None:
                self._always.append(entry)
            else:
                filed = self._starts if start.startswith(best) and len(best) in self._lengths else self._grams
                filed.setdefault(best, []).append(entry)
        self._lengths = tuple(sorted({len(start) for start in self._starts}))
        self._sizes = tuple(sorted({len(gram) for gram in self._grams}))

    def find(self, text: str) -> list[_Entry]:
        """All that the text may match."""
        found = list(self._always)
        starts, grams = self._starts, self._grams
        for length in self._lengths:
            found += starts.get(text[:length], ())
        for size in self._sizes:
            there = {text[place : place + size] for place in range(len(text) - size + 1)}
            for gram in there & grams.keys():
                found += grams[gram]
        return found


def _start(pattern: _Pattern) -> str:
    return "".join(str(part) for part in takewhile(lambda part: isinstance(part, str), pattern))


def _start_keys(start: str, lengths: Sequence[int]) -> list[str]:
    longest = max((length for length in lengths if length <= len(start)), default=None)
    return [] if longest is None else [start[:longest]]


def _gram_keys(pattern: _Pattern) -> Iterable[str]:
    """Of what comes behind the start."""
    _, *others = _runs(pattern)
    for text in others:
        size = next((size for size in _GRAMS if size <= len(text)), None)
        if size is not None:
            yield from (text[place : place + size] for place in range(len(text) - size + 1))


def _runs(pattern: _Pattern) -> list[str]:
    """Texts between what is open; neighbours are one."""
    runs = [""]
    for part in pattern:
        if isinstance(part, str):
            runs[-1] += part
        else:
            runs.append("")
    return runs


def _choose_lengths(starts: Sequence[str]) -> tuple[int, ...]:
    """Of starts: all that there are, or as many of them as are worth a look, spread over all."""
    found = sorted({len(start) for start in starts if start})
    if len(found) <= _MOST_LENGTHS:
        return tuple(found)
    step = len(found) / _MOST_LENGTHS
    return tuple(found[int(place * step)] for place in range(_MOST_LENGTHS))
