"""Finds the statement that applies among many, without a look at most of them.

Each statement is filed by the one of its hints that the fewest others share: the start of its resources, names of
askers, an action, values or addresses that its conditions want. A request looks only at what is filed under what it
has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from limen.aws.policies.addresses import read_address
from limen.aws.policies.asked import Asked
from limen.aws.policies.hints import Hints, Start
from limen.aws.policies.statements import Statement

_FEW = 8
"""As many statements are looked at faster than found."""
_MOST_LENGTHS = 24
"""Of starts of resources that are looked up."""

_Key: TypeAlias = tuple[Any, ...]
_UNSURE: _Key = ()
"""What should be an address is none."""
_Numbered: TypeAlias = tuple[int, Statement]


class Index:
    def __init__(self, numbered: Sequence[_Numbered]) -> None:
        self._lengths = _choose_lengths(numbered) if len(numbered) > _FEW else ()
        self._all = list(numbered)
        self._always: list[_Numbered] = []
        self._filed: dict[_Key, list[_Numbered]] = {}
        self._value_keys: tuple[str, ...] = ()
        self._ranges: tuple[tuple[str, int, int], ...] = ()
        self._has_names = self._has_segments = self._has_actions = False
        if len(numbered) <= _FEW:
            self._always = self._all
        else:
            self._file(numbered)

    def find(self, asked: Asked) -> int | None:
        """The number of the first that applies."""
        for number, statement in self._find_some(asked) if self._filed else self._always:
            if statement.applies(asked):
                return number
        return None

    def _find_some(self, asked: Asked) -> Sequence[_Numbered]:
        """Those that may apply, in order."""
        found = list(self._always)
        for key in self._keys(asked):
            if key == _UNSURE:
                return self._all
            filed = self._filed.get(key)
            if filed is not None:
                found += filed
        found.sort(key=_number)
        return found

    def _file(self, numbered: Sequence[_Numbered]) -> None:
        segments = Counter(
            segment
            for _, statement in numbered
            for start in statement.hints.resources or ()
            for segment in start.segments
        )
        choices = [list(_choices(statement.hints, self._lengths, segments)) for _, statement in numbered]
        shared = Counter(key for ways in choices for way in ways for key in way)
        for pair, ways in zip(numbered, choices, strict=True):
            best = min(ways, key=lambda way: sum(shared[key] for key in way), default=None)
            if best is None:
                self._always.append(pair)
                continue
            for key in best:
                self._filed.setdefault(key, []).append(pair)
        kinds = {key[0] for key in self._filed}
        self._has_names, self._has_segments, self._has_actions = (
            kind in kinds for kind in ("name", "segment", "action")
        )
        self._value_keys = tuple({key[1] for key in self._filed if key[0] == "value"})
        self._ranges = tuple({key[1:4] for key in self._filed if key[0] == "range"})
        lengths = {len(key[1]) for key in self._filed if key[0] == "start"}
        self._lengths = tuple(length for length in self._lengths if length in lengths)

    def _keys(self, asked: Asked) -> Iterable[_Key]:
        """Under which a statement that applies may be filed."""
        resource = asked.resource
        yield "whole", resource
        for length in self._lengths:
            yield "start", resource[:length]
        if self._has_segments:
            for segment in set(resource.split("/")):
                yield "segment", segment
        if self._has_actions:
            yield "action", asked.action.lower()
        if self._has_names:
            for name in asked.asker.names:
                yield "name", name
        for key in self._value_keys:
            value = asked.context.get(key, ())
            for each in (value,) if isinstance(value, str) else value:
                yield "value", key, each
        for key, bits, length in self._ranges:
            value = asked.context.get(key, ())
            for each in (value,) if isinstance(value, str) else value:
                address = read_address(each)
                if address is None:
                    yield _UNSURE
                elif address[0] == bits:
                    yield "range", key, bits, length, address[1] >> (bits - length)


def _number(pair: _Numbered) -> int:
    return pair[0]


def _choices(hints: Hints, lengths: Sequence[int], segments: Mapping[str, int]) -> Iterable[set[_Key]]:
    """Ways to file it: under each of the keys of one way."""
    if hints.resources is not None:
        for way in (
            [_start_key(start, lengths) for start in hints.resources],
            [_segment_key(start, segments) for start in hints.resources],
        ):
            if None not in way:
                yield {key for key in way if key is not None}
    if hints.actions is not None:
        yield {("action", action) for action in hints.actions}
    if hints.names is not None:
        yield {("name", name) for name in hints.names}
    for name, values in hints.values.items():
        yield {("value", name, value) for value in values}
    for name, ranges in hints.ranges.items():
        yield {
            ("range", name, bits, length, number)
            for (bits, length), numbers in ranges.numbers.items()
            for number in numbers
        }


def _start_key(start: Start, lengths: Sequence[int]) -> _Key | None:
    if start.is_whole:
        return "whole", start.text
    longest = max((length for length in lengths if length <= len(start.text)), default=None)
    return None if longest is None else ("start", start.text[:longest])


def _segment_key(start: Start, segments: Mapping[str, int]) -> _Key | None:
    """The one that the fewest patterns have."""
    if start.is_whole:
        return "whole", start.text
    rarest = min(start.segments, key=lambda segment: (segments[segment], segment), default=None)
    return None if rarest is None else ("segment", rarest)


def _choose_lengths(numbered: Sequence[_Numbered]) -> tuple[int, ...]:
    """Of starts: all that there are, or as many of them as are worth a look, spread over all."""
    found = sorted(
        {
            len(start.text)
            for _, statement in numbered
            for start in statement.hints.resources or ()
            if start.text and not start.is_whole
        }
    )
    if len(found) <= _MOST_LENGTHS:
        return tuple(found)
    step = len(found) / _MOST_LENGTHS
    return tuple(found[int(place * step)] for place in range(_MOST_LENGTHS))
