"""The state in one process: what a restart knows, and what happens where nothing can be written."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from limen.state.interface import StateAwayError
from limen.state.journal import Journal
from limen.state.memory import ALIVE_INTERVAL, MOST_UNNOTED, AuthorityClock, MemoryState
from limen.state.messages import Delivery, UsageQuestion, Used
from tests.state.talking import Holder, used_of
from tests.support.loops import in_loop


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_795_694_400.0

    def clock(self, started: float = 0.0) -> AuthorityClock:
        return AuthorityClock(lambda: self.now - 1_795_694_400 + started, lambda: self.now)


def state_of(file: Path, time: Time, started: float = 0.0) -> MemoryState:
    return MemoryState(Journal(file), time.clock(started))


def crash(state: MemoryState) -> None:
    state._journal._database.close()


@in_loop
async def test_a_restart_goes_on_where_it_ended(tmp_path: Path) -> None:
    time, file = Time(), tmp_path / "usage.db"
    first = state_of(file, time)
    a = Holder(first, "a")
    await a.ask("x", 1, 50, need=50)
    await a.ask("x", 1, 50, used=50)
    await first.close()
    time.now += 10
    a.state = state_of(file, time, started=5000)

    assert (await a.ask("x", 1, 50, need=100)).tokens == 10
    await a.state.close()


@in_loop
async def test_after_a_crash_no_second_burst_is_handed_out(tmp_path: Path) -> None:
    time, file = Time(), tmp_path / "usage.db"
    first = state_of(file, time)
    a = Holder(first, "a")
    assert (await a.ask("x", 1, 50, need=50)).tokens == 50
    crash(first)
    second = a.state = state_of(file, time)

    assert (await a.ask("x", 1, 50, need=50)).tokens == 0
    assert (await a.ask("y", 1, 50, need=50)).tokens == 0, "nobody knows whether it was full"
    crash(second)
    time.now += MOST_UNNOTED + ALIVE_INTERVAL + 30
    a.state = state_of(file, time)
    assert 30 <= (await a.ask("x", 1, 50, need=50)).tokens <= 31
    await a.state.close()


@in_loop
async def test_a_crash_before_anything_was_granted_empties_nothing(tmp_path: Path) -> None:
    time, file = Time(), tmp_path / "usage.db"
    first = state_of(file, time)
    await first.deliver(Delivery("a", 1, []))
    crash(first)

    assert (await Holder(state_of(file, time), "a").ask("x", 1, 50, need=50)).tokens == 50


@in_loop
async def test_a_crash_just_after_a_restart_still_knows_of_the_burst(tmp_path: Path) -> None:
    time, file = Time(), tmp_path / "usage.db"
    first = state_of(file, time)
    await Holder(first, "a").ask("x", 0.001, 50, need=50)
    await first.close()
    crash(state_of(file, time))

    assert (await Holder(state_of(file, time), "b").ask("x", 0.001, 50, need=50)).tokens == 0


@in_loop
async def test_deliveries_are_gathered_into_one_commit(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "usage.db")
    state = MemoryState(journal, flush_seconds=0.05)
    used = [Used("plan", "key", "api", "prod", "GET /", 30_000_000, 1)]
    waiting = [asyncio.ensure_future(state.deliver(Delivery(f"{number}", 1, used))) for number in range(10)]
    await asyncio.sleep(0)

    assert not any(each.done() for each in waiting)
    assert await used_of(state, "plan") == 10
    await asyncio.gather(*waiting)
    await state.close()


@in_loop
async def test_what_cannot_be_committed_is_told_and_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal()
    state = MemoryState(journal)
    a, minute = Holder(state, "a"), int((await state.usage(UsageQuestion("plan", None, 0, 0))).now) // 60
    await a.deliver("plan", 3, minute)

    def fail() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "commit", fail)
        with pytest.raises(StateAwayError, match="disk is full"):
            await a.deliver("plan", 5, minute)
    assert await used_of(state, "plan") == 3
    await a.deliver("plan", 5, minute, again=True)
    assert await used_of(state, "plan") == 8
    assert (await a.ask_quota("plan", 10, period="MONTH")).remaining == 2
    await state.close()


def test_a_clock_is_moved_ahead_and_never_back() -> None:
    time = Time()
    clock = time.clock()
    before = clock.now()
    clock.move(60)
    clock.move(-3600)

    after = clock.now()
    assert (after.steady - before.steady, after.calendar - before.calendar) == (60, 60)
