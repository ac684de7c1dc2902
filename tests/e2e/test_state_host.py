"""The state host as a process of a real server: what starts it, what ends it, and that no limit is lost by that."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from limen.data_dir import DataDirectory
from limen.state.connect import open_state
from limen.state.interface import State, StateAwayError
from limen.state.messages import Delivery, Demand, UsageQuestion, Used, Words
from tests.e2e.conftest import StartLimen
from tests.state.talking import Holder, entered_of, now_of, used_of
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.loops import in_loop
from tests.support.state_backends import wait_for_answer

HOST = "limen.state_host"
RATE, BURST = 100, 50


@asynccontextmanager
async def state_of(limen: LimenProcess) -> AsyncIterator[State]:
    state = open_state("memory", str(DataDirectory(limen.data_directory).state_socket()))
    try:
        await wait_for_answer(state)
        yield state
    finally:
        await state.close()


class Consumer:
    """A worker under overload: asks for tokens and delivers what it used, and says all again that was not answered."""

    def __init__(self, state: State, name: str) -> None:
        self.holder = Holder(state, name)
        self.admitted: list[tuple[float, int]] = []
        """When, by the authority's clock, and how many."""

    async def run(self, is_over: asyncio.Event) -> None:
        used, number = 0, 1
        while not is_over.is_set():
            words = Words(self.holder.name, [Demand("shared", RATE, BURST, used, 0, 10, 0)], [], number)
            try:
                leases = await self.holder.state.lease(words)
            except StateAwayError:
                await asyncio.sleep(0.02)
                continue
            (grant,) = leases.grants
            number, used = number + 1, grant.tokens
            self.admitted.append((leases.now, grant.tokens))
            if grant.tokens:
                await self.deliver(grant.tokens)
            await asyncio.sleep(min(grant.retry_after, 0.05) or 0.001)

    async def deliver(self, calls: int) -> None:
        self.holder.deliveries += 1
        delivery = Delivery(
            self.holder.name,
            self.holder.deliveries,
            [Used("plan", "key", "api", "prod", "GET /", int(time.time()) // 60, calls)],
        )
        for _ in range(200):
            with contextlib.suppress(StateAwayError):
                await self.holder.state.deliver(delivery)
                return
            await asyncio.sleep(0.05)
        raise AssertionError("nobody takes a delivery")


def most_admitted_beyond(admitted: list[tuple[float, int]]) -> float:
    """By how much the worst window has more than burst + rate x window."""
    events = sorted(admitted)
    worst = float("-inf")
    for first, (begin, _) in enumerate(events):
        total = 0
        for moment, calls in events[first:]:
            total += calls
            worst = max(worst, total - BURST - RATE * (moment - begin))
    return worst


@in_loop
async def test_no_host_runs_until_it_is_asked(start_limen: StartLimen) -> None:
    limen = start_limen()
    assert limen.pids_of(HOST) == []

    async with state_of(limen) as state:
        (first,) = limen.pids_of(HOST)
        await Holder(state, "a").deliver("plan", 3, int(await now_of(state)) // 60)
        os.kill(first, signal.SIGKILL)
        limen.wait_for_log("was killed by SIGKILL; the next call starts it again")
        await wait_for_answer(state)
        (second,) = limen.pids_of(HOST)
        assert second != first
        assert (await used_of(state, "plan"), await entered_of(state, "plan")) == (3, 3)


@in_loop
async def test_who_asks_a_host_that_cannot_start_is_told_so(start_limen: StartLimen) -> None:
    limen = start_limen()
    file = limen.data_directory / "usage.db"
    file.write_bytes(b"something else" * 1000)
    state = open_state("memory", str(DataDirectory(limen.data_directory).state_socket()))
    started, problems = time.monotonic(), []
    while time.monotonic() < started + 3:
        with pytest.raises(StateAwayError) as raised:
            await state.lease(Words("a", [], []))
        problems.append(str(raised.value))
        await asyncio.sleep(0.01)

    assert "the connection to the state host was lost" in problems
    assert f"{file} cannot be used: file is not a database" in limen.log
    assert limen.log.count("the next call starts it again") < 6
    file.unlink()
    await wait_for_answer(state)
    await state.close()


@in_loop
async def test_a_hand_over_loses_no_call_and_gives_no_second_burst(start_limen: StartLimen) -> None:
    limen = start_limen()
    async with state_of(limen) as one, state_of(limen) as other, consuming(one, other) as consumers:
        (old,) = limen.pids_of(HOST)
        await asyncio.sleep(0.5)
        limen.signal(signal.SIGHUP)
        while old in limen.pids_of(HOST):
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        await judge(consumers, one)


@in_loop
async def test_crashes_lose_no_call_and_give_no_second_burst(start_limen: StartLimen) -> None:
    limen = start_limen()
    async with state_of(limen) as one, state_of(limen) as other, consuming(one, other) as consumers:
        for _ in range(2):
            await asyncio.sleep(1.5)
            for pid in limen.pids_of(HOST):
                os.kill(pid, signal.SIGKILL)
        await wait_for_answer(one)
        await asyncio.sleep(1)
        await judge(consumers, one)


class Consumers:
    def __init__(self, consumers: list[Consumer]) -> None:
        self._is_over = asyncio.Event()
        self._consumers = consumers
        self._running = [asyncio.ensure_future(consumer.run(self._is_over)) for consumer in consumers]

    async def end(self) -> list[tuple[float, int]]:
        """What was admitted, when all of it is delivered."""
        self._is_over.set()
        await asyncio.gather(*self._running)
        return [event for consumer in self._consumers for event in consumer.admitted if event[1]]


@asynccontextmanager
async def consuming(*states: State) -> AsyncIterator[Consumers]:
    consumers = Consumers([Consumer(state, f"consumer {number}") for number, state in enumerate(states)])
    try:
        yield consumers
    finally:
        await consumers.end()


async def judge(consumers: Consumers, state: State) -> None:
    admitted = await consumers.end()
    total = sum(calls for _, calls in admitted)

    assert most_admitted_beyond(admitted) < 1
    assert total > BURST + RATE
    assert (await used_of(state, "plan"), await entered_of(state, "plan")) == (total, total)


@in_loop
async def test_what_was_used_is_there_after_a_stop(start_limen: StartLimen) -> None:
    limen = start_limen()
    async with state_of(limen) as state:
        a = Holder(state, "a")
        await a.deliver("plan", 7, int(await now_of(state)) // 60)
        assert (await a.ask("x", 0.001, 50, need=50)).tokens == 50
    limen.signal(signal.SIGTERM)
    wait_until(lambda: limen.process.poll() == 0, 20, lambda: limen.log)

    again = start_limen()
    wait_until(lambda: bool(again.pids_of(HOST)), 10, lambda: "it is not started although it has something to keep")
    async with state_of(again) as state:
        assert await used_of(state, "plan") == 7
        assert (await Holder(state, "b").ask("x", 0.001, 50, need=50)).tokens == 0
        assert (await state.usage(UsageQuestion("other", None, 0, 10**6))).rows == []
