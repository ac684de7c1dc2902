"""Whatever workers do, and whenever their words are lost: no window of time admits more than burst + rate x window."""

import asyncio
from typing import Any
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from limen.features.throttling.bucket import Bucket
from limen.state.messages import HOLD_SECONDS
from tests.features.throttling.authority import Authority, Time
from tests.features.throttling.calls import TIMED, Worker, status

LIMITS = (("small", 2.0, 3), ("wide", 20.0, 40))
"""A call takes one of each; the small ones refuse what the wide one has."""


class Limits(RuleBasedStateMachine):
    """Two workers and an authority, closed when it is away."""

    @initialize()
    def begin(self) -> None:
        self.time = Time()
        self.patches = [mock.patch.object(module, "monotonic", self.time) for module in TIMED]
        for patch in self.patches:
            patch.start()
        self.loop = asyncio.new_event_loop()
        self.authority = Authority(self.time)
        self.workers = [Worker(self.authority, is_open=False), Worker(self.authority, is_open=False)]
        self.waiting: list[Any] = []
        self.admitted: dict[str, list[float]] = {name: [] for name, _, _ in LIMITS}
        self.refused = 0

    def buckets(self, worker: Worker, names: tuple[str, ...]) -> list[Bucket]:
        return [worker.bucket(name, rate, burst) for name, rate, burst in LIMITS if name in names]

    @rule(
        who=st.integers(0, 1),
        count=st.integers(1, 12),
        names=st.sampled_from([("small", "wide"), ("wide",), ("small",)]),
    )
    def call(self, who: int, count: int, names: tuple[str, ...]) -> None:
        worker = self.workers[who]
        for _ in range(count):
            self.waiting.append((names, worker.call(*self.buckets(worker, names))))
        self.look()

    @rule(who=st.integers(0, 1))
    def talk(self, who: int) -> None:
        self.loop.run_until_complete(self.workers[who].talk())
        self.look()

    @rule(seconds=st.sampled_from([0.001, 0.01, 0.1, 0.24, 0.26, 0.5, 1.1, 3.0]))
    def wait(self, seconds: float) -> None:
        """Workers that are well speak at each tick; here they may as well be held up."""
        self.time.now += seconds

    @rule(what=st.sampled_from(["well", "away", "deaf"]))
    def fare(self, what: str) -> None:
        self.authority.is_away = what == "away"
        self.authority.loses_answers = what == "deaf"

    @rule(who=st.integers(0, 1))
    def die(self, who: int) -> None:
        """Killed with whatever it had in hand, and started anew."""
        worker = self.workers[who]
        self.waiting = [each for each in self.waiting if status(each[1]) is not None or each[1] not in _of(worker)]
        self.workers[who] = Worker(self.authority, is_open=False)

    def look(self) -> None:
        left = []
        for names, call in self.waiting:
            outcome = status(call)
            if outcome is None:
                left.append((names, call))
            elif outcome == 200:
                for name in names:
                    self.admitted[name].append(self.time.now)
            else:
                self.refused += 1
        self.waiting = left

    @invariant()
    def no_window_admits_more(self) -> None:
        for name, rate, burst in LIMITS:
            moments = self.admitted[name]
            for first, began in enumerate(moments):
                for last in range(first, len(moments)):
                    window = moments[last] - began
                    # What waits for an answer that is lost is the one thing that both sides count otherwise.
                    assert last - first + 1 <= burst + rate * window + 1e-6, (name, moments)

    @invariant()
    def nothing_in_hand_is_negative(self) -> None:
        for worker in self.workers:
            for bucket in worker.leasing._buckets.values():
                assert bucket.tokens >= 0 and bucket.held >= bucket.tokens
                assert bucket.hold_until <= self.time.now + HOLD_SECONDS

    def teardown(self) -> None:
        for patch in getattr(self, "patches", ()):
            patch.stop()
        if hasattr(self, "loop"):
            self.loop.close()


def _of(worker: Worker) -> list[Any]:
    return [waiting.exchange for waiting in worker.leasing._waiting]


Limits.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLimits = Limits.TestCase
