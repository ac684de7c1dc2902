"""An authority in the same process: the engine of the state host, by a clock that tests move."""

from limen.features.throttling.bucket import Bucket
from limen.state.buckets import Instant
from limen.state.engine import Engine
from limen.state.interface import StateAwayError
from limen.state.messages import Delivery, Demand, Leases, Words
from limen.state.periods import Period
from tests.support.partial_state import PartialState


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


class Authority(PartialState):
    """`is_away` makes it raise, `loses_answers` after it has taken in what was said."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self.time = time
        self.counters = Counters()
        self.engine = Engine(self.counters)
        self.loses_answers = False
        self.said: list[Words] = []
        self.deliveries: list[Delivery] = []
        self._numbers: dict[str, int] = {}

    async def lease(self, words: Words) -> Leases:
        self.check_there()
        self.said.append(words)
        leases = self.engine.answer(words, Instant(self.time.now, self.time.now))
        if self.loses_answers:
            raise StateAwayError("the shared state did not answer")
        return leases

    async def deliver(self, delivery: Delivery) -> None:
        self.check_there()
        if self._numbers.get(delivery.holder, 0) < delivery.number:
            self._numbers[delivery.holder] = delivery.number
            self.deliveries.append(delivery)
            for used in delivery.used:
                rows = self.counters.used.setdefault((used.plan_id, used.key_id), [])
                rows.append((used.minute * 60, used.calls))
            self.engine.count(delivery)
        if self.loses_answers:
            raise StateAwayError("the shared state did not answer")

    def level(self, bucket: Bucket) -> int:
        """Free tokens, as anyone may ask."""
        asked = Demand(bucket.name, bucket.rate, bucket.burst, 0, 0, 0, 0)
        leases = self.engine.answer(Words("curious", [asked], []), Instant(self.time.now, self.time.now))
        return leases.grants[0].remaining

    @property
    def calls(self) -> int:
        return sum(used.calls for delivery in self.deliveries for used in delivery.used)
