"""Removes, in the background, zip files that no function, version or layer names any more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from limen.control.functions.code_store import CodeStore
from limen.control.functions.records import code_in_use
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

INTERVAL = 900.0
"""Seconds between two looks."""


class CodePruner:
    """Owned by the control process. `in_operations` runs a function in the one thread of operations.

    So no code is put away while it is looked which code is used.
    """

    def __init__(
        self,
        store: Store,
        codes: CodeStore,
        in_operations: Callable[[Callable[[], int]], Awaitable[int]],
        interval: float = INTERVAL,
        *,
        prunes_shared: bool = False,
    ) -> None:
        """`prunes_shared`: also what nodes share, in the store."""
        self._store = store
        self._codes = codes
        self._in_operations = in_operations
        self._interval = interval
        self._prunes_shared = prunes_shared
        self._tasks = Tasks()

    def start(self) -> None:
        self._tasks.start(self._run(), "prune code")

    async def stop(self) -> None:
        await self._tasks.cancel_all()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            try:
                removed = await self._in_operations(self._prune)
            except Exception:
                log.exception("unused code could not be removed; tried again later")
                continue
            if removed:
                log.info("removed %d unused code packages", removed)

    def _prune(self) -> int:
        with self._store.reader() as reader:
            used = code_in_use(reader)
        shared = self._codes.prune_shared(used) if self._prunes_shared else 0
        return self._codes.prune(used) + shared
