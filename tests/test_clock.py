"""Deadlines in ticks and the Date header, with a clock that the test moves."""

import asyncio
import re

from limen.clock import TICK, Clock


class Time:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Waiting:
    def __init__(self):
        self.passed = 0

    def deadline_passed(self):
        self.passed += 1


async def ticks(time, seconds):
    """Moves the clock and lets the loop tick."""
    time.now += seconds
    await asyncio.sleep(TICK * 2)


def run_with_clock(scenario):
    async def run():
        time = Time()
        clock = Clock(time)
        clock.start()
        try:
            await scenario(clock, time)
        finally:
            clock.stop()

    asyncio.run(run())


def test_a_deadline_passes_once_and_not_early():
    async def scenario(clock, time):
        waiting = Waiting()
        clock.expire_in(5, waiting)

        await ticks(time, 4.9)
        assert waiting.passed == 0
        await ticks(time, 0.2)
        assert waiting.passed == 1
        await ticks(time, 10)
        assert waiting.passed == 1

    run_with_clock(scenario)


def test_a_deadline_that_was_taken_off_does_not_pass():
    async def scenario(clock, time):
        waiting = Waiting()
        slot = clock.expire_in(1, waiting)

        clock.keep(slot, waiting)
        await ticks(time, 2)

        assert waiting.passed == 0
        clock.keep(slot, waiting)

    run_with_clock(scenario)


def test_a_loop_that_was_held_up_misses_no_deadline():
    async def scenario(clock, time):
        waiting = [Waiting() for _ in range(50)]
        for number, each in enumerate(waiting):
            clock.expire_in(number * TICK, each)

        await ticks(time, 60)

        assert [each.passed for each in waiting] == [1] * 50

    run_with_clock(scenario)


def test_the_date_is_in_the_form_of_http():
    date = Clock().date.decode()

    assert re.fullmatch(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", date)
