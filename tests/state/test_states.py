"""What every backend of shared state does: one suite for all of them."""

import asyncio
import time

import pytest

from limen.state.messages import (
    LEASE_SECONDS,
    QUOTA_LEASE_SECONDS,
    Delivery,
    LedgerQuestion,
    UsageQuestion,
    UsageRow,
    Used,
    Words,
)
from limen.state.periods import period_of
from tests.state.talking import Holder, entered_of, extension, now_of, used_of
from tests.support.loops import in_loop
from tests.support.state_backends import Backend, opened

SLOW = 0.01
"""Tokens per second: none comes while a test runs."""


@in_loop
async def test_holders_share_one_bucket(backend: Backend, name: str) -> None:
    async with opened(backend) as one, opened(backend) as other:
        a, b = Holder(one, f"a {name}"), Holder(other, f"b {name}")
        first = await a.ask(name, SLOW, 10, need=7)
        second = await b.ask(name, SLOW, 10, need=7)

    assert (first.tokens, first.retry_after, second.tokens) == (7, 0.0, 3)
    assert second.retry_after == pytest.approx(1 / SLOW, rel=0.05)


@in_loop
async def test_what_is_given_back_is_there_for_others(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, b = Holder(state, f"a {name}"), Holder(state, f"b {name}")
        assert (await a.ask(name, SLOW, 10, need=10)).tokens == 10
        assert (await a.ask(name, SLOW, 10, used=4, back=6)).remaining == 6
        assert (await b.ask(name, SLOW, 10, need=10)).tokens == 6


@in_loop
async def test_tokens_flow_in_by_the_rate(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        await a.ask(name, 2, 20, need=20)
        await state.move_clock(0.9)  # its lease lives
        grant = await a.ask(name, 2, 20, used=20, need=20)

    assert 1 <= grant.tokens <= 3
    assert 0 < grant.retry_after <= 0.5


@in_loop
async def test_a_lost_answer_spends_nothing_twice(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        await state.move_clock(10)  # those of other tests are not counted any more
        a, b = Holder(state, f"a {name}"), Holder(state, f"b {name}")
        first = await a.ask(name, SLOW, 100, want=20)
        again = await a.ask(name, SLOW, 100, want=20, again=True)
        assert (first.tokens, again.tokens, again.lapsed) == (20, 20, True)
        assert (await a.ask(name, SLOW, 100, used=15, back=5)).remaining == 85
        assert (await a.ask(name, SLOW, 100, used=15, back=5, again=True)).remaining == 85
        assert (await b.ask(name, SLOW, 100, need=200)).tokens == 85


@in_loop
async def test_a_dead_holder_has_nothing_any_more(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, b = Holder(state, f"a {name}"), Holder(state, f"b {name}")
        assert (await a.ask(name, 10, 20, want=20)).tokens <= 10
        await state.move_clock(LEASE_SECONDS + 2)
        late = await a.ask(name, 10, 20, used=3, back=7)
        assert (late.lapsed, late.remaining) == (True, 20)
        assert (await b.ask(name, 10, 20, need=100)).tokens == 20


@in_loop
async def test_the_newest_word_says_how_large_a_bucket_is(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        await a.ask(name, SLOW, 10, need=4)
        assert (await a.ask(name, SLOW, 3, used=4)).remaining == 3
        assert (await a.ask(name, SLOW, 50)).remaining == 3


@in_loop
async def test_a_share_is_left_for_other_holders(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        await state.move_clock(10)  # those of other tests are not counted any more
        a = Holder(state, f"a {name}")
        assert 0 < (await a.ask(name, SLOW, 1000, want=1000)).tokens <= 500
        assert (await a.ask(f"small {name}", SLOW, 5, want=5)).tokens == 0


@in_loop
async def test_many_words_at_once_are_answered_in_their_order(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        holders = [Holder(state, f"{number} {name}") for number in range(30)]
        grants = await asyncio.gather(
            *(holder.ask(f"{number} {name}", SLOW, number, need=100) for number, holder in enumerate(holders))
        )

    assert [grant.tokens for grant in grants] == list(range(30))


@in_loop
async def test_holders_are_counted_and_the_time_is_told(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        await state.move_clock(10)
        before = await now_of(state)
        answers = [await state.lease(Words(f"{number} {name}", [], [])) for number in range(3)]

    assert answers[2].holders - answers[0].holders == 2
    assert before <= answers[2].now < before + 5


@in_loop
async def test_a_quota_counts_what_is_delivered(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, b = Holder(state, f"a {name}"), Holder(state, f"b {name}")
        minute = int(await now_of(state)) // 60
        assert (await a.ask_quota(name, 100, need=30)).remaining == 70
        await a.deliver(name, 30, minute)
        assert (await b.ask_quota(name, 100, need=100)).tokens == 70
        await b.deliver(name, 70, minute)
        refused = await a.ask_quota(name, 100, need=1)

        assert refused.tokens == 0
        assert refused.retry_after == pytest.approx(refused.period_ends)
        assert await used_of(state, name) == 100


@in_loop
async def test_a_delivery_that_is_repeated_counts_once(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, minute = Holder(state, f"a {name}"), int(await now_of(state)) // 60
        await a.deliver(name, 5, minute)
        await asyncio.gather(*(a.deliver(name, 5, minute, again=True) for _ in range(5)))
        await a.deliver(name, 7, minute)
        await a.state.deliver(Delivery(a.name, 1, [Used(name, "key", "api", "prod", "GET /", minute, 100)]))

        assert (await used_of(state, name), await entered_of(state, name)) == (12, 12)
        assert (await a.ask_quota(name, 100)).remaining == 88


@in_loop
async def test_quota_of_a_dead_holder_comes_back_less_what_it_spent(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        dead, b = Holder(state, f"dead {name}"), Holder(state, f"b {name}")
        await dead.ask_quota(name, 10, need=10)
        await state.move_clock(LEASE_SECONDS + 0.5)
        assert (await b.ask_quota(name, 10, need=10)).tokens == 0
        await dead.deliver(name, 4, int(await now_of(state)) // 60)
        await state.move_clock(QUOTA_LEASE_SECONDS)
        assert (await b.ask_quota(name, 10, need=10)).tokens == 6


@in_loop
async def test_a_new_period_begins_with_the_whole_limit(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        now = await now_of(state)
        await state.move_clock(3600 - now % 3600 + 60)  # a minute into an hour
        now = await now_of(state)
        first = await a.ask_quota(name, 20, period="HOUR", offset=15, began=int(now), need=20)
        await a.deliver(name, 5, int(now) // 60)
        assert (first.tokens, (await a.ask_quota(name, 20, period="HOUR", offset=15, began=int(now))).remaining) == (
            5,
            0,
        )
        assert first.period_ends == pytest.approx(3540, abs=5)

        await state.move_clock(3600)
        second = await a.ask_quota(name, 20, period="HOUR", offset=15, began=int(now), need=20)
        assert (second.tokens, second.lapsed) == (20, True)


@in_loop
async def test_calls_of_an_hour_count_for_the_periods_that_it_lies_in(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        now = await now_of(state)
        start = period_of("DAY", now).start
        await a.deliver(name, 1, start // 60 - 1)
        await a.deliver(name, 10, start // 60)
        await a.deliver(name, 100, int(now) // 60)

        assert (await a.ask_quota(name, 1000, period="DAY")).remaining == 890


@in_loop
async def test_an_extension_holds_for_its_period(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        now = await now_of(state)
        await a.deliver(name, 10, int(now) // 60)
        assert (await a.ask_quota(name, 10, period="DAY")).remaining == 0

        assert await state.extend(extension(name, 10, 25, "DAY")) == 10
        assert (await a.ask_quota(name, 10, period="DAY", need=100)).tokens == 25
        answer = await state.usage(UsageQuestion(name, ["key"], 0, 10**7))
        assert answer.extras == {"key": {period_of("DAY", now).name: 25}}

        await state.move_clock(86400)
        assert (await a.ask_quota(name, 10, period="DAY", need=100)).tokens == 10


@in_loop
async def test_usage_is_told_by_key_method_and_hour(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        minute = int(await now_of(state)) // 3600 * 60
        used = [
            Used(name, "one", "api", "prod", "GET /", minute, 1),
            Used(name, "one", "api", "prod", "GET /", minute + 59, 2),
            Used(name, "one", "api", "prod", "POST /a/{b}", minute, 4),
            Used(name, "two", "other", "beta", "GET /", minute - 1, 8),
            Used(f"other {name}", "two", "other", "beta", "GET /", minute, 16),
        ]
        await state.deliver(Delivery(name, 1, used))
        hour = minute // 60

        async def ask(keys: list[str] | None, first: int, last: int) -> set[UsageRow]:
            return set((await state.usage(UsageQuestion(name, keys, first, last))).rows)

        two = UsageRow("two", "other", "beta", "GET /", hour - 1, 8)
        one = {
            UsageRow("one", "api", "prod", "GET /", hour, 3),
            UsageRow("one", "api", "prod", "POST /a/{b}", hour, 4),
        }
        assert await ask(None, hour - 1, hour) == {two, *one}
        assert await ask(["one"], hour - 1, hour) == one
        assert await ask(["two", "three"], hour - 1, hour) == {two}
        assert await ask(None, hour, hour) == one
        assert await ask([], hour - 1, hour) == set()


@in_loop
async def test_the_ledger_is_read_in_pages_and_equals_the_counters(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        minute = int(await now_of(state)) // 60
        for number in range(3):
            used = [Used(name, f"key {key}", "api", "prod", "GET /", minute - key % 7, key + 1) for key in range(900)]
            await state.deliver(Delivery(f"{number % 2} {name}", number + 1, used))

        expected = 3 * sum(range(1, 901))
        assert (await used_of(state, name), await entered_of(state, name)) == (expected, expected)
        page = await state.ledger(LedgerQuestion(name, minute - 1, minute))
        assert {entry.minute for entry in page.entries} <= {minute - 1, minute}
        assert (await state.ledger(LedgerQuestion(name, minute + 1, minute + 9))).entries == []
        assert page.entries[0].plan_id == name


@in_loop
async def test_a_plan_that_is_forgotten_leaves_its_ledger(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a = Holder(state, f"a {name}")
        await a.deliver(name, 10, int(await now_of(state)) // 60)
        await state.extend(extension(name, 10, 5))
        await state.forget_plan(name)
        answer = await state.usage(UsageQuestion(name, None, 0, 10**7))

        assert (answer.rows, answer.extras) == ([], {})
        assert await entered_of(state, name) == 10
        assert (await a.ask_quota(name, 10)).remaining == 10


@in_loop
async def test_usage_outlives_a_crash(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, before = Holder(state, f"a {name}"), await now_of(state)
        minute = int(before) // 60
        await a.deliver(name, 10, minute)
        await state.extend(extension(name, 10, 5))
    backend.restart()
    async with opened(backend) as state:
        await state.move_clock(before - await now_of(state))  # only ahead
        a.state = state
        await a.deliver(name, 10, minute, again=True)  # its answer may have been lost

        assert (await used_of(state, name), await entered_of(state, name)) == (10, 10)
        assert (await a.ask_quota(name, 10)).remaining == 5


@in_loop
async def test_a_clock_that_is_reset_is_back_in_the_periods_of_today(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        await state.reset_clock()
        a, now = Holder(state, f"a {name}"), await now_of(state)
        assert now == pytest.approx(time.time(), abs=2)
        await a.deliver(name, 10, int(now) // 60)
        assert (await a.ask_quota(name, 10, period="MONTH")).remaining == 0
        await state.move_clock(40 * 86_400)
        tomorrow = await now_of(state)
        await a.deliver(name, 3, int(tomorrow) // 60)
        assert (await a.ask_quota(name, 10, period="MONTH")).remaining == 7

        await state.reset_clock()

        assert await now_of(state) == pytest.approx(time.time(), abs=2)
        back = await a.ask_quota(name, 10, period="MONTH", need=1)
        assert (back.tokens, back.remaining) == (0, 0)
        await state.move_clock(40 * 86_400)
        assert (await a.ask_quota(name, 10, period="MONTH")).remaining == 7
        await state.reset_clock()


@in_loop
async def test_buckets_fill_on_when_the_clock_is_reset(backend: Backend, name: str) -> None:
    async with opened(backend) as state:
        a, b = Holder(state, f"a {name}"), Holder(state, f"b {name}")
        await state.move_clock(86_400)
        assert (await a.ask(name, 2, 20, need=20)).tokens == 20
        await state.reset_clock()
        assert (await b.ask(name, 2, 20, need=20)).tokens <= 1
        await state.move_clock(LEASE_SECONDS + 3)

        assert 6 <= (await b.ask(name, 2, 20, need=20)).tokens <= 12
