"""Watches the directories that functions run from, so that an edit is live at once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from limen.tasks import Tasks

log = logging.getLogger("limen.functions")

SETTLE_MS = 50
"""Editors write a file in several steps; what happens within this time is one edit."""
STEP_MS = 10
MISSING_INTERVAL = 0.5
"""Seconds between two looks for a directory that is not there."""


class LiveCode:
    """Tells `on_change` each directory that has changed. One watcher a directory, shared by all who use it."""

    def __init__(self, on_change: Callable[[Path], None], ignored: Sequence[Path] = ()) -> None:
        """`ignored` are directories that may lie in watched ones: the data directory, or each log line was an edit."""
        self._on_change = on_change
        self._filter = CodeFilter(ignore_paths=[str(path) for path in ignored])
        self._tasks = Tasks()
        self._watched: dict[Path, asyncio.Event] = {}

    def watch_only(self, directories: set[Path]) -> None:
        """These from now on; fine to call with those that are watched already."""
        for directory in self._watched.keys() - directories:
            self._watched.pop(directory).set()
        for directory in directories - self._watched.keys():
            stop = self._watched[directory] = asyncio.Event()
            self._tasks.start(self._watch(directory, stop), f"watch {directory}")

    async def close(self) -> None:
        self.watch_only(set())
        await self._tasks.cancel_all()

    async def _watch(self, directory: Path, stop: asyncio.Event) -> None:
        """Goes on when the directory is removed and made anew, as a build does."""
        is_missing = False
        while not stop.is_set():
            if not directory.is_dir():
                is_missing = True
                await asyncio.sleep(MISSING_INTERVAL)
                continue
            if is_missing:
                is_missing = False
                self._on_change(directory)
            try:
                async for changes in awatch(
                    directory,
                    stop_event=stop,
                    watch_filter=self._filter,
                    debounce=SETTLE_MS,
                    step=STEP_MS,
                    rust_timeout=1000,
                    yield_on_timeout=True,
                ):
                    if not directory.is_dir():
                        break
                    if changes:
                        self._on_change(directory)
            except (OSError, RuntimeError) as error:  # watchfiles raises RuntimeError for what the kernel refuses
                log.warning("%s cannot be watched: %s; edits are not seen for a while", directory, error)
                await asyncio.sleep(MISSING_INTERVAL)


class CodeFilter(DefaultFilter):
    """Not what editors, version control, interpreters and other tools write for themselves."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".limen", ".aws-sam", ".serverless")
