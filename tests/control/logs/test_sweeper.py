"""What a log group no longer keeps is deleted."""

import asyncio
import os
import time
from pathlib import Path

from limen.control.logs.sweeper import log_sweeper, sweep
from limen.functions.log_files import segment_path
from limen.store.store import Store
from tests.control.logs.conftest import Logs

DAY = 24 * 60 * 60


def written_days_ago(logs: Logs, group: str, days: float) -> Path:
    logs.write(group, "s", (1, "x"))
    path = segment_path(logs.directory / "us-east-1" / group, "s", 1)
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def test_segments_go_with_the_days_of_their_group(tmp_path: Path):
    store = Store.open("sqlite://")
    logs = Logs(store, tmp_path)
    old, young, kept = (
        written_days_ago(logs, "a", 3.1),
        written_days_ago(logs, "b", 2.9),
        written_days_ago(logs, "c", 99),
    )
    for group in "ab":
        logs("PutRetentionPolicy", logGroupName=group, retentionInDays=3)

    sweep(store, logs.directory)

    assert [path.exists() for path in (old, young, kept)] == [False, True, True]
    store.close()


def test_a_sweeper_looks_again_and_again(tmp_path: Path):
    store = Store.open("sqlite://")
    logs = Logs(store, tmp_path)
    old = written_days_ago(logs, "a", 9)
    logs("PutRetentionPolicy", logGroupName="a", retentionInDays=1)

    async def run() -> None:
        sweeper = log_sweeper(store, logs.directory, interval=0.01)
        sweeper.start()
        async with asyncio.timeout(5):
            while old.exists():
                await asyncio.sleep(0.01)
        await sweeper.stop()

    asyncio.run(run())
    store.close()
