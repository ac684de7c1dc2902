"""Rows of all workers added up, those of dead workers too: sums do not go down when a worker dies or is silent."""

from collections.abc import Iterable
from typing import Generic, Protocol, Self, TypeVar

from limen.features.metrics.bounds import MAX_ROWS, OTHER

REMEMBERED_WORKERS = 64
"""Silent workers whose rows are kept apart, in case they answer again."""

Key = tuple[str, str, str]


class Summed(Protocol):
    """One row, as it travels."""

    @property
    def key(self) -> Key: ...

    def zeros(self, key: Key) -> Self:
        """A row of that key that has counted nothing."""

    def add(self, other: Self) -> None: ...


R = TypeVar("R", bound=Summed)


class Sums(Generic[R]):
    """Owned by the totals of one kind of row."""

    def __init__(self) -> None:
        self._last: dict[str, list[R]] = {}
        """The newest rows of each worker, the one that was heard of last at the end."""
        self._retired: dict[Key, R] = {}
        """The sums of workers that are long dead."""

    def update(self, snapshots: Iterable[tuple[str, list[R]]]) -> Iterable[R]:
        """The sums, with the rows of the workers that answered this time, by the names of the workers."""
        answered = 0
        for worker, rows in snapshots:
            self._last.pop(worker, None)
            self._last[worker] = rows
            answered += 1
        while len(self._last) > 2 * answered + REMEMBERED_WORKERS:
            _add(self._retired, self._last.pop(next(iter(self._last))))
        totals: dict[Key, R] = {}
        for rows in (list(self._retired.values()), *self._last.values()):
            _add(totals, rows)
        return totals.values()


def _add(totals: dict[Key, R], rows: Iterable[R]) -> None:
    for row in rows:
        key = row.key
        if key not in totals and len(totals) >= 2 * MAX_ROWS:
            key = (OTHER, OTHER, OTHER)
        total = totals.get(key)
        if total is None:
            total = totals[key] = row.zeros(key)
        total.add(row)
