"""An authority in the same process: the engine of the state host, by a clock that tests move."""

from limen.features.throttling.bucket import Bucket
from limen.state.buckets import Instant
from limen.state.engine import Engine
from limen.state.interface import StateAwayError
from limen.state.messages import (
    Delivery,
    Demand,
    Extension,
    Leases,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    Words,
)
from limen.state.periods import Period


class Time:
    """Seconds by every clock there is."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Counters:
    """What was delivered."""

    def __init__(self) -> None:
        self.used: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def calls(self, plan_id: str, key_id: str, period: Period) -> int:
        rows = self.used.get((plan_id, key_id), [])
        return sum(calls for moment, calls in rows if period.start <= moment < period.end)

    def extended_by(self, plan_id: str, key_id: str, period: Period) -> int:
        return 0


class Authority:
    """A State; `is_away` makes it raise, `loses_answers` after it has taken in what was said."""

    shares_caches = False

    def __init__(self, time: Time) -> None:
        self.time = time
        self.counters = Counters()
        self.engine = Engine(self.counters)
        self.is_away = False
        self.loses_answers = False
        self.said: list[Words] = []
        self.deliveries: list[Delivery] = []
        self._numbers: dict[str, int] = {}

    async def lease(self, words: Words) -> Leases:
        self._check()
        self.said.append(words)
        leases = self.engine.answer(words, Instant(self.time.now, self.time.now))
        if self.loses_answers:
            raise StateAwayError("the shared state did not answer")
        return leases

    async def deliver(self, delivery: Delivery) -> None:
        self._check()
        if self._numbers.get(delivery.holder, 0) < delivery.number:
            self._numbers[delivery.holder] = delivery.number
            self.deliveries.append(delivery)
            for used in delivery.used:
                rows = self.counters.used.setdefault((used.plan_id, used.key_id), [])
                rows.append((used.minute * 60, used.calls))
            self.engine.count(delivery)
        if self.loses_answers:
            raise StateAwayError("the shared state did not answer")

    def _check(self) -> None:
        if self.is_away:
            raise StateAwayError("the shared state cannot be reached")

    def level(self, bucket: Bucket) -> int:
        """Free tokens, as anyone may ask."""
        asked = Demand(bucket.name, bucket.rate, bucket.burst, 0, 0, 0, 0)
        leases = self.engine.answer(Words("curious", [asked], []), Instant(self.time.now, self.time.now))
        return leases.grants[0].remaining

    @property
    def calls(self) -> int:
        return sum(used.calls for delivery in self.deliveries for used in delivery.used)

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        raise NotImplementedError

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        raise NotImplementedError

    async def extend(self, extension: Extension) -> int:
        raise NotImplementedError

    async def forget_plan(self, plan_id: str) -> None:
        raise NotImplementedError

    async def find_cached(self, key: str) -> bytes | None:
        raise NotImplementedError

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        raise NotImplementedError

    async def move_clock(self, seconds: float) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        return None
