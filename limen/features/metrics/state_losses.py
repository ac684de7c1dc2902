"""How often workers were without the shared state, as figures of all of them."""

from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct, convert

from limen.features.metrics.sums import Key, Sums

_ALL: Key = ("", "", "")


class LossRow(Struct, array_like=True):
    """Of one worker, as it travels."""

    is_away: bool
    losses: int
    admitted: int

    @property
    def key(self) -> Key:
        return _ALL

    def zeros(self, key: Key) -> "LossRow":
        return LossRow(False, 0, 0)

    def add(self, other: "LossRow") -> None:
        self.losses += other.losses
        self.admitted += other.admitted


class StateLosses:
    """Owned by the totals."""

    def __init__(self) -> None:
        self._sums: Sums[LossRow] = Sums()

    def render(self, snapshots: Collection[dict[str, Any]]) -> str:
        """Nothing where no worker tells."""
        found = [(each["worker"], [convert(each["state"], LossRow)]) for each in snapshots if "state" in each]
        away = sum(row.is_away for _, (row,) in found)
        lines = [line for total in self._sums.update(found) for line in _lines(total, away)]
        return "".join(f"{line}\n" for line in lines)


def _lines(total: LossRow, away: int) -> Iterator[str]:
    yield "# HELP limen_state_away Gateway workers that are without the shared state now."
    yield "# TYPE limen_state_away gauge"
    yield f"limen_state_away {away}"
    yield "# HELP limen_state_losses_total How often a worker lost the shared state."
    yield "# TYPE limen_state_losses_total counter"
    yield f"limen_state_losses_total {total.losses}"
    yield "# HELP limen_admitted_alone_total Calls that workers admitted by themselves meanwhile."
    yield "# TYPE limen_admitted_alone_total counter"
    yield f"limen_admitted_alone_total {total.admitted}"
