"""The file of usage: what is committed is there after a crash, whole or not at all; what is too old goes."""

import sqlite3
from pathlib import Path

import pytest

from limen.state.journal import COUNTER_DAYS, Journal, checkpoint
from limen.state.messages import Delivery, LedgerQuestion, UsageQuestion, Used
from limen.state.periods import period_of

HOUR = 498_804  # 2026-11-26T12
DAY = period_of("DAY", HOUR * 3600)


def used(calls: int = 1, *, plan: str = "plan", hour: int = HOUR, method: str = "GET /") -> Used:
    return Used(plan, "key", "api", "prod", method, hour * 60 + 5, calls)


def all_of(journal: Journal, plan: str = "plan") -> tuple[int, int]:
    """Counted and entered."""
    counted = sum(row.calls for row in journal.usage(UsageQuestion(plan, None, 0, 10**6)))
    return counted, sum(entry.calls for entry in journal.ledger(LedgerQuestion(plan, 0, 10**8)).entries)


def test_what_is_added_counts_before_it_is_committed() -> None:
    journal = Journal()
    journal.add(Delivery("a", 1, [used(3), used(4, method="POST /"), used(9, hour=HOUR - 24)]))

    assert journal.calls("plan", "key", DAY) == 7
    assert all_of(journal) == (16, 16)


def test_each_delivery_is_added_once() -> None:
    journal = Journal()

    assert [journal.add(Delivery(*each, [used()])) for each in (("a", 1), ("a", 1), ("b", 1), ("a", 3), ("a", 2))] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert all_of(journal) == (3, 3)


def test_a_crash_loses_what_was_not_committed_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "usage.db"
    crashed = Journal(file)
    crashed.add(Delivery("a", 1, [used(5)]))
    crashed.extend("plan", "key", DAY, 7)
    crashed.commit()
    crashed.add(Delivery("a", 2, [used(50)]))
    crashed._database.close()  # as a crash does: without a commit

    journal = Journal(file)
    assert (all_of(journal), journal.extended_by("plan", "key", DAY)) == ((5, 5), 7)
    assert journal.add(Delivery("a", 2, [used(50)])), "its number was lost with it"
    journal.close()


def test_rolling_back_forgets_numbers_of_deliveries_and_of_methods() -> None:
    journal = Journal()
    journal.add(Delivery("a", 1, [used(5)]))
    journal.roll_back()
    journal.add(Delivery("a", 1, [used(5)]))
    journal.commit()

    assert all_of(journal) == (5, 5)


def test_a_position_that_is_none_is_the_end() -> None:
    journal = Journal()
    journal.add(Delivery("a", 1, [used()]))

    for position in ("x", "1:2", "::", "1:2:3:4"):
        page = journal.ledger(LedgerQuestion("plan", 0, 10**8, position))
        assert (page.entries, page.position) == ([], "")


def test_the_ledger_of_all_plans_is_read_at_once() -> None:
    journal = Journal()
    journal.add(Delivery("a", 1, [used(plan="one"), used(plan="two")]))

    page = journal.ledger(LedgerQuestion(None, 0, 10**8))
    assert {entry.plan_id for entry in page.entries} == {"one", "two"}


def test_what_is_too_old_is_pruned_step_by_step() -> None:
    journal = Journal()
    old = [used(method=f"GET /{number}", hour=HOUR - 10 * 24) for number in range(6000)]
    journal.add(Delivery("a", 1, [*old, used(), used(hour=HOUR - (COUNTER_DAYS + 1) * 24)]))
    journal.commit()

    assert journal.prune(HOUR, ledger_days=9)
    assert not journal.prune(HOUR, ledger_days=9)
    assert all_of(journal) == (6001, 1)
    assert not journal.add(Delivery("a", 1, [used()])), "its holder was heard of lately"


def test_marks_are_taken_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "usage.db")
    journal.note("alive", 1.5)
    journal.note("left", b"\x00\x01")

    assert [journal.take_mark(mark) for mark in ("alive", "left", "alive", "none")] == [1.5, b"\x00\x01", None, None]
    journal.close()


def test_a_checkpoint_brings_commits_into_the_file(tmp_path: Path) -> None:
    file = tmp_path / "usage.db"
    journal = Journal(file)
    journal.add(Delivery("a", 1, [used(5)]))
    journal.commit()
    checkpoint(file)

    alone = tmp_path / "alone.db"
    alone.write_bytes(file.read_bytes())
    assert all_of(Journal(alone)) == (5, 5)
    journal.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "usage.db"
    file.write_bytes(b"something else" * 1000)

    with pytest.raises(sqlite3.DatabaseError):
        Journal(file)
