"""Calls against limits, without plans: what each was told, and when."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from limen.features.metrics.counting import Series
from limen.features.throttling import admission, leases, loss
from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import METHOD, Bucket, Limits
from limen.features.throttling.leases import Leasing
from limen.features.usage_plans.deliveries import Deliveries
from limen.features.usage_plans.journal import Journal
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.paths import Paths
from limen.gateway.rest_errors import QUOTA_EXCEEDED, THROTTLED
from limen.gateway.route_plan import RoutePlan, Step
from limen.gateway.run import run
from limen.gateway.stage_plan import StagePlan
from tests.features.throttling.authority import Authority, Time
from tests.support.exchanges import Sent, exchange

TIMED = (admission, leases, loss)


class Worker:
    """A gateway worker as far as limits go; it talks when it is told to, one word at a time."""

    def __init__(self, authority: Authority, *, is_open: bool = True, deliveries: Deliveries | None = None) -> None:
        self.authority = authority
        self.leasing = Silent(authority, deliveries)
        self.series = Series()
        self.is_open = is_open
        self.journal: Journal | None = None if deliveries is None else deliveries.journal

    def bucket(self, name: str = "method/a/s/GET /", rate: float = 10.0, burst: int = 10) -> Bucket:
        return self.leasing.bucket(name, METHOD, rate, burst)

    def call(self, *buckets: Bucket, use: Any = None, trace: Any = None) -> Exchange:
        step = Admission(
            Limits(buckets),
            self.leasing,
            self.series,
            THROTTLED,
            QUOTA_EXCEEDED,
            journal=self.journal,
            is_open=self.is_open,
        )
        made = exchange("GET /")
        made.stage = STAGE
        made.key_use = use
        made.trace = trace
        run(made, plan_of(step.admit))
        return made

    async def talk(self) -> None:
        await self.leasing._say()


class Silent(Leasing):
    """Says nothing by itself."""

    def stir(self) -> None:
        self.is_stirred = True


def plan_of(step: Step) -> RoutePlan:
    return RoutePlan(
        key="GET /",
        inbound=(step, _ok),
        outbound=(),
        records=(),
        failure_response=answer_failure,
        resource_id="abc123",
        http_method="GET",
    )


def _ok(exchange: Exchange) -> None:
    exchange.response = Response(200, [], b"ok")


def status(made: Exchange) -> int | None:
    """None: it waits."""
    assert isinstance(made.reply, Sent)
    return made.reply.responses[0].status if made.reply.responses else None


_NOWHERE = RoutePlan(key="", inbound=(), outbound=(), records=(), failure_response=answer_failure)
STAGE = StagePlan(
    account="000000000000",
    region="us-east-1",
    api_id="a",
    name="s",
    variables={},
    paths=Paths(),
    not_found=_NOWHERE,
    preflight=_NOWHERE,
    bad_request=_NOWHERE,
    body_too_large=_NOWHERE,
    headers_too_large=_NOWHERE,
)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Time]:
    moved = Time()
    for module in TIMED:
        monkeypatch.setattr(module, "monotonic", moved)
    yield moved


@pytest.fixture
def authority(time: Time) -> Authority:
    return Authority(time)


def talk(*workers: Worker) -> None:
    """A word of each, one after the other."""

    async def all_talk() -> None:
        for worker in workers:
            await worker.talk()

    asyncio.run(all_talk())
