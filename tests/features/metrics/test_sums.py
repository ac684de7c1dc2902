"""Rows of workers, added up."""

from msgspec import Struct

from limen.features.metrics.sums import REMEMBERED_WORKERS, Key, Sums


class Count(Struct):
    key: Key
    value: int

    def zeros(self, key: Key) -> "Count":
        return Count(key, 0)

    def add(self, other: "Count") -> None:
        self.value += other.value


KEY = ("abc", "prod", "x")


def total(sums: Sums[Count], *workers: tuple[str, int]) -> int:
    return sum(row.value for row in sums.update([(name, [Count(KEY, value)]) for name, value in workers]))


def test_a_worker_that_is_silent_still_counts() -> None:
    sums: Sums[Count] = Sums()
    assert total(sums, ("a", 3), ("b", 4)) == 7
    assert total(sums, ("b", 5)) == 8
    assert total(sums) == 8


def test_workers_that_are_long_dead_are_counted_in_one_sum() -> None:
    sums: Sums[Count] = Sums()
    for number in range(3 * REMEMBERED_WORKERS):
        assert total(sums, (f"worker {number}", 1)) == number + 1
    assert len(sums._last) <= REMEMBERED_WORKERS + 2
