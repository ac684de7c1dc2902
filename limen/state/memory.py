"""The state in this process: the engine and its journal. The state host serves it to others; tests use it as it is."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from limen.state.buckets import Instant
from limen.state.engine import Engine, EngineRecord
from limen.state.interface import StateAwayError
from limen.state.journal import Journal
from limen.state.messages import (
    LEDGER_DAYS,
    Delivery,
    Extension,
    Leases,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    Words,
)

T = TypeVar("T")

log = logging.getLogger("limen.state")

ALIVE_INTERVAL = 1.0
"""Seconds between two notes that tokens were granted lately."""
MOST_UNNOTED = 5.0
"""Seconds after the last of these notes in which tokens may have been granted before a crash."""
PRUNE_INTERVAL = 3600.0

_ALIVE, _LEFT = "alive", "left"


class AuthorityClock:
    """By which leases and periods end; it can be moved ahead, for tests of days, and back to the time of day.

    The steady part stays ahead then: buckets and leases go on as if nothing had been.
    """

    def __init__(self, steady: Callable[[], float] = time.monotonic, calendar: Callable[[], float] = time.time) -> None:
        self._steady = steady
        self._calendar = calendar
        self._steady_ahead = 0.0
        self._calendar_ahead = 0.0

    def now(self) -> Instant:
        return Instant(self._steady() + self._steady_ahead, self._calendar() + self._calendar_ahead)

    def move(self, seconds: float) -> None:
        """Never back."""
        self._steady_ahead += max(0.0, seconds)
        self._calendar_ahead += max(0.0, seconds)

    def reset(self) -> None:
        self._calendar_ahead = 0.0


class MemoryState:
    """A State, see interface. Owned by one event loop; `tick` is to be called about every second."""

    shares_caches = False

    def __init__(
        self,
        journal: Journal | None = None,
        clock: AuthorityClock | None = None,
        *,
        flush_seconds: float = 0.0,
        ledger_days: int = LEDGER_DAYS,
    ) -> None:
        """`flush_seconds`: for so long deliveries are gathered before they are committed; 0: each is at once."""
        self._journal = journal or Journal()
        self._clock = clock or AuthorityClock()
        self._flush_seconds = flush_seconds
        self._ledger_days = ledger_days
        self._committed: asyncio.Future[None] | None = None
        self._has_granted = False
        self._noted_at = float("-inf")
        self._prune_at = float("-inf")
        self._engine = self._make_engine()

    async def lease(self, words: Words) -> Leases:
        now = self._clock.now()
        if words.demands and not self._has_granted:
            self._has_granted = True
            self._note_alive(now)  # the first tokens after a rest may be granted only when that is known
        return self._engine.answer(words, now)

    async def deliver(self, delivery: Delivery) -> None:
        self._write(lambda: self._add(delivery))
        await self._wait_committed()

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        rows = self._read(lambda: self._journal.usage(question))
        extras = self._read(lambda: self._journal.extensions(question.plan_id, question.key_ids))
        return UsageAnswer(rows, extras, self._clock.now().calendar)

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        return self._read(lambda: self._journal.ledger(question))

    async def extend(self, extension: Extension) -> int:
        period, used, extra = self._engine.extend(extension, self._clock.now())
        self._write(lambda: self._journal.extend(extension.plan_id, extension.key_id, period, extra))
        await self._wait_committed()
        return used

    async def forget_plan(self, plan_id: str) -> None:
        self._write(lambda: self._journal.forget_plan(plan_id))
        self._engine.forget_plan(plan_id)
        await self._wait_committed()

    async def find_cached(self, key: str) -> bytes | None:
        return None

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        return None

    async def move_clock(self, seconds: float) -> None:
        self._clock.move(seconds)

    async def reset_clock(self) -> None:
        self._clock.reset()

    async def close(self) -> None:
        """Leaves what a next start has to know."""
        left = msgspec.msgpack.encode(self._engine.record(self._clock.now()))
        self._write(lambda: self._journal.note(_LEFT, left))
        self.flush()
        self._journal.close()

    def tick(self) -> None:
        """Forgets what is as if it had never been, or too old, and notes that tokens were granted."""
        now = self._clock.now()
        self._engine.sweep(now.steady)
        if self._has_granted:
            self._note_alive(now)
        if now.steady >= self._prune_at:
            self._prune_at = now.steady + PRUNE_INTERVAL
            self._write(lambda: self._prune(now))
            self.flush()

    def flush(self) -> None:
        """Commits; who waits for it learns whether it worked."""
        waiting, self._committed = self._committed, None
        try:
            self._journal.commit()
        except sqlite3.Error as error:
            self._committed = waiting
            self._fail(error)
        else:
            if waiting is not None and not waiting.done():
                waiting.set_result(None)

    # ---

    def _make_engine(self) -> Engine:
        """With what the last one left behind; where it did not end well, buckets may have been empty since then."""
        journal, now = self._journal, self._clock.now()
        left, alive = journal.take_mark(_LEFT), journal.take_mark(_ALIVE)
        empty_since = None
        if isinstance(alive, float):
            journal.note(_ALIVE, alive)
            empty_since = _steady(now, alive + MOST_UNNOTED) if left is None else None
        engine = Engine(journal, empty_since)
        if isinstance(left, bytes):
            engine.restore(msgspec.msgpack.decode(left, type=EngineRecord), now)
        journal.commit()
        return engine

    def _note_alive(self, now: Instant) -> None:
        if now.steady < self._noted_at + ALIVE_INTERVAL:
            return
        self._write(lambda: self._journal.note(_ALIVE, now.calendar))
        self.flush()
        self._has_granted = False
        self._noted_at = now.steady

    def _add(self, delivery: Delivery) -> None:
        if self._journal.add(delivery):
            self._engine.count(delivery)

    def _prune(self, now: Instant) -> None:
        if self._journal.prune(int(now.calendar) // 3600, self._ledger_days):
            self._prune_at = now.steady

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except sqlite3.Error as error:
            self._fail(error)
            raise StateAwayError(f"usage cannot be written: {error}") from None

    def _fail(self, error: sqlite3.Error) -> None:
        """Nothing since the last commit was told to anybody: whoever delivered it will do so again."""
        log.error("usage cannot be written: %s", error)
        self._journal.roll_back()
        self._engine.forget_quotas()
        waiting, self._committed = self._committed, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(StateAwayError(f"usage cannot be written: {error}"))

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except sqlite3.Error as error:
            raise StateAwayError(f"usage cannot be read: {error}") from None

    async def _wait_committed(self) -> None:
        loop = asyncio.get_running_loop()
        if self._committed is None:
            self._committed = loop.create_future()
            if self._flush_seconds:
                loop.call_later(self._flush_seconds, self.flush)
        committed = self._committed
        if not self._flush_seconds:
            self.flush()
        await asyncio.shield(committed)


def _steady(now: Instant, calendar: float) -> float:
    """A moment of the past by the steady clock."""
    return now.steady - max(0.0, now.calendar - calendar)
