"""What a task in the background waits for: a commit, that somebody wakes it, or that its time has come."""

import asyncio
import contextlib

from limen.store.store import Store

QUIET = 0.2
"""Seconds from being woken to going on: many commits in a row cost one look."""


class Wakeups:
    """Of one task."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()

    def follow(self, store: Store) -> None:
        """Each commit wakes from now on, whatever thread it is made in. Called in the loop of the task."""
        loop = asyncio.get_running_loop()
        store.on_commit(lambda _: loop.call_soon_threadsafe(self._woken.set))

    def wake(self) -> None:
        self._woken.set()

    async def wait(self, seconds: float | None = None) -> None:
        """Returns when the task was woken since the last time, or after `seconds`; None: however long that takes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
            await asyncio.sleep(QUIET)
        self._woken.clear()
