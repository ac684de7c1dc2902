"""Deletes, in the background, what is older than its log group keeps events."""

import asyncio
import time
from functools import partial
from pathlib import Path

from limen.control.logs.groups import DAY_MS, NOUN
from limen.control.sweeper import Sweeper
from limen.functions.log_files import group_directory
from limen.functions.log_retention import MOST_BYTES, MOST_GROUP_BYTES, drop_oldest, drop_written_before
from limen.store.store import Store

INTERVAL = 600.0
"""Seconds between two looks. Readers do not show what has expired, whether it was deleted yet or not."""


def log_sweeper(store: Store, directory: Path, interval: float = INTERVAL) -> Sweeper:
    sweep_logs = partial(asyncio.to_thread, sweep, store, directory)
    return Sweeper("log sweeper", sweep_logs, interval, "expired log events could not be deleted")


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
