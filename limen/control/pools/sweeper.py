"""Deletes, in the background, what has expired: sessions by their refresh tokens, sign-ons of browsers, codes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from limen.control.pools.documents import CODE, SESSION, SIGN_ON
from limen.control.sweeper import Sweeper
from limen.store.store import Store

INTERVAL = 600.0
"""Seconds between two looks; an expired session counts for nothing, whether it was deleted yet or not."""
EXPIRING = (SESSION, SIGN_ON, CODE)
MOST_AT_ONCE = 200
"""Documents that one transaction deletes: others wait for it."""


InOperations = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a function in the thread of the one writer."""


def session_sweeper(store: Store, in_operations: InOperations, interval: float = INTERVAL) -> Sweeper:
    async def sweep_now() -> None:
        await sweep(store, in_operations, int(time.time()))

    return Sweeper("session sweeper", sweep_now, interval, "expired sessions of user pools could not be deleted")


async def sweep(store: Store, in_operations: InOperations, now: int) -> int:
    """How many were deleted."""
    expired = await asyncio.to_thread(find_expired, store, now)
    for start in range(0, len(expired), MOST_AT_ONCE):
        batch = expired[start : start + MOST_AT_ONCE]
        await in_operations(partial(_delete, store, batch))
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
