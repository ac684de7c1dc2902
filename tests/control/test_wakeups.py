"""What a task in the background waits for."""

import asyncio
import threading
from pathlib import Path

import pytest

from limen.control.wakeups import Wakeups
from limen.store.store import Store
from limen.tasks import Tasks
from tests.support.loops import in_loop


class Waiting:
    """A task that counts how often it goes on."""

    def __init__(self, seconds: float | None = None) -> None:
        self.wakeups = Wakeups()
        self.times = 0
        self.went_on = asyncio.Event()
        self._seconds = seconds
        self._tasks = Tasks()
        self._tasks.start(self._wait_for_ever(), "waiting")

    async def _wait_for_ever(self) -> None:
        while True:
            await self.wakeups.wait(self._seconds)
            self.times += 1
            self.went_on.set()

    async def stop(self) -> None:
        async with asyncio.timeout(10):
            await self._tasks.cancel_all()


@in_loop
async def test_commits_of_any_thread_wake_and_many_in_a_row_do_so_once(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/limen.db")
    waiting = Waiting()
    waiting.wakeups.follow(store)

    def commit() -> None:
        for number in range(5):
            with store.transaction() as documents:
                documents.put("Api", "here", str(number), {})

    thread = threading.Thread(target=commit)
    thread.start()
    async with asyncio.timeout(10):
        await waiting.went_on.wait()
    thread.join()

    assert waiting.times <= 2, "one look, and one more where the last commit came late"
    await waiting.stop()
    store.close()


@in_loop
async def test_who_is_not_woken_goes_on_when_the_time_has_come() -> None:
    waiting = Waiting(0.01)
    async with asyncio.timeout(10):
        await waiting.went_on.wait()
    await waiting.stop()


@in_loop
@pytest.mark.parametrize("turns", range(5))
async def test_a_stop_at_the_moment_of_being_woken_is_not_lost(turns: int) -> None:
    waiting = Waiting(60)
    await asyncio.sleep(0.02)
    waiting.wakeups.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    await waiting.stop()
