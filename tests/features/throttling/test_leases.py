"""The talk with the authority, in a loop that runs: it ends when nothing is held, and gives all back at the end."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from limen.features.metrics.counting import Series
from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import METHOD, Limits
from limen.features.throttling.compile import LimitTools, open_limits
from limen.features.throttling.leases import Leasing
from limen.features.throttling.settings import LimitDefaults
from limen.features.usage_plans.journal import MethodUse
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import QUOTA_EXCEEDED, THROTTLED
from limen.gateway.run import run
from limen.state.interface import State
from limen.state.memory import MemoryState
from tests.features.throttling.authority import Authority, Time
from tests.features.throttling.calls import STAGE, plan_of, status
from tests.support.exchanges import exchange


class Gateway:
    """A worker that talks by itself."""

    def __init__(self, state: State, directory: Path) -> None:
        self.tools: LimitTools = open_limits(state, directory, LimitDefaults())
        self.leasing: Leasing = self.tools.leasing
        self.series = Series()

    def call(self, limits: Limits, use: MethodUse | None = None) -> Exchange:
        step = Admission(
            limits,
            self.leasing,
            self.series,
            THROTTLED,
            QUOTA_EXCEEDED,
            journal=self.tools.journal,
            is_open=True,
        )
        made = exchange("GET /")
        made.stage = STAGE
        made.key_use = use
        run(made, plan_of(step.admit))
        return made

    def method(self, rate: float, burst: int) -> Limits:
        return Limits((self.leasing.bucket("method/a/s/GET /", METHOD, rate, burst),))


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "usage"


async def wait_idle(gateway: Gateway) -> None:
    async with asyncio.timeout(10):
        while gateway.leasing._talk is not None:
            await asyncio.sleep(0.02)


def test_the_talk_ends_when_nothing_is_held(directory: Path) -> None:
    async def play() -> None:
        state = MemoryState()
        gateway = Gateway(state, directory)
        limits = gateway.method(100, 100)
        calls = []
        for _ in range(20):
            calls.append(gateway.call(limits))
            await asyncio.sleep(0.002)
        assert limits.buckets[0].tokens > 0
        await wait_idle(gateway)
        assert limits.buckets[0].held == 0
        assert {status(call) for call in calls} == {200}
        await gateway.tools.close()

    asyncio.run(play())


def one_bucket(came: list[float], rate: float, burst: int) -> int:
    """How many one exact bucket would have admitted."""
    admitted, tokens, at = 0, float(burst), came[0]
    for moment in came:
        tokens, at = min(burst, tokens + (moment - at) * rate), moment
        if tokens >= 1.0:
            tokens -= 1.0
            admitted += 1
    return admitted


def test_the_clock_of_a_state_elsewhere_is_known_before_the_first_call(directory: Path) -> None:
    async def main() -> None:
        ahead = Time()
        gateway = Gateway(Authority(ahead), directory)
        gateway.tools.start(is_elsewhere=True)
        await wait_idle(gateway)
        assert gateway.tools.journal is not None
        gateway.tools.journal.turn(monotonic())
        use = MethodUse("key", "plan", "api", "prod", "GET /", Limits(()))
        gateway.call(Limits(()), use)
        assert [row.minute for row in gateway.tools.journal._file.read()] == [int(ahead.now // 60)]
        await gateway.tools.close()

    asyncio.run(main())


def test_two_workers_share_a_limit_under_steady_overload(directory: Path) -> None:
    rate, burst, seconds = 400.0, 40, 1.5

    async def play() -> None:
        state = MemoryState()
        gateways = [Gateway(state, directory), Gateway(state, directory)]
        limits = [gateway.method(rate, burst) for gateway in gateways]
        calls: list[Exchange] = []
        came: list[float] = []
        began = monotonic()
        due = 0
        while (now := monotonic()) < began + seconds:
            while due < (now - began) * rate * 5:  # five times the rate, evenly
                calls.append(gateways[due % 2].call(limits[due % 2]))
                came.append(monotonic())
                due += 1
            await asyncio.sleep(0)
        window = monotonic() - began
        async with asyncio.timeout(5):
            while any(status(call) is None for call in calls):
                await asyncio.sleep(0.01)
        admitted = sum(status(call) == 200 for call in calls)
        for gateway in gateways:
            await gateway.tools.close()
        assert admitted <= burst + rate * window + 1
        assert admitted >= 0.95 * one_bucket(came, rate, burst)

    asyncio.run(play())


def test_all_is_given_back_and_delivered_at_the_end(directory: Path) -> None:
    async def play() -> None:
        time = Time()
        authority = Authority(time)
        gateway = Gateway(authority, directory)
        quota = gateway.leasing.quota("p1", "k1", 1000, "DAY", 0, 0)
        limits = Limits((quota, *gateway.method(0.001, 100).buckets))
        use = MethodUse("k1", "p1", "a", "s", "GET /", limits)
        calls = []
        for _ in range(20):
            calls.append(gateway.call(limits, use))
            await asyncio.sleep(0.002)
        assert {status(call) for call in calls} == {200}
        assert quota.tokens > 0
        await gateway.tools.close()
        assert authority.calls == 20
        assert authority.level(limits.buckets[1]) == 80
        assert list(directory.iterdir()) == []

    asyncio.run(play())


def test_calls_that_wait_at_the_end_are_answered(directory: Path) -> None:
    class Slow(Authority):
        async def lease(self, words):  # type: ignore[no-untyped-def]
            await asyncio.sleep(0.2)
            return await super().lease(words)

    async def play() -> None:
        gateway = Gateway(Slow(Time()), directory)
        call = gateway.call(gateway.method(10, 10))
        await asyncio.sleep(0.05)
        await gateway.tools.close()
        assert status(call) in (200, 429)

    asyncio.run(play())


def test_a_directory_that_cannot_be_written_keeps_nobody_from_calling(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    async def play() -> None:
        gateway = Gateway(MemoryState(), tmp_path / "file" / "usage")
        assert gateway.tools.journal is None
        call = gateway.call(gateway.method(10, 10))
        async with asyncio.timeout(5):
            while status(call) is None:
                await asyncio.sleep(0.01)
        assert status(call) == 200
        await gateway.tools.close()

    asyncio.run(play())
    assert "usage is not counted" in caplog.text


def test_buckets_of_keys_are_forgotten_with_nothing_in_them() -> None:
    leasing = Leasing(None)
    kept, gone = leasing.bucket("a", METHOD, 1, 1, is_keyed=True), leasing.bucket("b", METHOD, 1, 1, is_keyed=True)
    own = leasing.bucket("method/a/s/GET /", METHOD, 1, 1)
    kept.held = 1
    leasing.forget_keyed()

    assert leasing.bucket("a", METHOD, 1, 1) is kept
    assert leasing.bucket("b", METHOD, 1, 1) is not gone
    assert leasing.bucket("method/a/s/GET /", METHOD, 1, 1) is own
    leasing.forget("method/a/s/")
    assert leasing.bucket("method/a/s/GET /", METHOD, 1, 1) is not own
