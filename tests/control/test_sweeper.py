"""What is done again and again in the background."""

import asyncio

import pytest

from limen.control.sweeper import Sweeper


def test_a_sweep_that_fails_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    sweeps: list[int] = []

    async def run() -> None:
        swept = asyncio.Event()

        async def sweep() -> None:
            sweeps.append(len(sweeps))
            if len(sweeps) == 1:
                raise OSError("the disk is away")
            swept.set()

        sweeper = Sweeper("dust", sweep, 0.01, "dust could not be swept")
        sweeper.start()
        async with asyncio.timeout(5):
            await swept.wait()
        await sweeper.stop()
        done = len(sweeps)
        await asyncio.sleep(0.05)
        assert len(sweeps) == done

    asyncio.run(run())
    assert caplog.messages == ["dust could not be swept; tried again in 0.01 s"]
