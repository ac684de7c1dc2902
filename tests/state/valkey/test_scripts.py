"""Scripts say what the engine of the embedded state says: the same conversations by a clock that is told to both."""

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from limen.state.buckets import Instant, Quota, TokenBucket
from limen.state.leases import Word
from limen.state.messages import DAY, HOUR, MONTH, WEEK, Demand, QuotaDemand
from limen.state.periods import allowed_calls, period_of
from limen.state.valkey.scripts import ALL, Script, load_script
from tests.support.redis_server import RedisServer

EPOCH = 1_795_694_400  # 2026-11-26T12:00
TOLD_CLOCK = "local function read_clock(ahead) return math.floor(tonumber(ahead) * 1000000 + 0.5) end"
FEW = settings(max_examples=30, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck])


def by_told_clock(script: Script) -> str:
    """Its source, with the time in place of how far a clock is ahead."""
    clock = load_script("clock").source.rpartition("local function read_clock")
    return script.source.replace("local function read_clock" + clock[2].rstrip("\n"), TOLD_CLOCK)


SOURCES = {script.name: by_told_clock(script) for script in ALL}


class Talk:
    """With scripts of a server at a moment of one's own."""

    def __init__(self, server: RedisServer) -> None:
        self.client = redis.Redis(port=server.port)
        self.client.flushall()
        self.scripts = {name: self.client.register_script(source) for name, source in SOURCES.items()}
        self.now = float(EPOCH)
        self.elapsed = 0.0  # a steady clock: the engine's sums of seconds since 1970 would not be exact

    def wait(self, seconds: float) -> None:
        """Sixty-fourths of seconds: no clock has to round them."""
        self.elapsed += seconds
        self.now = EPOCH + self.elapsed

    def run(self, name: str, keys: list[str], *arguments: object) -> list[float]:
        answer = self.scripts[name](keys=keys, args=list(arguments))
        return [float(part) for part in answer] if isinstance(answer, list) else [float(answer)]

    def lease(self, demand: Demand, holder: str, number: int = 0, holders: int = 1) -> list[float]:
        said = (demand.used, demand.back, demand.need, demand.want)
        return self.run("lease", ["b"], holder, number, holders, f"{self.now:.6f}", demand.rate, demand.burst, *said)

    def lease_quota(self, demand: QuotaDemand, holder: str, number: int = 0, holders: int = 1) -> list[float]:
        quota = (demand.limit, demand.period, demand.offset, demand.began)
        said = (demand.back, demand.need, demand.want)
        return self.run("lease_quota", ["q", "h", "x"], holder, number, holders, f"{self.now:.6f}", *quota, *said)

    def deliver(self, holder: str, number: int, *entries: tuple[int, int], ledger_days: int = 35) -> int:
        """Entries: minute and calls."""
        days = list(dict.fromkeys(minute // 1440 for minute, _ in entries))
        parts = [part for m, calls in entries for part in (days.index(m // 1440) + 1, m, calls, "a\x1fs\x1fGET /")]
        names = [name for day in days for name in (f"calls:{day}", f"ledger:{day}")]
        keys = ["q", "h", "seen", "days", *names]
        [counted] = self.run("deliver", keys, holder, number, f"{self.now:.6f}", ledger_days, len(days), *days, *parts)
        return int(counted)


@pytest.fixture
def talk(server: RedisServer) -> Talk:
    return Talk(server)


def test_the_clock_of_each_script_is_replaced_in_these_tests() -> None:
    assert all(TOLD_CLOCK in source and "'TIME'" not in source for source in SOURCES.values())


def test_digests_are_those_of_the_server(server: RedisServer) -> None:
    client = redis.Redis(port=server.port)

    for script in ALL:
        assert client.script_load(script.source) == script.digest
        assert hashlib.sha1(script.source.encode()).hexdigest() == script.digest


def bucket_machine(server: RedisServer) -> type[RuleBasedStateMachine]:
    """Token buckets: each answer of the script is the engine's."""

    class Buckets(RuleBasedStateMachine):
        @initialize(rate=st.sampled_from([0.0, 0.5, 1.0, 3.7, 100.0, 5000.0]), burst=st.integers(0, 60))
        def begin(self, rate: float, burst: int) -> None:
            self.talk = Talk(server)
            self.rate, self.burst = rate, burst
            self.bucket: TokenBucket | None = None
            self.numbers: dict[str, int] = {}
            self.last: dict[str, tuple[Demand, list[float]]] = {}

        @rule(seconds=st.sampled_from([0.0, 1 / 64, 0.125, 0.25, 0.75, 1.0, 1.5, 60.0]))
        def wait(self, seconds: float) -> None:
            self.talk.wait(seconds)

        @rule(rate=st.sampled_from([1.0, 20.0]), burst=st.integers(1, 30))
        def change(self, rate: float, burst: int) -> None:
            self.rate, self.burst = rate, burst

        @rule(
            holder=st.sampled_from("abc"),
            used=st.integers(0, 20),
            back=st.integers(0, 20),
            need=st.integers(0, 30),
            want=st.integers(0, 30),
            is_numbered=st.booleans(),
        )
        def say(self, holder: str, used: int, back: int, need: int, want: int, is_numbered: bool) -> None:
            number = self.numbers[holder] = self.numbers.get(holder, 0) + 1
            demand = Demand("b", self.rate, self.burst, used, back, need, want)
            self.last[holder] = (demand, self._say(demand, holder, number if is_numbered else 0))

        @precondition(lambda self: self.last)
        @rule(holder=st.sampled_from("abc"))
        def say_again(self, holder: str) -> None:
            if holder in self.last:
                self._say(self.last[holder][0], holder, self.numbers[holder])

        def _say(self, demand: Demand, holder: str, number: int) -> list[float]:
            answer = self.talk.lease(demand, holder, number, holders=4)
            word = Word(holder, number, demand.used, demand.back)
            if self.bucket is None:
                self.bucket = TokenBucket(demand.rate, demand.burst, demand.burst, self.talk.elapsed)
            expected = self.bucket.answer(word, demand, self.talk.elapsed, holders=4)
            assert answer == pytest.approx(
                [expected.tokens, expected.retry_after, expected.remaining, int(expected.lapsed)], abs=2e-3
            )
            return answer

    return Buckets


def test_buckets_are_those_of_the_engine(server: RedisServer) -> None:
    run_state_machine_as_test(bucket_machine(server), settings=FEW)


def quota_machine(server: RedisServer) -> type[RuleBasedStateMachine]:
    """Quotas with deliveries: each answer of the script is the engine's."""

    class Quotas(RuleBasedStateMachine):
        @initialize(
            kind=st.sampled_from([HOUR, DAY, WEEK, MONTH]), limit=st.integers(0, 200), offset=st.integers(0, 30)
        )
        def begin(self, kind: str, limit: int, offset: int) -> None:
            self.talk = Talk(server)
            self.kind, self.limit, self.offset = kind, limit, offset
            self.counted: dict[int, int] = {}
            self.extras: dict[str, int] = {}
            self.delivered: dict[str, int] = {}
            self.number = 0
            self.quota = Quota(self.period, 0, 0, self.talk.elapsed)

        @property
        def period(self):
            return period_of(self.kind, self.talk.now)

        @rule(seconds=st.sampled_from([0.125, 0.25, 2.0, 6.0, 3600.0, 43_200.0, 86_400.0 * 9]))
        def wait(self, seconds: float) -> None:
            self.talk.wait(seconds)
            if self.quota.period != self.period:
                hours = range(self.period.first_hour, self.period.last_hour + 1)
                used = sum(calls for minute, calls in self.counted.items() if minute // 60 in hours)
                self.quota = Quota(self.period, used, self.extras.get(self.period.name, 0), self.talk.elapsed)

        @rule(
            holder=st.sampled_from("abc"),
            back=st.integers(0, 20),
            need=st.integers(0, 30),
            want=st.integers(0, 100),
            is_repeated=st.booleans(),
        )
        def say(self, holder: str, back: int, need: int, want: int, is_repeated: bool) -> None:
            self.number += 1
            demand = QuotaDemand("p", "k", self.limit, self.kind, self.offset, EPOCH, back, need, want)
            for _ in range(1 + is_repeated):
                answer = self.talk.lease_quota(demand, holder, self.number, holders=4)
                now = Instant(self.talk.elapsed, self.talk.now)
                expected = self.quota.answer(Word(holder, self.number, 0, back), demand, now, holders=4)
                assert answer == pytest.approx(
                    [
                        expected.tokens,
                        expected.retry_after,
                        expected.remaining,
                        expected.period_ends,
                        int(expected.lapsed),
                    ],
                    abs=2e-3,
                )

        @rule(
            holder=st.sampled_from("abc"),
            calls=st.lists(st.tuples(st.sampled_from([0, 0, 1, 59, 60, 3000]), st.integers(1, 20)), min_size=1),
            is_repeated=st.booleans(),
        )
        def deliver(self, holder: str, calls: list[tuple[int, int]], is_repeated: bool) -> None:
            number = self.delivered[holder] = self.delivered.get(holder, 0) + 1
            entries = [(int(self.talk.now) // 60 - ago, count) for ago, count in calls]
            assert self.talk.deliver(holder, number, *entries) == 1
            if is_repeated:
                assert self.talk.deliver(holder, number, *entries) == 0
            for minute, count in entries:
                self.counted[minute] = self.counted.get(minute, 0) + count
                self.quota.count(holder, count, minute * 60)

        @rule(remaining=st.integers(0, 300))
        def extend(self, remaining: int) -> None:
            arguments = (self.limit, self.kind, self.offset, EPOCH, remaining, f"{self.talk.now:.6f}")
            [used] = self.talk.run("extend", ["q", "h", "x"], *arguments)
            allowed = allowed_calls(self.limit, self.offset, EPOCH, self.period)
            expected, self.extras[self.period.name] = self.quota.extend(remaining, allowed)
            assert used == expected

        @invariant()
        def counters_and_ledger_are_equal(self) -> None:
            if not hasattr(self, "talk"):
                return
            client = self.talk.client
            total = sum(self.counted.values())
            names = [name.decode() for name in client.keys("calls:*")]
            ledger = [line for name in client.keys("ledger:*") for line in client.lrange(name, 0, -1)]
            assert sum(int(calls) for name in names for calls in client.hvals(name)) == total
            assert sum(int(line.split(b"\x1f")[1]) for line in ledger) == total

    return Quotas


def test_quotas_are_those_of_the_engine(server: RedisServer) -> None:
    run_state_machine_as_test(quota_machine(server), settings=FEW)


@given(
    kind=st.sampled_from([HOUR, DAY, WEEK, MONTH]),
    moment=st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[*HealthCheck])
def test_periods_are_those_of_the_calendar(server: RedisServer, kind: str, moment: datetime) -> None:
    client = redis.Redis(port=server.port)
    seconds = int(moment.timestamp())
    source = load_script("periods").source + (
        "\nlocal p = period_of(ARGV[1], tonumber(ARGV[2]))\n"
        "return {p.name, string.format('%.0f', p.start), string.format('%.0f', p.ends)}"
    )
    name, start, ends = client.eval(source, 0, kind, seconds)
    expected = period_of(kind, seconds)

    assert (name.decode(), int(start), int(ends)) == (expected.name, expected.start, expected.end)


def test_a_bucket_goes_when_it_is_full_again_and_not_before(talk: Talk) -> None:
    talk.lease(Demand("b", 0.1, 10, 0, 0, need=5, want=0), "a", 1)

    assert 50_000 < talk.client.pttl("b") <= 66_000
    talk.lease(Demand("b", 0.0, 10, 5, 0, need=0, want=0), "a", 2)
    assert talk.client.pttl("b") > 86_400_000


def test_a_clock_that_is_set_back_stops_nothing(talk: Talk) -> None:
    talk.lease(Demand("b", 10.0, 20, 0, 0, need=5, want=10), "dead", 1)
    talk.now -= 3600
    assert talk.lease(Demand("b", 10.0, 20, 0, 0, need=20, want=0), "b", 1)[0] == 8
    talk.now += 1.1
    talk.lease(Demand("b", 10.0, 20, 8, 0, need=0, want=0), "b", 2)
    talk.now += 2

    assert talk.lease(Demand("b", 10.0, 20, 0, 0, need=20, want=0), "b", 3)[0] == 20


def test_holders_are_counted_while_they_are_heard(talk: Talk) -> None:
    counts = []
    for holder, wait in (("a", 0), ("b", 1), ("a", 1), ("c", 1.5), ("c", 1), ("c", 9)):
        talk.now += wait
        counts.append(talk.run("meet", ["holders"], holder, f"{talk.now:.6f}"))

    assert [int(count) for count, _ in counts] == [1, 2, 2, 3, 2, 1]
    assert counts[-1][1] == talk.now


def test_numbers_of_deliveries_are_forgotten_when_they_are_old(talk: Talk) -> None:
    minute = EPOCH // 60
    talk.deliver("old", 1, (minute, 1))
    talk.now += 7 * 86_400
    talk.deliver("new", 1, (minute, 1))
    assert talk.deliver("old", 1, (minute, 1)) == 0
    talk.now += 3 * 86_400
    talk.deliver("newer", 1, (minute, 1))

    assert sorted(talk.client.hkeys("seen")) == [b"new", b"newer"]


def test_hours_that_no_quota_asks_for_any_more_go(talk: Talk) -> None:
    for day in range(0, 60, 10):
        talk.now = float(EPOCH + day * 86_400)
        talk.deliver("a", day + 1, (int(talk.now) // 60, 1))

    assert sorted(int(hour) for hour in talk.client.hkeys("h")) == [
        (EPOCH // 3600) + 24 * day for day in range(10, 60, 10)
    ]


def test_sources_are_in_the_package() -> None:
    folder = Path(load_script.__code__.co_filename).parent
    listed = subprocess.run(["git", "ls-files", "*.lua"], cwd=folder, capture_output=True, text=True, check=False)

    assert {file.name for file in folder.glob("*.lua")} >= {f"{script.name}.lua" for script in ALL}
    assert set(listed.stdout.split()) in (set(), {file.name for file in folder.glob("*.lua")})


@pytest.mark.parametrize(("ledger_days", "kept"), [(2, 400), (35, 400), (500, 500)])
def test_the_ledger_is_kept_for_as_long_as_is_wanted(talk: Talk, ledger_days: int, kept: int) -> None:
    day = EPOCH // 86_400
    talk.deliver("a", 1, (day * 1440, 1), ledger_days=ledger_days)

    assert talk.client.ttl(f"ledger:{day}") == ledger_days * 86_400
    assert talk.client.ttl(f"calls:{day}") == 400 * 86_400
    assert talk.client.ttl("days") == kept * 86_400


@pytest.mark.parametrize(("ledger_days", "is_known"), [(35, False), (500, True)])
def test_days_are_known_for_as_long_as_they_have_a_ledger(talk: Talk, ledger_days: int, is_known: bool) -> None:
    day = EPOCH // 86_400
    talk.deliver("a", 1, (day * 1440, 1), ledger_days=ledger_days)
    talk.now += 450 * 86_400
    talk.deliver("a", 2, ((day + 450) * 1440, 1), ledger_days=ledger_days)

    assert (str(day).encode() in talk.client.zrange("days", 0, -1)) is is_known
