"""Background tasks: kept alive, spoken of when they fail, cancelled together."""

import asyncio

import pytest

from limen.tasks import Tasks


def test_a_task_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("out of luck")

    async def transcript() -> None:
        Tasks().start(fail(), "unlucky")
        await asyncio.sleep(0.01)

    asyncio.run(transcript())
    assert "task unlucky failed" in caplog.text


def test_all_are_cancelled_together() -> None:
    ended: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append(name)
            raise

    async def transcript() -> None:
        tasks = Tasks()
        tasks.start(wait("a"), "a")
        tasks.start(wait("b"), "b")
        await asyncio.sleep(0)
        await tasks.cancel_all()

    asyncio.run(transcript())
    assert sorted(ended) == ["a", "b"]
