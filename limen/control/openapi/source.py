"""A document and the text that it was read from, with the position of each value."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

MAX_BYTES = 6 * 1024 * 1024  # AWS: an import file has at most 6 MB
MAX_DEPTH = 100
TOO_DEEP = f"the document is nested deeper than {MAX_DEPTH} levels"

Pointer = tuple[str, ...]
Position = tuple[int, int]  # line and column, both from 1


class SourceError(Exception):
    """The text is not a document; `line` and `column` (from 1) say where."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.message = message
        self.line = line
        self.column = column


class Source:
    """A document and where its values stand; positions are found only when somebody asks."""

    def __init__(self, document: dict[str, Any], find_positions: Callable[[], dict[Pointer, Position]]) -> None:
        self.document = document
        self._find_positions = find_positions

    def position(self, pointer: Pointer) -> Position:
        """Where the value at `pointer` stands, or the nearest value around it that the text has."""
        while pointer and pointer not in self._positions:
            pointer = pointer[:-1]
        return self._positions.get(pointer, (1, 1))

    @cached_property
    def _positions(self) -> dict[Pointer, Position]:
        return self._find_positions()


def exact_float(text: str) -> float | str:
    """The number, or its text where a float would read differently: `version: 1.10` is not 1.1."""
    number = float(text)
    return number if repr(number) == text else text
