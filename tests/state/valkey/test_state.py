"""The state in a real server: words, deliveries, extensions, cached responses."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from limen.state.interface import StateAwayError
from limen.state.messages import LEASE_SECONDS, Grant, UsageQuestion
from limen.state.valkey.state import MOST_ENTRY
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
from tests.support.redis_server import RedisServer, free_port


@in_loop
async def test_answers_are_in_the_order_of_the_words(server: RedisServer) -> None:
    async with opened(server.port) as state:
        leases = await state.lease(
            words(
                demand("method/a/prod/GET /pets/{id}", burst=5, need=3),
                quota(limit=10, need=4),
                demand("plan/p/k", burst=50, need=1, want=10),
                quota(key="other", limit=2, need=4),
            )
        )

    assert leases.grants == [Grant(3, 0.0, 2, True), Grant(11, 0.0, 39, True)]
    assert [(grant.tokens, grant.remaining) for grant in leases.quotas] == [(4, 6), (2, 0)]
    assert 0 < leases.quotas[0].period_ends <= 86_400
    assert leases.holders == 1
    assert abs(leases.now - time.time()) < 5


@in_loop
async def test_nothing_to_say_is_an_answer_too(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.lease(words(holder="one"))
        leases = await state.lease(words(holder="other"))
        await state.deliver(delivery(1))

    assert (leases.grants, leases.quotas, leases.holders) == ([], [], 2)


@in_loop
async def test_words_that_are_repeated_count_once(server: RedisServer) -> None:
    async with opened(server.port) as state:
        said = words(demand(need=10, want=40), quota(limit=100, need=10), number=1)
        first = await state.lease(said)
        again = await state.lease(said)
        after = await state.lease(words(demand(used=first.grants[0].tokens), number=2))

    assert first.grants[0].tokens == 50
    assert again.grants[0].lapsed
    assert after.grants[0].remaining == 100 - 10 - again.grants[0].tokens


@in_loop
async def test_many_holders_get_no_more_than_there_is(server: RedisServer) -> None:
    async with opened(server.port) as one, opened(server.port) as other:
        asked = [
            (one, other)[index % 2].lease(words(demand(burst=500, need=7, want=20), holder=f"h{index}", number=1))
            for index in range(100)
        ]
        granted = sum(leases.grants[0].tokens for leases in await asyncio.gather(*asked))

    assert granted == 500


@in_loop
async def test_what_a_dead_holder_had_is_refilled(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.lease(words(demand(rate=1000, burst=20, want=10), holder="dead"))
        full = await state.lease(words(demand(rate=1000, burst=20)))
        await asyncio.sleep(LEASE_SECONDS + 0.2)
        after = await state.lease(words(demand(rate=1000, burst=20)))

    assert (full.grants[0].remaining, after.grants[0].remaining) == (10, 20)


@in_loop
async def test_a_bucket_admits_its_burst_and_what_its_rate_gives(server: RedisServer) -> None:
    """Overload by four holders that ask for what waits alone."""
    admitted = 0

    async def ask(state, holder: str, ends: float) -> None:
        nonlocal admitted
        number = spent = 0
        while time.monotonic() < ends:
            number += 1
            leases = await state.lease(
                words(demand(rate=200, burst=20, used=spent, need=3), holder=holder, number=number)
            )
            spent = leases.grants[0].tokens
            admitted += spent
            await asyncio.sleep(0.002)

    async with opened(server.port) as state:
        began = time.monotonic()
        await asyncio.gather(*(ask(state, f"h{index}", began + 1.5) for index in range(4)))
        took = time.monotonic() - began

    assert 0.95 * 200 * 1.5 <= admitted <= 20 + 200 * took


@in_loop
async def test_deliveries_count_once_in_counters_ledger_and_quota(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.lease(words(quota(limit=100, need=5), number=1))
        first = delivery(1, used(2), used(1, minutes_ago=3000), used(2, key="other"))
        for number in (first, first, delivery(2, used(1)), first):
            await state.deliver(number)
        leases = await state.lease(words(quota(limit=100), number=2))
        usage = await state.usage(UsageQuestion("p", None, *ALL_HOURS))
        ledger = await whole_ledger(state)

    assert leases.quotas[0].remaining == 95  # three used, two in the hand
    assert sorted((row.key_id, row.calls) for row in usage.rows) == [("k", 1), ("k", 3), ("other", 2)]
    assert sorted(entry.calls for entry in ledger) == [1, 1, 2, 2]


@in_loop
async def test_deliveries_of_thousands_of_keys(server: RedisServer) -> None:
    async with opened(server.port) as state:
        entries = [used(1 + index % 3, plan=f"p{index % 7}", key=f"k{index}") for index in range(3000)]
        await state.deliver(delivery(1, *entries))
        ledger = await whole_ledger(state)

    assert sorted(ledger, key=lambda entry: int(entry.key_id[1:])) == entries


@in_loop
async def test_an_extension_leaves_so_much(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.deliver(delivery(1, used(30)))
        calls = await state.extend(extension(5, limit=100))
        leases = await state.lease(words(quota(limit=100, need=10)))
        usage = await state.usage(UsageQuestion("p", ["k"], *ALL_HOURS))

    assert (calls, leases.quotas[0].tokens) == (30, 5)
    assert list(usage.extras["k"].values()) == [-65]


@in_loop
async def test_cached_responses_live_as_long_as_they_are_told(server: RedisServer) -> None:
    entry = random.randbytes(100_000)
    async with opened(server.port) as state:
        assert state.shares_caches
        await state.put_cached("api/prod/GET /pets/{id}?a=1", entry, 30)
        await state.put_cached("short", b"x", 0.05)
        await state.put_cached("none", b"x", 0.0)
        await state.put_cached("large", bytes(MOST_ENTRY + 1), 30)
        await asyncio.sleep(0.1)
        found = [await state.find_cached(key) for key in ("api/prod/GET /pets/{id}?a=1", "short", "none", "large")]

    assert found == [entry, None, None, None]


@in_loop
async def test_a_clock_of_development_is_moved_for_all(server: RedisServer) -> None:
    async with (
        opened(server.port, has_development_clock=True) as one,
        opened(server.port, has_development_clock=True) as other,
        opened(server.port) as real,
    ):
        await one.lease(words(demand(rate=1, burst=100, need=100)))
        await one.move_clock(30)
        await one.move_clock(10.5)
        moved = await other.lease(words(demand(rate=1, burst=100, need=100), holder="other"))
        unmoved = await real.lease(words(holder="real"))
        usage = await other.usage(UsageQuestion("p", None, *ALL_HOURS))

    assert moved.grants[0].tokens == 40
    assert abs(moved.now - time.time() - 40.5) < 5
    assert abs(usage.now - time.time() - 40.5) < 5
    assert abs(unmoved.now - time.time()) < 5


@in_loop
async def test_installations_with_different_prefixes_share_nothing(server: RedisServer) -> None:
    async with opened(f"valkey://localhost:{server.port}/?prefix=a:") as one, opened(server.port) as other:
        await one.lease(words(demand(burst=10, need=10)))
        await one.deliver(delivery(1, used()))
        leases = await other.lease(words(demand(burst=10, need=10), holder="other"))

        assert (leases.grants[0].tokens, leases.holders) == (10, 1)
        assert await whole_ledger(other) == []
    assert all(key.startswith(("a:", "limen:")) for key in server.ask("keys", "*").split())


@in_loop
async def test_scripts_that_the_server_forgot_are_told_again(server: RedisServer) -> None:
    async with opened(server.port) as state:
        server.ask("script", "flush")
        many = [demand(f"b{index}", burst=5, need=1) for index in range(50)]
        leases = await state.lease(words(*many, quota(need=1)))

    assert [grant.tokens for grant in leases.grants] == [1] * 50
    assert server.ask("info", "commandstats").count("cmdstat_eval:") == 1


@in_loop
async def test_every_method_says_that_the_state_is_away() -> None:
    port = free_port()
    async with opened(f"valkey://user:opensesame@127.0.0.1:{port}") as state:
        for ask in (
            lambda: state.lease(words(demand())),
            lambda: state.deliver(delivery(1, used())),
            lambda: state.usage(UsageQuestion("p", None, *ALL_HOURS)),
            lambda: whole_ledger(state),
            lambda: state.extend(extension(1)),
            lambda: state.forget_plan("p"),
            lambda: state.find_cached("x"),
            lambda: state.put_cached("x", b"", 1),
            lambda: state.move_clock(1),
            lambda: state.reset_clock(),
        ):
            with pytest.raises(StateAwayError, match=f"^valkey://127.0.0.1:{port}: Connection refused$"):
                await ask()

    assert state.losses.connects_failed >= 1


@in_loop
async def test_errors_of_the_server_are_said_and_counted(server: RedisServer) -> None:
    server.ask("config", "set", "maxmemory", "1")
    async with opened(server.port) as state:
        try:
            with pytest.raises(StateAwayError, match="OOM"):
                await state.put_cached("x", bytes(1000), 10)
        finally:
            server.ask("config", "set", "maxmemory", "0")
        await state.put_cached("x", b"y", 10)

    assert state.losses.errors == 1


@in_loop
async def test_a_user_that_may_do_only_what_the_docs_say(server: RedisServer) -> None:
    server.ask(
        "acl", "setuser", "limen", "on", ">opensesame", "~limen:*", "resetchannels", "-@all", *allowed_commands()
    )
    async with opened(f"valkey://limen:opensesame@127.0.0.1:{server.port}", has_development_clock=True) as state:
        await state.lease(words(demand(need=1), quota(need=1), number=1))
        await state.deliver(delivery(1, used()))
        await state.deliver(delivery(2, used(minutes_ago=3000)))
        await state.usage(UsageQuestion("p", None, *ALL_HOURS))
        assert len(await whole_ledger(state)) == 2
        await state.extend(extension(1))
        await state.put_cached("x", b"y", 10)
        assert await state.find_cached("x") == b"y"
        await state.move_clock(1)
        await state.reset_clock()
        await state.forget_plan("p")
    async with opened(f"valkey://limen:opensesame@127.0.0.1:{server.port}/?prefix=other:") as state:
        with pytest.raises(StateAwayError, match="NOPERM"):
            await until_there(lambda: state.lease(words(demand(need=1))), 0.2)


def allowed_commands() -> list[str]:
    """From docs/valkey.md."""
    page = (Path(__file__).parents[3] / "docs/valkey.md").read_text()
    line = next(line for line in page.splitlines() if line.startswith("ACL SETUSER"))
    return [word for word in line.split() if word.startswith("+")]


@in_loop
async def test_the_ledger_lives_for_the_days_of_the_setting(server: RedisServer) -> None:
    async with opened(server.port, ledger_days=3) as state:
        await state.deliver(delivery(1, used(plan="kept three days")))
        [key] = [key for key in server.ask("keys", "*kept three days*ledger:*").split("\n") if key]

        assert 3 * 86_400 - 60 < int(server.ask("ttl", key)) <= 3 * 86_400
