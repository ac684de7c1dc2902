"""Texts with `*` (any characters) and `?` (one), compiled to functions.

No pattern takes more steps than its length times that of the text: what stands between two `*` is taken where it is
found first, which never spoils a match that there is.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import TypeAlias

Match: TypeAlias = Callable[[str], bool]


class Wild(Enum):
    ANY = "*"
    ONE = "?"


Piece: TypeAlias = str | Wild
"""Text that stands for itself, or a wildcard."""


def split_wildcards(text: str) -> list[Piece]:
    return [_WILD.get(part, part) for part in _SPLIT.split(text) if part]


def compile_wildcards(pieces: Sequence[Piece]) -> Match:
    if all(isinstance(piece, str) for piece in pieces):
        return _compile_literal("".join(str(piece) for piece in pieces))
    runs = list(_runs(pieces))
    first, last = runs[0], runs[-1]
    if len(runs) == 1:
        return _compile_run(first)
    if len(runs) == 2 and not last and all(isinstance(piece, str) for piece in first):
        return _compile_prefix("".join(str(piece) for piece in first))
    return _compile_runs(runs)


_SPLIT = re.compile(r"([*?])")
_WILD: dict[str, Piece] = {"*": Wild.ANY, "?": Wild.ONE}
_Run: TypeAlias = list[Piece]
"""Pieces between two `*`."""


def _runs(pieces: Sequence[Piece]) -> Iterable[_Run]:
    run: _Run = []
    for piece in pieces:
        if piece is Wild.ANY:
            yield run
            run = []
        else:
            run.append(piece)
    yield run


def _compile_literal(literal: str) -> Match:
    def is_literal(text: str) -> bool:
        return text == literal

    return is_literal


def _compile_prefix(prefix: str) -> Match:
    if not prefix:
        return _is_any

    def has_prefix(text: str) -> bool:
        return text.startswith(prefix)

    return has_prefix


def _is_any(_: str) -> bool:
    return True


def _compile_run(run: _Run) -> Match:
    expression = _expression(run)

    def is_run(text: str) -> bool:
        return expression.fullmatch(text) is not None

    return is_run


def _compile_runs(runs: list[_Run]) -> Match:
    """The first run at the start, the last at the end, and the others between them, one behind the other."""
    first, last = _expression(runs[0]), _expression(runs[-1])
    first_length, last_length = _length(runs[0]), _length(runs[-1])
    between = [_expression(run) for run in runs[1:-1] if run]

    def match_runs(text: str) -> bool:
        end = len(text) - last_length
        if end < first_length or first.match(text) is None or last.match(text, end) is None:
            return False
        position = first_length
        for expression in between:
            found = expression.search(text, position, end)
            if found is None:
                return False
            position = found.end()
        return True

    return match_runs


def _expression(run: _Run) -> re.Pattern[str]:
    return re.compile("".join(re.escape(piece) if isinstance(piece, str) else "." for piece in run), re.DOTALL)


def _length(run: _Run) -> int:
    return sum(len(piece) if isinstance(piece, str) else 1 for piece in run)
