"""Buckets and quotas by name, for several holders: never too much, and nothing forgotten that matters."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from limen.state.buckets import Instant
from limen.state.engine import HOLDER_SECONDS, IDLE_QUOTA_SECONDS, Engine, EngineRecord
from limen.state.messages import (
    HOLD_SECONDS,
    Delivery,
    Demand,
    Extension,
    Grant,
    Leases,
    QuotaDemand,
    Used,
    Words,
)
from limen.state.periods import Period

NOON = 1_795_694_400.0


class Counters:
    def __init__(self) -> None:
        self.used = 0
        self.more = 0

    def calls(self, plan_id: str, key_id: str, period: Period) -> int:
        return self.used

    def extended_by(self, plan_id: str, key_id: str, period: Period) -> int:
        return self.more


def at(now: float) -> Instant:
    return Instant(now, NOON + now)


def demand(bucket: str = "x", rate: float = 10, burst: int = 10, used: int = 0, need: int = 0, want: int = 0) -> Demand:
    return Demand(bucket, rate, burst, used, 0, need, want)


def quota_demand(need: int = 0, period: str = "DAY", limit: int = 100) -> QuotaDemand:
    return QuotaDemand("plan", "key", limit, period, 10, int(NOON), 0, need, 0)


def ask(engine: Engine, now: float, *demands: Demand, holder: str = "a") -> Leases:
    return engine.answer(Words(holder, list(demands), []), at(now))


def test_buckets_have_nothing_to_do_with_each_other() -> None:
    engine = Engine(Counters())
    answer = ask(engine, 0, demand("x", need=20), demand("y", need=3))

    assert [grant.tokens for grant in answer.grants] == [10, 3]
    assert answer.now == NOON


def test_holders_that_were_heard_of_lately_are_counted() -> None:
    engine = Engine(Counters())

    assert [ask(engine, 0, holder=name).holders for name in "abca"] == [1, 2, 3, 3]
    assert ask(engine, HOLDER_SECONDS + 1).holders == 1


def test_full_buckets_and_idle_quotas_are_forgotten() -> None:
    engine = Engine(Counters())
    ask(engine, 0, *(demand(f"x{number}", need=5) for number in range(100)))
    engine.answer(Words("a", [], [quota_demand(need=1)]), at(0))
    assert len(engine) == 101

    for _ in range(20):
        engine.sweep(1.2, most=10)
    assert len(engine) == 1
    for _ in range(3):
        engine.sweep(IDLE_QUOTA_SECONDS + 1)
    assert len(engine) == 0


def test_a_bucket_that_is_not_full_is_remembered() -> None:
    engine = Engine(Counters())
    ask(engine, 0, demand(rate=0.1, need=10))
    for now in range(1, 50):
        engine.sweep(now)

    assert ask(engine, 50, demand(rate=0.1, need=10)).grants[0].tokens == 5


def test_after_a_crash_buckets_fill_from_when_they_may_have_been_empty() -> None:
    engine = Engine(Counters(), empty_since=100.0)

    assert ask(engine, 101.5, demand("x", need=20)).grants[0].tokens == 10
    assert ask(engine, 200, demand("y", need=20)).grants[0].tokens == 10


def test_what_flowed_until_a_holder_came_back_after_a_crash_it_has_let_pass_itself() -> None:
    engine = Engine(Counters(), empty_since=100.0)

    assert ask(engine, 100.5, demand("x", need=10)).grants[0].tokens == 0
    assert ask(engine, 101.0, demand("x", need=10)).grants[0].tokens == 5


def test_another_process_goes_on_where_one_ended() -> None:
    before, after = Engine(Counters()), Engine(Counters())
    ask(before, 0, demand("x", need=8, want=2), demand("full"))
    before.answer(Words("a", [], [quota_demand(need=40)]), at(0))
    left = msgspec.msgpack.encode(before.record(at(0.2)))
    after.restore(msgspec.msgpack.decode(left, type=EngineRecord), Instant(1000.0, NOON + 0.4))

    def later(words: Words) -> Leases:
        return after.answer(words, Instant(1000.0, NOON + 0.4))

    (grant,) = later(Words("a", [demand("x", used=9, need=10)], [])).grants
    assert (grant.tokens, grant.lapsed) == (5, False)
    assert later(Words("b", [], [quota_demand(need=100)])).quotas[0].tokens == 50


def test_a_quota_begins_with_what_was_counted() -> None:
    counters = Counters()
    counters.used = 80
    engine = Engine(counters)

    (grant,) = engine.answer(Words("a", [], [quota_demand(need=20)]), at(0)).quotas
    assert grant.tokens == 10  # ten less in its first period


def test_a_new_period_begins_anew() -> None:
    counters = Counters()
    engine = Engine(counters)
    midnight = 43200
    assert engine.answer(Words("a", [], [quota_demand(need=90)]), at(midnight - 1)).quotas[0].tokens == 90
    (none,) = engine.answer(Words("a", [], [quota_demand(need=1)]), at(midnight - 0.5)).quotas
    assert (none.tokens, none.period_ends) == (0, 0.5)

    (grant,) = engine.answer(Words("a", [], [quota_demand(need=500)]), at(midnight)).quotas
    assert (grant.tokens, grant.lapsed) == (100, True)


def test_deliveries_and_extensions_meet_the_current_period() -> None:
    engine = Engine(Counters())
    engine.answer(Words("a", [], [quota_demand(need=90)]), at(0))
    minute = int(NOON) // 60
    engine.count(Delivery("a", 1, [Used("plan", "key", "api", "prod", "GET /", minute, 90)]))

    period, used, extra = engine.extend(Extension("plan", "key", 100, "DAY", 10, int(NOON), 25), at(1))
    assert (period.name, used, extra) == ("DAY:2026-11-26", 90, 25)
    assert engine.answer(Words("a", [], [quota_demand(need=90)]), at(1)).quotas[0].tokens == 25

    engine.forget_plan("plan")
    assert len(engine) == 0


class Holder:
    """Keeps the rules of holders, and loses answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0
        self.hand = 0
        self.used = 0
        self.said_at = -100.0
        """When the last acknowledged words were sent."""
        self.unanswered: tuple[Demand, int] | None = None

    def words(self, now: float, rate: float, burst: int, back: int, need: int, want: int) -> Words:
        if now >= self.said_at + HOLD_SECONDS:
            back = self.hand
        back = min(back, self.hand)
        if self.unanswered is None:
            self.number += 1
            self.hand -= back
            self.unanswered = Demand("x", rate, burst, self.used, back, need, want), self.used
        return Words(self.name, [self.unanswered[0]], [], self.number)

    def hear(self, grant: Grant, sent_at: float) -> int:
        """The calls that waited and are admitted now."""
        assert self.unanswered is not None
        said, told = self.unanswered
        self.unanswered = None
        if grant.lapsed:
            self.hand = 0
        waiting = min(grant.tokens, said.need)
        self.used += waiting - told
        self.hand += grant.tokens - waiting
        self.said_at = sent_at
        return waiting


class Exactness(RuleBasedStateMachine):
    """Of one bucket: in no window is more spent than burst + rate x window."""

    @initialize(rate=st.sampled_from([0.5, 3, 10, 100]), burst=st.integers(1, 40))
    def begin(self, rate: float, burst: int) -> None:
        self.rate, self.burst, self.now, self.deaths = rate, burst, 0.0, 0
        self.engine = Engine(Counters())
        self.holders = [Holder(name) for name in "abc"]
        self.spent: list[tuple[float, int]] = []

    @rule(seconds=st.sampled_from([0.001, 0.02, 0.2, 0.3, 0.6, 1.1, 3]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(who=st.integers(0, 2), calls=st.integers(1, 20))
    def spend(self, who: int, calls: int) -> None:
        holder = self.holders[who]
        if self.now < holder.said_at + HOLD_SECONDS:
            calls = min(calls, holder.hand)
            holder.hand -= calls
            holder.used += calls
            self.spent.append((self.now, calls))

    @rule(
        who=st.integers(0, 2),
        back=st.integers(0, 10),
        need=st.integers(0, 20),
        want=st.integers(0, 20),
        is_lost=st.sampled_from([None, None, None, None, "words", "answer"]),
    )
    def say(self, who: int, back: int, need: int, want: int, is_lost: str | None) -> None:
        holder = self.holders[who]
        words = holder.words(self.now, self.rate, self.burst, back, need, want)
        if is_lost == "words":
            return
        (grant,) = self.engine.answer(words, at(self.now)).grants
        assert 0 <= grant.tokens <= words.demands[0].need + words.demands[0].want
        if is_lost is None:
            self.spent.append((self.now, holder.hear(grant, self.now)))

    @rule(who=st.integers(0, 2))
    def die(self, who: int) -> None:
        self.deaths += 1
        self.holders[who] = Holder(f"{who} after {self.deaths}")

    @rule()
    def sweep(self) -> None:
        self.engine.sweep(self.now)

    @invariant()
    def no_window_has_too_much(self) -> None:
        events = [event for event in getattr(self, "spent", []) if event[1]]
        for first in range(len(events)):
            total = 0
            for moment, calls in events[first:]:
                total += calls
                assert total <= self.burst + self.rate * (moment - events[first][0]) + 1e-3


TestExactness = Exactness.TestCase
TestExactness.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def test_under_steady_overload_all_that_is_due_is_granted() -> None:
    for rate, burst in ((100, 1), (100, 5), (7, 3), (1000, 50)):
        engine = Engine(Counters())
        granted, used, now = 0, dict.fromkeys("abc", 0), 0.0
        for step in range(3000):
            now = step / 100
            holder = "abc"[step % 3]
            (grant,) = ask(engine, now, demand("x", rate, burst, used[holder], need=30), holder=holder).grants
            used[holder] = grant.tokens
            granted += grant.tokens
        due = burst + rate * now
        assert due - 1 - rate / 100 <= granted <= due
