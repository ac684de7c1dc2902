"""Finds the first statement that applies: few one after the other, many side by side."""

from collections.abc import Sequence
from typing import TypeAlias

from limen.aws.policies.asked import Asked
from limen.aws.policies.statements import Reading, Statement
from limen.aws.policies.table import Table

_FEW = 8
"""As many statements are looked at faster than found."""
_SIDE_BY_SIDE = 1024
"""Statements of a table: what it takes grows with the square of how many there are."""

_Numbered: TypeAlias = tuple[int, Statement]


class Index:
    def __init__(self, numbered: Sequence[_Numbered], reading: Reading, *, doubt: bool) -> None:
        self._numbers = [number for number, _ in numbered]
        statements = [statement for _, statement in numbered]
        self._few = statements if len(statements) <= _FEW else []
        self._tables: list[tuple[int, Table]] = []
        if not self._few:
            for place in range(0, len(statements), _SIDE_BY_SIDE):
                table = Table(statements[place : place + _SIDE_BY_SIDE], reading, doubt=doubt)
                self._tables.append((place, table))

    def find(self, asked: Asked) -> int | None:
        """Its number."""
        for place, statement in enumerate(self._few):
            if statement.applies(asked):
                return self._numbers[place]
        for first, table in self._tables:
            found = table.find(asked)
            if found is not None:
                return self._numbers[first + found]
        return None
