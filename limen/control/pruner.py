"""Has the store forget, in the background, the versions that no deployment and no file needs any more."""

import asyncio
import logging
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from limen.plan.snapshot import API_NOUNS
from limen.store.reader import Reader
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

QUIET = 60.0
"""Seconds from a change to the look for what it made useless, so that many changes in a row cost one look."""
LARGEST_SHARE = 0.02
"""Of the time that pruning may take: a look of one second is followed by a pause of fifty at least."""


class Pruner:
    """Owned by the control process; `start` in its loop. Each page is a transaction of its own, of milliseconds."""

    def __init__(self, store: Store, quiet: float = QUIET) -> None:
        self._store = store
        self._quiet = quiet
        self._tasks = Tasks()
        self._thread = ThreadPoolExecutor(1, "prune")
        self._is_stopping = False

    def start(self) -> None:
        """Looks for what an earlier process left, and again after commits."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()
        changed.set()

        def committed(_: int) -> None:
            loop.call_soon_threadsafe(changed.set)

        self._store.on_commit(committed)
        self._tasks.start(self._prune_after(changed), "prune")

    async def stop(self) -> None:
        """Returns when the store is not used any more: after the page in hand."""
        self._is_stopping = True
        await self._tasks.cancel_all()
        await asyncio.to_thread(self._thread.shutdown)

    async def _prune_after(self, changed: asyncio.Event) -> None:
        pause = self._quiet
        while True:
            await changed.wait()
            await asyncio.sleep(pause)
            changed.clear()
            started = time.monotonic()
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._prune)
            except Exception:
                log.exception("old versions could not be pruned; tried again after the next change")
            pause = max(self._quiet, (time.monotonic() - started) / LARGEST_SHARE)

    def _prune(self) -> int:
        with self._store.reader() as reader:
            keep, until = revisions_in_use(reader), reader.revision
        return self._store.prune(keep, until=until, goes_on=lambda: not self._is_stopping)


def revisions_in_use(reader: Reader) -> dict[str, set[int]]:
    """By parent: the revisions at which its documents are still asked for.

    A deployment freezes an API and its children, a documentation version the documentation among them; a file is
    compared with what it deployed last.
    """
    scopes = {api_id: scope for noun in API_NOUNS for scope, api_id, _ in reader.all(noun)}
    used: dict[str, set[int]] = defaultdict(set)
    for noun in ("Deployment", "DocumentationVersion"):
        for api_id, _, frozen in reader.all(noun):
            used[api_id].add(int(frozen["_revision"]))
    for _, _, file in reader.all("File"):
        used[file["apiId"]].add(int(file["_revision"]))
    for api_id, scope in scopes.items():
        used[scope] |= used[api_id]
    return dict(used)
