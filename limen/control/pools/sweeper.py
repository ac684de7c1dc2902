"""Deletes, in the background, what has expired: sessions by their refresh tokens, sign-ons of browsers, codes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from limen.control.pools.documents import CODE, SESSION, SIGN_ON
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

INTERVAL = 600.0
"""Seconds between two looks; an expired session counts for nothing, whether it was deleted yet or not."""
EXPIRING = (SESSION, SIGN_ON, CODE)
MOST_AT_ONCE = 200
"""Documents that one transaction deletes: others wait for it."""


class SessionSweeper:
    """Owned by the control process; `start` in its loop. `in_operations` runs in the thread of the one writer."""

    def __init__(
        self, store: Store, in_operations: Callable[[Callable[[], Any]], Awaitable[Any]], interval: float = INTERVAL
    ) -> None:
        self._store = store
        self._in_operations = in_operations
        self._interval = interval
        self._tasks = Tasks()

    def start(self) -> None:
        self._tasks.start(self._sweep_for_ever(), "session sweeper")

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self.sweep(int(time.time()))
            except Exception:
                log.exception("expired sessions of user pools could not be deleted; tried again later")

    async def sweep(self, now: int) -> int:
        """How many were deleted."""
        expired = await asyncio.to_thread(find_expired, self._store, now)
        for start in range(0, len(expired), MOST_AT_ONCE):
            batch = expired[start : start + MOST_AT_ONCE]
            await self._in_operations(partial(_delete, self._store, batch))
        return len(expired)


def find_expired(store: Store, now: int) -> list[tuple[str, str, str]]:
    """Nouns, parents and keys."""
    with store.reader() as reader:
        return [
            (noun, parent, key)
            for noun in EXPIRING
            for parent, key, document in reader.all(noun)
            if document["expires"] <= now
        ]


def _delete(store: Store, expired: list[tuple[str, str, str]]) -> None:
    with store.transaction() as transaction:
        for noun, parent, key in expired:
            transaction.delete(noun, parent, key)
