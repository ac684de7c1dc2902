"""Deadlines in ticks: they pass when their time is up, and not when they were kept."""

import asyncio
import time

from limen.clock import TICK, Clock


class Waiting:
    def __init__(self) -> None:
        self.passed = 0

    def deadline_passed(self) -> None:
        self.passed += 1


class Failing(Waiting):
    def deadline_passed(self) -> None:
        super().deadline_passed()
        raise RuntimeError("a bug of its owner")


async def run_for(clock: Clock, seconds: float) -> None:
    clock.start()
    await asyncio.sleep(seconds)
    clock.stop()


def test_a_deadline_passes_once() -> None:
    async def transcript() -> None:
        clock, waiting = Clock(), Waiting()
        clock.expire_in(TICK, waiting)
        await run_for(clock, 8 * TICK)
        assert waiting.passed == 1

    asyncio.run(transcript())


def test_a_deadline_does_not_pass_early() -> None:
    async def transcript() -> None:
        clock, waiting = Clock(), Waiting()
        clock.start()
        clock.expire_in(60, waiting)
        await asyncio.sleep(4 * TICK)
        clock.stop()
        assert waiting.passed == 0

    asyncio.run(transcript())


def test_a_loop_that_was_held_up_makes_no_deadline_early() -> None:
    async def transcript() -> None:
        clock, waiting = Clock(), Waiting()
        clock.start()
        time.sleep(6 * TICK)
        clock.expire_in(4 * TICK, waiting)
        await asyncio.sleep(2 * TICK)
        clock.stop()
        assert waiting.passed == 0

    asyncio.run(transcript())


def test_a_kept_deadline_never_passes() -> None:
    async def transcript() -> None:
        clock, waiting = Clock(), Waiting()
        slot = clock.expire_in(TICK, waiting)
        clock.keep(slot, waiting)
        clock.keep(slot, waiting)
        await run_for(clock, 8 * TICK)
        assert waiting.passed == 0

    asyncio.run(transcript())


def test_an_owner_that_fails_stops_no_other_deadline() -> None:
    async def transcript() -> None:
        clock, failing, after = Clock(), Failing(), Waiting()
        clock.expire_in(TICK, failing)
        clock.expire_in(3 * TICK, after)
        await run_for(clock, 12 * TICK)
        assert (failing.passed, after.passed) == (1, 1)

    asyncio.run(transcript())


def test_the_date_is_that_of_http() -> None:
    date = Clock().date
    assert len(date) == 29
    assert date.endswith(b" GMT")


def test_the_shortest_and_the_longest_timeouts_pass_when_they_should() -> None:
    at = [1000.0]
    clock, short, long = Clock(lambda: at[0]), Waiting(), Waiting()
    clock.expire_in(0.05, short)
    clock.expire_in(900, long)
    seen = []
    for now in (1000.049, 1000.1, 1899.99, 1900.05):
        at[0] = now
        clock._tick()
        seen.append((short.passed, long.passed))

    assert seen == [(0, 0), (1, 0), (1, 0), (1, 1)]


def test_what_is_kept_may_be_older_than_it_is() -> None:
    clock = Clock(lambda: 100.0)
    clock.ahead = 3600.0
    assert (clock.now(), clock.moved()) == (100.0, 3700.0)


def test_a_clock_that_is_put_back_makes_nothing_younger() -> None:
    clock = Clock(lambda: 100.0)
    assert (clock.follow(50.0), clock.moved()) == (50.0, 150.0)

    assert (clock.follow(0.0), clock.moved()) == (0.0, 150.0)
    assert (clock.follow(30.0), clock.moved()) == (30.0, 180.0)
    assert (clock.follow(40.0), clock.moved()) == (10.0, 190.0)
