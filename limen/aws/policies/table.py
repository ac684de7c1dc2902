"""The statements of a policy side by side: each element and each condition key is looked at once for all of them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from limen.aws.policies.asked import Asked
from limen.aws.policies.conditions import compile_many_conditions
from limen.aws.policies.masks import Find, Mask, find_patterns
from limen.aws.policies.operators import compile_wildcards_of
from limen.aws.policies.principals import Named
from limen.aws.policies.statements import Element, Reading, Statement

_Column: TypeAlias = Callable[[Asked], Mask]
"""The statements that an element or a condition leaves in."""


class Table:
    """Of statements of one effect: `doubt` is what is taken to hold where it cannot be said whether it does."""

    def __init__(self, statements: Sequence[Statement], reading: Reading, *, doubt: bool) -> None:
        self._full = (1 << len(statements)) - 1
        self._columns: list[_Column] = []
        for element, wanted in sorted(_group(statements).items(), key=_cost):
            pairs = [(mask, each) for each, mask in wanted.items()]
            column = _compile_column(element, pairs, reading, doubt)
            others = self._full & ~_union(pairs)
            self._columns.append(_with_others(column, others) if others else column)

    def find(self, asked: Asked) -> int | None:
        """The place of the first that applies."""
        left = self._full
        for column in self._columns:
            left &= column(asked)
            if not left:
                return None
        return (left & -left).bit_length() - 1


def _group(statements: Sequence[Statement]) -> dict[Element, dict[Any, Mask]]:
    """What statements want of each element, and which of them do; what is written twice is there once."""
    groups: dict[Element, dict[Any, Mask]] = {}
    for place, statement in enumerate(statements):
        for element, wanted in statement.elements.items():
            group = groups.setdefault(element, {})
            group[wanted] = group.get(wanted, 0) | 1 << place
    return groups


def _cost(grouped: tuple[Element, dict[Any, Mask]]) -> tuple[bool, int]:
    """Elements that few patterns are written for first."""
    element, wanted = grouped
    return element[0] == "Condition", len(wanted)


def _compile_column(element: Element, pairs: list[tuple[Mask, Any]], reading: Reading, doubt: bool) -> _Column:
    kind, is_negated = element[0], element[1] == "Not"
    if kind == "Principal":
        return _compile_not_principals(pairs, doubt) if is_negated else _compile_principals(pairs)
    if kind == "Action":
        find = find_patterns(_spread(pairs), compile_wildcards_of)
        return _compile_listed(find, _union(pairs), lambda asked: asked.action.lower(), is_negated, doubt)
    if kind == "Resource":
        find = find_patterns(_spread(pairs), compile_wildcards_of)
        return _compile_listed(find, _union(pairs), lambda asked: asked.resource, is_negated, doubt)
    holds = compile_many_conditions(element[1], element[2], pairs, reading.version, reading.knows, doubt)
    return lambda asked: holds(asked.context)


def _compile_listed(find: Find, full: Mask, text_of: Callable[[Asked], str], is_negated: bool, doubt: bool) -> _Column:
    if not is_negated:
        return lambda asked: find(text_of(asked), asked.context)[0]

    def is_other(asked: Asked) -> Mask:
        found, unsure = find(text_of(asked), asked.context)
        return full & ~found & ~(0 if doubt else unsure)

    return is_other


def _compile_principals(pairs: list[tuple[Mask, Named]]) -> _Column:
    masks = _by_name(pairs)
    services = _union([pair for pair in pairs if pair[1].is_every_service])

    def are_named(asked: Asked) -> Mask:
        found = services if asked.asker.is_service else 0
        for name in asked.asker.names:
            found |= masks.get(name, 0)
        return found

    return are_named


def _compile_not_principals(pairs: list[tuple[Mask, Named]], is_deny: bool) -> _Column:
    """See principals: a Deny spares who is named at each level."""
    masks, full = _by_name(pairs), _union(pairs)
    everybody = _union([pair for pair in pairs if pair[1].is_everybody])
    services = everybody | _union([pair for pair in pairs if pair[1].is_every_service])

    def are_others(asked: Asked) -> Mask:
        asker = asked.asker
        spared = full if is_deny and asker.levels else 0
        for names in asker.levels if is_deny else (asker.names,):
            named = 0
            for name in names:
                named |= masks.get(name, 0)
            spared = spared & named if is_deny else named
        return full & ~spared & ~(services if asker.is_service else everybody)

    return are_others


def _by_name(pairs: list[tuple[Mask, Named]]) -> dict[str, Mask]:
    masks: dict[str, Mask] = {}
    for mask, named in pairs:
        for name in named.names:
            masks[name] = masks.get(name, 0) | mask
    return masks


def _spread(pairs: list[tuple[Mask, Any]]) -> list[tuple[Mask, Any]]:
    return [(mask, pattern) for mask, patterns in pairs for pattern in patterns]


def _union(pairs: list[tuple[Mask, Any]]) -> Mask:
    union = 0
    for mask, _ in pairs:
        union |= mask
    return union


def _with_others(column: _Column, others: Mask) -> _Column:
    """Statements without the element are left in."""
    return lambda asked: column(asked) | others
