"""A cluster of three: each call to the node that has its slot, also while slots move and nodes come back."""

import asyncio
from collections.abc import Iterator

import pytest

from limen.state.interface import StateAwayError
from limen.state.messages import UsageQuestion
from limen.state.valkey.cluster import read_slots
from limen.state.valkey.keys import Keys, slot_of
from limen.state.valkey.url import Address
from tests.state.valkey.talking import (
    ALL_HOURS,
    delivery,
    demand,
    extension,
    opened,
    quota,
    until_there,
    used,
    whole_ledger,
    words,
)
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer, redis_cluster


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[RedisServer]]:
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


@pytest.fixture
def url(nodes: list[RedisServer]) -> str:
    for node in nodes:
        node.ask("flushall")
    return f"valkey://127.0.0.1:{nodes[1].port},127.0.0.1:{nodes[0].port}?cluster=true"


@in_loop
async def test_all_that_is_said_finds_its_node(url: str, nodes: list[RedisServer]) -> None:
    buckets = [demand(f"method/a/prod/GET /{number}/{{id}}", burst=5, need=2) for number in range(60)]
    entries = [used(2, plan=f"p{number % 3}", key=f"k{number}") for number in range(30)]
    async with opened(url) as state:
        leases = await state.lease(
            words(*buckets, *(quota(key=f"k{number}", need=1) for number in range(20)), number=1)
        )
        await state.deliver(delivery(1, *entries))
        await state.deliver(delivery(1, *entries))
        await state.extend(extension(5, plan="p0", key="k0"))
        usage = await state.usage(UsageQuestion("p0", None, *ALL_HOURS))
        await state.put_cached("x", b"y", 10)
        assert await state.find_cached("x") == b"y"
        assert sorted(await whole_ledger(state), key=lambda entry: int(entry.key_id[1:])) == entries
        await state.forget_plan("p0")
        assert (await state.usage(UsageQuestion("p0", None, *ALL_HOURS))).rows == []

    assert [grant.tokens for grant in leases.grants] == [2] * 60
    assert [grant.tokens for grant in leases.quotas] == [1] * 20
    assert (len(usage.rows), sum(row.calls for row in usage.rows)) == (10, 20)
    assert all(int(node.ask("dbsize")) > 0 for node in nodes)


@in_loop
async def test_a_slot_that_moves_is_followed(url: str, nodes: list[RedisServer]) -> None:
    slot = slot_of(Keys("limen:").bucket("moving"))
    owner = next(node for node in nodes if _owns(node, slot))
    target = next(node for node in nodes if node is not owner)
    owner_id, target_id = owner.ask("cluster", "myid"), target.ask("cluster", "myid")
    async with opened(url) as state:
        await state.lease(words(demand("moving", burst=10, need=1), number=1))
        target.ask("cluster", "setslot", slot, "importing", owner_id)
        owner.ask("cluster", "setslot", slot, "migrating", target_id)
        during = await state.lease(words(demand("moving", burst=10, need=1, used=1), number=2))
        for key in owner.ask("cluster", "getkeysinslot", slot, 100).split():
            owner.ask("migrate", "127.0.0.1", target.port, key, 0, 1000)
        asked = await state.lease(words(demand("moving", burst=10, need=1, used=1), number=3))
        for node in nodes:
            node.ask("cluster", "setslot", slot, "node", target_id)
        moved = await state.lease(words(demand("moving", burst=10, need=1, used=1), number=4))

    remaining = [leases.grants[0].remaining for leases in (during, asked, moved)]
    assert remaining == [8, 7, 6]


@in_loop
async def test_a_node_that_is_away_comes_back(url: str, nodes: list[RedisServer]) -> None:
    buckets = [demand(f"b{number}", burst=5) for number in range(60)]
    async with opened(url) as state:
        await state.lease(words(*buckets, number=1))
        nodes[2].kill()
        with pytest.raises(StateAwayError):
            for number in range(2, 50):
                await state.lease(words(*buckets, number=number))
                await asyncio.sleep(0.01)
        nodes[2].start()
        await until_there(lambda: state.lease(words(*buckets, number=60)))


def test_slots_without_a_node_are_told() -> None:
    asked = Address("seed", 7000)
    whole = [[0, 8191, [b"10.0.0.1", 7001, b"id"], [b"10.0.0.9", 7009, b"id"]], [8192, 16383, [b"", 7002, b"id"]]]
    owners = read_slots(whole, asked)

    assert (owners[0], owners[8191], owners[8192]) == (Address("10.0.0.1", 7001),) * 2 + (Address("seed", 7002),)
    with pytest.raises(StateAwayError, match="8192 of 16384 slots have no node"):
        read_slots(whole[:1], asked)


def _owns(node: RedisServer, slot: int) -> bool:
    owners = node.ask("cluster", "nodes").splitlines()
    mine = next(line for line in owners if "myself" in line).split()[8:]
    ranges = [part.partition("-") for part in mine if not part.startswith("[")]
    return any(int(first) <= slot <= int(last or first) for first, _, last in ranges)
