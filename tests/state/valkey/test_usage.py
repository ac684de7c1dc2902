"""What was used, read from counters, and forgotten with a plan."""

import time

from limen.state.messages import UsageQuestion, UsageRow
from tests.state.valkey.talking import ALL_HOURS, delivery, demand, extension, opened, quota, used, whole_ledger, words
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer


@in_loop
async def test_rows_are_by_key_method_and_hour(server: RedisServer) -> None:
    hour = int(time.time()) // 3600
    async with opened(server.port) as state:
        entries = [used(1), used(2), used(4, method="ANY /{proxy+}"), used(8, minutes_ago=60), used(16, key="b/}%")]
        await state.deliver(delivery(1, *entries))
        await state.deliver(delivery(2, used(32, plan="other")))
        usage = await state.usage(UsageQuestion("p", None, *ALL_HOURS))

    assert sorted(usage.rows, key=lambda row: row.calls) == [
        UsageRow("k", "api", "prod", "GET /pets", hour, 3),
        UsageRow("k", "api", "prod", "ANY /{proxy+}", hour, 4),
        UsageRow("k", "api", "prod", "GET /pets", hour - 1, 8),
        UsageRow("b/}%", "api", "prod", "GET /pets", hour, 16),
    ]
    assert usage.extras == {}


@in_loop
async def test_hours_and_keys_that_are_not_asked_for_are_left_out(server: RedisServer) -> None:
    hour = int(time.time()) // 3600
    async with opened(server.port) as state:
        await state.deliver(delivery(1, *(used(1, minutes_ago=60 * ago, key=key) for ago in range(60) for key in "ab")))
        usage = await state.usage(UsageQuestion("p", ["a", "nobody"], hour - 30, hour - 3))

    assert sorted(row.hour for row in usage.rows) == list(range(hour - 30, hour - 2))
    assert {row.key_id for row in usage.rows} == {"a"}


@in_loop
async def test_a_plan_that_is_forgotten_keeps_its_ledger_alone(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.lease(words(quota(limit=10, need=3), number=1))
        await state.deliver(delivery(1, used(3), used(1, plan="kept"), used(2, minutes_ago=3000)))
        await state.extend(extension(50, limit=10))
        await state.forget_plan("p")
        await state.deliver(delivery(1, used(3), used(1, plan="kept"), used(2, minutes_ago=3000)))
        gone = await state.usage(UsageQuestion("p", None, *ALL_HOURS))
        kept = await state.usage(UsageQuestion("kept", None, *ALL_HOURS))
        leases = await state.lease(words(quota(limit=10), demand(), number=2))

        assert (gone.rows, gone.extras, [row.calls for row in kept.rows]) == ([], {}, [1])
        assert leases.quotas[0].remaining == 10
        assert sorted(entry.calls for entry in await whole_ledger(state)) == [1, 2, 3]


@in_loop
async def test_extensions_are_told_where_nothing_was_used(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.extend(extension(50, limit=10))
        usage = await state.usage(UsageQuestion("p", None, *ALL_HOURS))

    assert [list(extras.values()) for extras in usage.extras.values()] == [[40]]
