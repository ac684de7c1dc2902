"""Tasks are kept until they end, failures are logged, shutdown cancels what still runs."""

import asyncio
import logging

from limen.tasks import Tasks


def test_a_failed_task_is_logged_by_its_name(caplog):
    async def fail():
        raise ValueError("broken")

    async def scenario():
        await asyncio.wait([Tasks().start(fail(), "follow")])
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR, "limen.tasks"):
        asyncio.run(scenario())

    [record] = caplog.records
    assert record.getMessage() == "task follow failed"
    assert isinstance(record.exc_info[1], ValueError)


def test_shutdown_cancels_what_runs_and_says_nothing(caplog):
    async def scenario():
        tasks = Tasks()
        running = tasks.start(asyncio.sleep(60), "sleep")
        await asyncio.sleep(0)
        await tasks.cancel_all()
        return running.cancelled()

    assert asyncio.run(scenario())
    assert caplog.records == []
