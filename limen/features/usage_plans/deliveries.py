"""Brings what a worker's journal counted to the authority, in the order of its numbers, each until it is taken.

What dead workers left behind is delivered by the next one that starts, under their name and number: the authority
counts a delivery once, however often it is told.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from limen.features.usage_plans.journal import Journal, find_leftovers
from limen.state.interface import State, StateAwayError
from limen.state.messages import Delivery, Used
from limen.tasks import Tasks

log = logging.getLogger("limen.limits")

INTERVAL = 0.5
"""Seconds between two deliveries: what a machine that loses its power may lose."""
RETRY = 1.0
"""Seconds between two tries to deliver what was left behind."""


class Deliveries:
    """Owned by a worker."""

    def __init__(self, state: State, journal: Journal, directory: Path, holder: str) -> None:
        self.journal = journal
        self._state = state
        self._directory = directory
        self._holder = holder
        self._tasks = Tasks()
        self._running: asyncio.Task[Any] | None = None
        self._next = 0.0
        self._hear: Callable[[list[Used]], None] = _nobody

    def when_delivered(self, hear: Callable[[list[Used]], None]) -> None:
        self._hear = hear

    @property
    def has_any(self) -> bool:
        return self.journal.has_any

    def start(self) -> None:
        """Delivers what dead workers left behind."""
        self._tasks.start(self._deliver_leftovers(), "leftover usage")

    def deliver_soon(self, now: float) -> None:
        """Where it is time; one delivery is under way at once."""
        if now >= self._next and self.journal.has_any and (self._running is None or self._running.done()):
            self._next = now + INTERVAL
            self._running = self._tasks.start(self._deliver(), "deliver usage")

    async def close(self) -> None:
        """Delivers the rest, where the authority takes it."""
        await self._tasks.cancel_all()
        await _quietly(self._deliver())
        self.journal.close()

    async def _deliver(self) -> None:
        journal = self.journal
        if not journal.full():
            journal.rotate()
        for file in list(journal.full()):
            used = file.read()
            try:
                if used:
                    await self._state.deliver(Delivery(self._holder, file.number, used))
            except StateAwayError:
                return  # leasing tells of it
            journal.delivered(file)
            self._hear(used)

    async def _deliver_leftovers(self) -> None:
        leftovers = find_leftovers(self._directory)
        try:
            while leftovers:
                try:
                    await self._deliver_leftover(leftovers[0].delivery)
                except StateAwayError:
                    await asyncio.sleep(RETRY)
                    continue
                leftovers.pop(0).remove()
        finally:
            for leftover in leftovers:
                leftover.close()

    async def _deliver_leftover(self, delivery: Delivery) -> None:
        if delivery.used:
            calls = sum(used.calls for used in delivery.used)
            await self._state.deliver(delivery)
            log.info("delivered %d calls that were counted by a worker that ended early", calls)


def _nobody(_: list[Used]) -> None:
    """Until somebody wants to hear."""


async def _quietly(delivering: Coroutine[Any, Any, None]) -> None:
    try:
        await delivering
    except Exception:
        log.exception("the last usage was not delivered; the next worker does it")
