"""A server that goes and comes back, with and without a file of its own, or is emptied: what is kept, what is not."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.state.messages import UsageQuestion
from limen.state.valkey.state import ValkeyState
from tests.state.valkey.talking import (
    ALL_HOURS,
    delivery,
    demand,
    opened,
    quota,
    until_there,
    used,
    whole_ledger,
    words,
)
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer


@pytest.fixture
def lasting_server(tmp_path: Path) -> Iterator[RedisServer]:
    """Writes everything down before it answers."""
    server = RedisServer(tmp_path / "redis", appendonly="yes", appendfsync="always")
    yield server
    server.kill()


async def say_everything(state: ValkeyState) -> None:
    await state.lease(words(demand(burst=10, need=4), quota(limit=100, need=5), number=1))
    await state.deliver(delivery(1, used(5)))


async def look(state: ValkeyState) -> tuple[int, int, int, int]:
    """Free tokens, what remains of the quota, calls counted, calls in the ledger."""
    leases = await until_there(lambda: state.lease(words(demand(burst=10), quota(limit=100), number=2)))
    usage = await state.usage(UsageQuestion("p", None, *ALL_HOURS))
    ledger = await whole_ledger(state)
    counted, entered = sum(row.calls for row in usage.rows), sum(entry.calls for entry in ledger)
    return leases.grants[0].remaining, leases.quotas[0].remaining, counted, entered


@in_loop
async def test_with_an_append_only_file_nothing_is_lost_when_it_is_killed(lasting_server: RedisServer) -> None:
    async with opened(lasting_server.port) as state:
        await say_everything(state)
        lasting_server.kill()
        lasting_server.start()
        await until_there(lambda: state.deliver(delivery(1, used(5))))

        assert await look(state) == (6, 95, 5, 5)


@in_loop
async def test_without_one_all_begins_anew(own_server: RedisServer) -> None:
    async with opened(own_server.port) as state:
        await say_everything(state)
        own_server.kill()
        own_server.start()

        assert await look(state) == (10, 100, 0, 0)
        leases = await state.lease(words(demand(burst=10, used=4, back=2), number=3, holder="late"))
        assert (leases.grants[0].lapsed, leases.grants[0].remaining) == (True, 10)


@in_loop
async def test_a_server_that_is_emptied_under_load_goes_on(server: RedisServer) -> None:
    async with opened(server.port) as state:
        number = 0
        ends = asyncio.get_running_loop().time() + 1

        async def deliver(holder: str) -> None:
            nonlocal number
            count = 0
            while asyncio.get_running_loop().time() < ends:
                count += 1
                await state.lease(words(demand(burst=10, need=1), quota(need=1), holder=holder, number=count))
                await state.deliver(delivery(count, used(1), holder=holder))
                number += 1

        loads = [asyncio.create_task(deliver(f"h{index}")) for index in range(5)]
        for _ in range(5):
            await asyncio.sleep(0.1)
            await asyncio.to_thread(server.ask, "flushall")
            await asyncio.to_thread(server.ask, "script", "flush")
        await asyncio.gather(*loads)
        _, _, counted, entered = await look(state)

    assert 0 < counted == entered < number


@in_loop
async def test_every_call_is_counted_once_while_the_server_is_killed_again_and_again(
    lasting_server: RedisServer,
) -> None:
    async with opened(lasting_server.port) as state:
        delivered = 0

        async def deliver(holder: str, count: int) -> None:
            nonlocal delivered
            for number in range(1, count + 1):
                entries = (used(1), used(2, key=holder), used(1, minutes_ago=1440))
                await until_there(lambda n=number, e=entries: state.deliver(delivery(n, *e, holder=holder)))
                delivered += 4
                await asyncio.sleep(0.001)

        loads = [asyncio.create_task(deliver(f"h{index}", 150)) for index in range(4)]
        for _ in range(3):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(lasting_server.kill)
            await asyncio.to_thread(lasting_server.start)
        await asyncio.gather(*loads)
        _, _, counted, entered = await look(state)

    assert counted == entered == delivered == 2400


SKEWED = """
import asyncio, sys, time
real = time.time
time.time = lambda: real() + float(sys.argv[2])
from tests.state.valkey.talking import demand, opened, quota, words
async def main():
    async with opened(int(sys.argv[1])) as state:
        leases = await state.lease(words(demand(burst=100, need=30), quota(limit=100, need=30), holder=sys.argv[2]))
        print(leases.grants[0].tokens, leases.quotas[0].tokens, leases.now - real())
asyncio.run(main())
"""


@pytest.mark.parametrize("skew", ["-60", "+60", "86400"])
def test_clocks_of_clients_decide_nothing(server: RedisServer, skew: str) -> None:
    answers = [
        subprocess.run(
            [sys.executable, "-c", SKEWED, str(server.port), amount], capture_output=True, text=True, check=True
        ).stdout.split()
        for amount in ("0", skew, "0.0", skew + ".0")
    ]

    assert [int(tokens) for tokens, _, _ in answers] == [30, 30, 30, 10]
    assert [int(tokens) for _, tokens, _ in answers] == [30, 30, 30, 10]
    assert all(abs(float(ahead)) < 5 for _, _, ahead in answers)
