"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and `${*}`, `${?}`, `${$}` for themselves.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
A value is text: wildcards in it stand for themselves, so that nobody widens a pattern by their name.
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from limen.aws.policies.asked import Context
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.wildcards import Piece, split_wildcards

VERSION = "2012-10-17"
"""Of policies that have variables; in older ones they are text."""
OLD_VERSION = "2008-10-17"
"""Of a policy that names none."""

_REFERENCE = re.compile(r"\$\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9-]+:[^\s,{}]+")
_DEFAULT = re.compile(r"'([^']*)'")
_LITERALS = frozenset("*?$")

Knows: TypeAlias = Callable[[str], bool]
"""Whether it is known what a condition key, in lower case, has for a value."""


class Variable(Struct, frozen=True):
    key: str
    """In lower case."""
    default: str | None


Part: TypeAlias = Piece | Variable


def read_pattern(text: str, version: str, knows: Knows) -> tuple[Part, ...]:
    """With wildcards. Raises NotUnderstoodError."""
    return _read(text, version, knows, split_wildcards)


def read_text(text: str, version: str, knows: Knows) -> tuple[Part, ...]:
    """Where wildcards are characters like others. Raises NotUnderstoodError."""
    return _read(text, version, knows, lambda literal: [literal] if literal else [])


def find_variables(parts: Sequence[Part]) -> bool:
    return any(isinstance(part, Variable) for part in parts)


def fill(parts: Sequence[Part], context: Context) -> list[Piece] | None:
    """None where there is no value for a variable: what it stands in matches nothing."""
    filled: list[Piece] = []
    for part in parts:
        if not isinstance(part, Variable):
            filled.append(part)
            continue
        value = context.get(part.key)
        if not isinstance(value, str):  # of several values none is meant
            value = part.default
        if value is None:
            return None
        filled.append(value)
    return filled


def _read(text: str, version: str, knows: Knows, split: Callable[[str], list[Piece]]) -> tuple[Part, ...]:
    if "${" not in text or version == OLD_VERSION:
        return tuple(split(text))
    if version != VERSION:
        raise NotUnderstoodError(f"the Version {version}")
    parts: list[Part] = []
    position = 0
    for found in _REFERENCE.finditer(text):
        parts += _split_literal(text[position : found.start()], split)
        parts.append(_read_reference(found[1].strip(), knows))
        position = found.end()
    return (*parts, *_split_literal(text[position:], split))


def _split_literal(literal: str, split: Callable[[str], list[Piece]]) -> list[Piece]:
    if "${" in literal:
        raise NotUnderstoodError(f"a variable has no end in {literal!r}")
    return split(literal)


def _read_reference(reference: str, knows: Knows) -> Part:
    if reference in _LITERALS:
        return reference
    name, comma, given = reference.partition(",")
    key = name.strip().lower()
    default = _DEFAULT.fullmatch(given.strip())
    if not _NAME.fullmatch(key) or (comma and default is None) or not knows(key):
        raise NotUnderstoodError(f"the variable {reference!r}")
    return Variable(key, default[1] if default is not None else None)
