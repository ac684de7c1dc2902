"""Lock-outs as AWS describes them, rates, and what counts once."""

from limen.identity.attempts import LockOuts, Rates, Used


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_the_fifth_failure_locks_for_a_second_and_each_after_it_twice_as_long() -> None:
    clock = Clock()
    locks = LockOuts(clock)
    for _ in range(4):
        locks.fail("ana")
    assert not locks.is_locked("ana")

    for seconds in (1, 2, 4, 8):
        locks.fail("ana")
        clock.time += seconds - 0.01
        assert locks.is_locked("ana")
        clock.time += 0.02
        assert not locks.is_locked("ana")
    assert not locks.is_locked("bea")


def test_nobody_is_locked_for_longer_than_a_quarter_of_an_hour() -> None:
    clock = Clock()
    locks = LockOuts(clock)
    for _ in range(100):
        locks.fail("ana")

    clock.time += 901

    assert not locks.is_locked("ana")


def test_a_success_or_a_quiet_quarter_of_an_hour_begins_anew() -> None:
    clock = Clock()
    locks = LockOuts(clock)
    for _ in range(5):
        locks.fail("ana")
    clock.time += 1 + 901
    locks.fail("ana")
    assert not locks.is_locked("ana")

    for _ in range(3):
        locks.fail("ana")
    locks.succeed("ana")
    locks.fail("ana")

    assert not locks.is_locked("ana")


def test_only_so_many_are_remembered() -> None:
    locks = LockOuts(Clock(), most=2)
    for name in ("ana", "bea", "cleo"):
        for _ in range(5):
            locks.fail(name)

    assert [locks.is_locked(name) for name in ("ana", "bea", "cleo")] == [False, True, True]


def test_a_rate_gives_its_burst_and_then_so_many_a_second() -> None:
    clock = Clock()
    rates = Rates(2, 3, clock)

    assert [rates.take("a") for _ in range(4)] == [True, True, True, False]
    assert rates.take("b")
    clock.time += 0.5
    assert rates.has("a")
    assert [rates.take("a") for _ in range(2)] == [True, False]


def test_what_was_used_counts_no_more() -> None:
    clock = Clock()
    used = Used(clock, most=3)

    assert [used.use(b"one", 1010), used.use(b"one", 1010), used.use(b"two", 1010)] == [True, False, True]
    clock.time += 20
    assert used.use(b"one", 1030)
