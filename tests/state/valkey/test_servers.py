"""The master that a sentinel knows: found, and found anew when another takes its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.state.interface import StateAwayError
from limen.state.messages import UsageQuestion
from tests.state.valkey.talking import ALL_HOURS, delivery, demand, opened, until_there, used, words
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer, free_port, redis_with_sentinel


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer, RedisServer]]:
    with redis_with_sentinel(tmp_path) as servers:
        yield servers


@in_loop
async def test_the_master_is_found_and_its_replica_when_it_dies(
    watched: tuple[RedisServer, RedisServer, RedisServer],
) -> None:
    master, _, sentinel = watched
    async with opened(f"valkey+sentinel://127.0.0.1:{free_port()},127.0.0.1:{sentinel.port}/limen") as state:
        await state.lease(words(demand(burst=10, need=4), number=1))
        await state.deliver(delivery(1, used(7)))
        master.ask("wait", 1, 1000)
        master.kill()
        leases = await until_there(lambda: state.lease(words(demand(burst=10), number=2)), 30)
        usage = await state.usage(UsageQuestion("p", None, *ALL_HOURS))

    assert leases.grants[0].remaining == 6
    assert [row.calls for row in usage.rows] == [7]
    assert state.losses.connections_lost >= 1


@in_loop
async def test_a_service_that_no_sentinel_knows_is_named(
    watched: tuple[RedisServer, RedisServer, RedisServer],
) -> None:
    place = f"127.0.0.1:{watched[2].port}"
    async with opened(f"valkey+sentinel://:opensesame@{place}/others") as state:
        with pytest.raises(StateAwayError) as caught:
            await state.lease(words())

    assert f"no sentinel says where the master is: sentinel {place}: it knows no service 'others'" in str(caught.value)
    assert "opensesame" not in str(caught.value)


@in_loop
async def test_a_server_that_became_a_replica_is_left(own_server: RedisServer) -> None:
    async with opened(own_server.port) as state:
        await state.lease(words(demand(need=1)))
        own_server.ask("replicaof", "127.0.0.1", free_port())
        with pytest.raises(StateAwayError, match=r"READONLY|it is a replica|MASTERDOWN"):
            await state.lease(words(demand(need=1)))
        own_server.ask("replicaof", "no", "one")
        await until_there(lambda: state.lease(words(demand(need=1))))
