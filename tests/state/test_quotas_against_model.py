"""A quota, its counters and its ledger against an obvious model, over edges of hours, deaths and what is lost."""

import asyncio
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from limen.state.journal import Journal
from limen.state.memory import AuthorityClock, MemoryState
from limen.state.messages import HOLD_SECONDS, QUOTA_LEASE_SECONDS, Delivery, QuotaDemand, Used, Words
from tests.state.talking import entered_of, used_of

NOON = 1_795_694_400.0
METHODS = ("GET /", "POST /")


class Worker:
    """Keeps the rules of holders."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0
        self.hand = 0
        self.hand_ends = 0.0
        self.unanswered: tuple[QuotaDemand, float] | None = None
        self.spent: Counter[tuple[str, int]] = Counter()
        """By method and minute: not delivered yet."""
        self.delivering: Delivery | None = None
        self.deliveries = 0

    def admit(self, now: float, method: str, calls: int) -> None:
        self.spent[method, int(now) // 60] += calls

    def next_delivery(self) -> Delivery:
        """The one that was not acknowledged, else what was spent since."""
        if self.delivering is None:
            self.deliveries += 1
            used = [Used("plan", "key", "api", "prod", *subject, calls) for subject, calls in self.spent.items()]
            self.delivering = Delivery(self.name, self.deliveries, used)
            self.spent.clear()
        return self.delivering


class Quotas(RuleBasedStateMachine):
    """Of 30 calls in an hour, 10 less in the first."""

    @initialize()
    def begin(self) -> None:
        self.now = NOON + 3590
        self.loop = asyncio.new_event_loop()
        clock = AuthorityClock(lambda: self.now - NOON, lambda: self.now)
        self.state = MemoryState(Journal(), clock)
        self.began = int(self.now)
        self.workers = [Worker(name) for name in "abc"]
        self.dead: list[tuple[float, Worker]] = []
        self.deaths = 0
        self.admitted: Counter[int] = Counter()
        """By hour."""
        self.delivered = 0

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()

    @rule(seconds=st.sampled_from([0.01, 0.3, 0.8, 2.0, 6.0, 1800.0]))
    def wait(self, seconds: float) -> None:
        """Who lives delivers in time, and what a dead worker left is found in time."""
        if int(self.now) // 2 != int(self.now + seconds) // 2:
            for worker in self.workers:
                self.deliver_all(worker)
        for died, worker in list(self.dead):
            if self.now + seconds >= died + QUOTA_LEASE_SECONDS - HOLD_SECONDS:
                self.deliver_all(worker)
                self.dead.remove((died, worker))
        self.now += seconds
        self.state.tick()

    @rule(who=st.integers(0, 2), calls=st.integers(1, 10), method=st.sampled_from(METHODS))
    def spend(self, who: int, calls: int, method: str) -> None:
        worker = self.workers[who]
        if self.now < worker.hand_ends:
            calls = min(calls, worker.hand)
            worker.hand -= calls
            self.admit(worker, calls, method)

    @rule(
        who=st.integers(0, 2),
        back=st.integers(0, 10),
        need=st.integers(0, 12),
        want=st.integers(0, 12),
        is_lost=st.sampled_from([None, None, None, "words", "answer"]),
    )
    def say(self, who: int, back: int, need: int, want: int, is_lost: str | None) -> None:
        worker = self.workers[who]
        if worker.unanswered is None:
            back = worker.hand if self.now >= worker.hand_ends else min(back, worker.hand)
            worker.hand -= back
            worker.number += 1
            demand = QuotaDemand("plan", "key", 30, "HOUR", 10, self.began, back, need, want)
            worker.unanswered = demand, self.now
        if is_lost == "words":
            return
        demand, _ = worker.unanswered
        leases = self.loop.run_until_complete(self.state.lease(Words(worker.name, [], [demand], worker.number)))
        if is_lost == "answer":
            return
        (grant,) = leases.quotas
        worker.unanswered = None
        if grant.lapsed:
            worker.hand = 0
        waiting = min(grant.tokens, demand.need)
        worker.hand += grant.tokens - waiting
        worker.hand_ends = self.now + min(HOLD_SECONDS, grant.period_ends)
        self.admit(worker, waiting, METHODS[0])

    @rule(who=st.integers(0, 2), is_lost=st.sampled_from([None, None, "delivery", "answer"]))
    def deliver(self, who: int, is_lost: str | None) -> None:
        worker = self.workers[who]
        delivery = worker.next_delivery()
        if is_lost != "delivery":
            self.loop.run_until_complete(self.state.deliver(delivery))
        if is_lost is None:
            worker.delivering = None

    @rule(who=st.integers(0, 2))
    def die(self, who: int) -> None:
        self.deaths += 1
        self.dead.append((self.now, self.workers[who]))
        self.workers[who] = Worker(f"{who} after {self.deaths}")

    @rule()
    def restart(self) -> None:
        """Of the authority, as at a hand-over."""
        journal = self.state._journal
        journal.close, close = lambda: None, journal.close  # type: ignore[method-assign]
        self.loop.run_until_complete(self.state.close())
        journal.close = close  # type: ignore[method-assign]
        clock = AuthorityClock(lambda: self.now - NOON + 50_000, lambda: self.now)
        self.state = MemoryState(journal, clock)

    @rule()
    def compare(self) -> None:
        for worker in (*self.workers, *(worker for _, worker in self.dead)):
            self.deliver_all(worker)
        self.dead.clear()
        total = sum(self.admitted.values())
        counted = self.loop.run_until_complete(used_of(self.state, "plan"))
        entered = self.loop.run_until_complete(entered_of(self.state, "plan"))
        assert (counted, entered) == (total, total)

    @invariant()
    def no_hour_has_too_much(self) -> None:
        for hour, calls in getattr(self, "admitted", {}).items():
            assert calls <= (20 if hour == self.began // 3600 else 30)

    def admit(self, worker: Worker, calls: int, method: str) -> None:
        if calls:
            worker.admit(self.now, method, calls)
            self.admitted[int(self.now) // 3600] += calls

    def deliver_all(self, worker: Worker) -> None:
        for _ in range(2):
            self.loop.run_until_complete(self.state.deliver(worker.next_delivery()))
            worker.delivering = None


TestQuotas = Quotas.TestCase
TestQuotas.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
