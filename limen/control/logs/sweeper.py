"""Deletes, in the background, what is older than its log group keeps events."""

import asyncio
import logging
import time
from pathlib import Path

from limen.control.logs.groups import DAY_MS, NOUN
from limen.functions.log_files import group_directory
from limen.functions.log_retention import MOST_BYTES, MOST_GROUP_BYTES, drop_oldest, drop_written_before
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

INTERVAL = 600.0
"""Seconds between two looks. Readers do not show what has expired, whether it was deleted yet or not."""


class LogSweeper:
    """Owned by the control process; `start` in its loop."""

    def __init__(self, store: Store, directory: Path, interval: float = INTERVAL) -> None:
        self._store = store
        self._directory = directory
        self._interval = interval
        self._tasks = Tasks()

    def start(self) -> None:
        self._tasks.start(self._sweep_for_ever(), "log sweeper")

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                await asyncio.to_thread(sweep, self._store, self._directory)
            except Exception:
                log.exception("expired log events could not be deleted; tried again later")


def sweep(store: Store, directory: Path) -> None:
    """Segments last written to before what their group keeps, and the oldest of what is too much in all."""
    with store.reader() as reader:
        kept = [
            (scope.partition("/")[2], name, document.get("retentionInDays"))
            for scope, name, document in reader.all(NOUN)
        ]
    for region, name, days in kept:
        if days is not None:
            drop_written_before(group_directory(directory, region, name), time.time() - days * DAY_MS / 1000)
    drop_oldest(directory, MOST_GROUP_BYTES, MOST_BYTES)
