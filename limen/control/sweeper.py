"""What the control process does again and again in the background: taking away what nobody needs any more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from limen.tasks import Tasks

log = logging.getLogger("limen.control")


class Sweeper:
    """Owned by the control process; `start` in its loop. `failed` is the log line of a `sweep` that raised."""

    def __init__(self, name: str, sweep: Callable[[], Awaitable[object]], interval: float, failed: str) -> None:
        self._name = name
        self._sweep = sweep
        self._interval = interval
        self._failed = failed
        self._tasks = Tasks()

    def start(self) -> None:
        self._tasks.start(self._sweep_for_ever(), self._name)

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await self._sweep()
            except Exception:
                log.exception("%s; tried again in %g s", self._failed, self._interval)
