"""What was used, in an SQLite file: counters by hour, a ledger by minute, extensions, and what a next start must know.

Everything goes into one open transaction, and is durable when `commit` returns. What a delivery adds to the counters
and to the ledger, and its number, are in the same one: all of it is there or nothing. One thread, no waiting.
"""

import sqlite3
from pathlib import Path

from limen.state.messages import LEDGER_DAYS, Delivery, LedgerPage, LedgerQuestion, UsageQuestion, UsageRow, Used
from limen.state.periods import Period

COUNTER_DAYS = 400
"""A year of months, and some."""
PAGE = 1000
"""Entries of the ledger in an answer."""

_PRUNED_AT_ONCE = 5000
_MOST_KNOWN = 200_000
"""Subjects whose numbers are kept in memory."""

_TABLES = """
CREATE TABLE IF NOT EXISTS subjects (
    id INTEGER PRIMARY KEY, plan TEXT, key TEXT, api TEXT, stage TEXT, method TEXT,
    UNIQUE (plan, key, api, stage, method));
CREATE TABLE IF NOT EXISTS counters (
    subject INTEGER, hour INTEGER, calls INTEGER, PRIMARY KEY (subject, hour)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger (
    minute INTEGER, subject INTEGER, holder INTEGER, calls INTEGER, delivery INTEGER,
    PRIMARY KEY (minute, subject, holder)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holders (id INTEGER PRIMARY KEY, name TEXT UNIQUE, delivery INTEGER, hour INTEGER);
CREATE TABLE IF NOT EXISTS extensions (
    plan TEXT, key TEXT, period TEXT, calls INTEGER, hour INTEGER, PRIMARY KEY (plan, key, period)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""

_COUNT = "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET calls = calls + excluded.calls"
_ENTER = (
    "INSERT INTO ledger VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, delivery = excluded.delivery"
)


class Journal:
    """Owned by the state host; by a test, in memory."""

    def __init__(self, file: Path | None = None) -> None:
        """Raises sqlite3.Error where the file cannot be used."""
        self._known: dict[tuple[str, str, str, str, str], int] = {}
        self._database = sqlite3.connect(file or ":memory:", isolation_level=None, timeout=5.0)
        self._database.execute("PRAGMA journal_mode = WAL")
        # A commit survives the end of the process; `checkpoint` makes it survive the end of the machine.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute("PRAGMA wal_autocheckpoint = 0" if file else "PRAGMA foreign_keys = OFF")
        self._database.executescript(_TABLES)

    # --- writing

    def add(self, delivery: Delivery) -> bool:
        """False where it was added before."""
        self._begin()
        hours = [used.minute // 60 for used in delivery.used]
        holder = self._note_delivery(delivery, max(hours, default=0))
        if holder is None:
            return False
        subjects = [self._subject(used) for used in delivery.used]
        counted = [(*row, used.calls) for *row, used in zip(subjects, hours, delivery.used, strict=True)]
        entered = [
            (used.minute, subject, holder, used.calls, delivery.number)
            for subject, used in zip(subjects, delivery.used, strict=True)
        ]
        self._database.executemany(_COUNT, counted)
        self._database.executemany(_ENTER, entered)
        return True

    def extend(self, plan_id: str, key_id: str, period: Period, calls: int) -> None:
        """By so many, from what the limit alone allows."""
        self._begin()
        row = (plan_id, key_id, period.name, calls, period.first_hour)
        self._database.execute("INSERT OR REPLACE INTO extensions VALUES (?, ?, ?, ?, ?)", row)

    def forget_plan(self, plan_id: str) -> None:
        """Its counters and extensions; the ledger stays."""
        self._begin()
        of_plan = "(SELECT id FROM subjects WHERE plan = ?)"
        self._database.execute(f"DELETE FROM counters WHERE subject IN {of_plan}", (plan_id,))  # noqa: S608
        self._database.execute("DELETE FROM extensions WHERE plan = ?", (plan_id,))

    def prune(self, hour: int, ledger_days: int = LEDGER_DAYS) -> bool:
        """A little of what is too old; whether there may be more."""
        self._begin()
        first_counted, first_entered = hour - COUNTER_DAYS * 24, hour - ledger_days * 24
        most = f"LIMIT {_PRUNED_AT_ONCE}"
        deleted = [
            self._database.execute(statement, (first,)).rowcount
            for statement, first in (
                (
                    "DELETE FROM ledger WHERE (minute, subject, holder) IN "  # noqa: S608
                    f"(SELECT minute, subject, holder FROM ledger WHERE minute < ? {most})",
                    first_entered * 60,
                ),
                (
                    "DELETE FROM counters WHERE (subject, hour) IN "  # noqa: S608
                    f"(SELECT subject, hour FROM counters WHERE hour < ? {most})",
                    first_counted,
                ),
                ("DELETE FROM extensions WHERE hour < ?", first_counted),
                ("DELETE FROM holders WHERE hour < ?", first_counted),
            )
        ]
        return _PRUNED_AT_ONCE in deleted

    def commit(self) -> None:
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def roll_back(self) -> None:
        """To the last commit, where that failed: nothing of it was told to anybody."""
        self._known.clear()
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def close(self) -> None:
        self.commit()
        self._database.close()

    # --- reading: what was added counts before it is committed

    def calls(self, plan_id: str, key_id: str, period: Period) -> int:
        """Of a key under a plan, counted in a period."""
        query = (
            "SELECT TOTAL(calls) FROM subjects CROSS JOIN counters ON subject = id"
            " WHERE plan = ? AND key = ? AND hour BETWEEN ? AND ?"
        )
        (found,) = self._database.execute(query, (plan_id, key_id, period.first_hour, period.last_hour)).fetchone()
        return int(found)

    def extended_by(self, plan_id: str, key_id: str, period: Period) -> int:
        query = "SELECT calls FROM extensions WHERE plan = ? AND key = ? AND period = ?"
        found = self._database.execute(query, (plan_id, key_id, period.name)).fetchone()
        return found[0] if found else 0

    def usage(self, question: UsageQuestion) -> list[UsageRow]:
        query = (
            "SELECT key, api, stage, method, hour, calls FROM subjects CROSS JOIN counters ON subject = id"
            " WHERE plan = ? {} AND hour BETWEEN ? AND ?"
        )
        hours = (question.first_hour, question.last_hour)
        if question.key_ids is None:
            rows = self._database.execute(query.format(""), (question.plan_id, *hours)).fetchall()
        else:
            of_key = query.format("AND key = ?")
            rows = [
                row
                for key_id in question.key_ids
                for row in self._database.execute(of_key, (question.plan_id, key_id, *hours))
            ]
        return [UsageRow(*row) for row in rows]

    def extensions(self, plan_id: str, key_ids: list[str] | None) -> dict[str, dict[str, int]]:
        """By key and name of the period."""
        found: dict[str, dict[str, int]] = {}
        query = "SELECT key, period, calls FROM extensions WHERE plan = ?"
        for key_id, period, calls in self._database.execute(query, (plan_id,)):
            if key_ids is None or key_id in key_ids:
                found.setdefault(key_id, {})[period] = calls
        return found

    def ledger(self, question: LedgerQuestion) -> LedgerPage:
        """In order of minutes; an unknown position is the end."""
        position = _read_position(question.after, question.first_minute)
        if position is None:
            return LedgerPage([], "")
        query = (
            "SELECT plan, key, api, stage, method, minute, ledger.calls, subject, holder"
            " FROM ledger CROSS JOIN subjects ON subject = id"
            " WHERE (minute, subject, holder) > (?, ?, ?) AND minute <= ? AND (? IS NULL OR plan = ?)"
            " ORDER BY minute, subject, holder LIMIT ?"
        )
        bounds = (*position, question.last_minute, question.plan_id, question.plan_id, PAGE)
        rows = self._database.execute(query, bounds).fetchall()
        end = f"{rows[-1][5]}:{rows[-1][7]}:{rows[-1][8]}" if len(rows) == PAGE else ""
        return LedgerPage([Used(*row[:7]) for row in rows], end)

    # --- for the next start

    def note(self, mark: str, value: float | bytes) -> None:
        self._begin()
        self._database.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (mark, value))

    def take_mark(self, mark: str) -> float | bytes | None:
        """Once: it is there no more when that is committed."""
        self._begin()
        found = self._database.execute("DELETE FROM marks WHERE name = ? RETURNING value", (mark,)).fetchone()
        return found[0] if found else None

    # ---

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")

    def _note_delivery(self, delivery: Delivery, hour: int) -> int | None:
        """The number of the holder; None where the delivery was noted before."""
        query = "SELECT id, delivery FROM holders WHERE name = ?"
        found = self._database.execute(query, (delivery.holder,)).fetchone()
        if found is None:
            statement = "INSERT INTO holders (name, delivery, hour) VALUES (?, ?, ?)"
            return self._database.execute(statement, (delivery.holder, delivery.number, hour)).lastrowid
        if delivery.number <= found[1]:
            return None
        statement = "UPDATE holders SET delivery = ?, hour = MAX(hour, ?) WHERE id = ?"
        self._database.execute(statement, (delivery.number, hour, found[0]))
        return int(found[0])

    def _subject(self, used: Used) -> int:
        row = (used.plan_id, used.key_id, used.api_id, used.stage_name, used.method)
        known = self._known.get(row)
        if known is not None:
            return known
        # Not "DO NOTHING": that returns no row where there is one.
        statement = (
            "INSERT INTO subjects (plan, key, api, stage, method) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET plan = plan RETURNING id"
        )
        (number,) = self._database.execute(statement, row).fetchone()
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[row] = number
        return int(number)


def checkpoint(file: Path) -> None:
    """Brings what was committed into the file itself; it may wait for the disk, so another thread does it."""
    database = sqlite3.connect(file, timeout=5.0)
    try:
        database.execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        database.close()


def _read_position(after: str, first_minute: int) -> tuple[int, int, int] | None:
    if not after:
        return (first_minute, -1, -1)
    try:
        minute, subject, holder = (int(part) for part in after.split(":"))
    except ValueError:
        return None
    return (minute, subject, holder)
