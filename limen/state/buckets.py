"""A token bucket and a quota, of which holders lease tokens. Pure: what time it is, is told.

A bucket of `burst` tokens is refilled by `rate` tokens per second. What is leased and not yet spent counts as still in
it: free and leased tokens are never more than `burst`. What is granted to calls that wait counts as spent at once. So
no more than burst + rate x window can be spent in any window.
"""

from typing import NamedTuple

from msgspec import Struct

from limen.state.leases import Lease, LeaseBook, Word, is_outdated
from limen.state.messages import (
    LEASE_SECONDS,
    QUOTA_LEASE_SECONDS,
    WORD_INTERVAL,
    Demand,
    Grant,
    QuotaDemand,
    QuotaGrant,
)
from limen.state.periods import Period, allowed_calls

LONGEST_WAIT = 3600.0
"""Seconds until the next look at a bucket that is never refilled."""
SHORTEST_WAIT = 0.01
"""Seconds until the next look where all tokens are leased: what others may give back at any time."""
SMALL_BURST = 8
"""Buckets below this have none to spare for hands that nobody waits for."""
LAST_CALLS = 16
"""For each holder: where a quota has no more than this left, none is leased ahead."""

_ROUNDING = 1e-6
"""Of a token: what sums of many small refills may miss."""


class Instant(NamedTuple):
    """A moment by two clocks, in seconds."""

    steady: float
    """By a clock that never goes back."""
    calendar: float
    """Since 1970."""


class BucketRecord(Struct, array_like=True, frozen=True):
    """A bucket as one process leaves it to the next, with times by the steady clock."""

    rate: float
    burst: int
    tokens: float
    at: float
    leases: dict[str, Lease]


class QuotaRecord(Struct, array_like=True, frozen=True):
    """The leases of a quota; what was used is in the journal."""

    plan_id: str
    key_id: str
    period: Period
    leases: dict[str, Lease]


class TokenBucket:
    """One bucket and its leases."""

    __slots__ = ("_at", "_burst", "_leases", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, tokens: float, now: float) -> None:
        """Begins with as many tokens as it has: `burst`, unless something is known of its past."""
        self._rate = max(0.0, rate)
        self._burst = max(0, burst)
        self._tokens = min(max(0.0, tokens), self._burst)
        self._at = now
        self._leases = LeaseBook(LEASE_SECONDS)

    def answer(self, word: Word, demand: Demand, now: float, holders: int) -> Grant:
        """`holders`: among how many what is plenty is shared."""
        self._go_on_to(now)
        self._rate, self._burst = max(0.0, demand.rate), max(0, demand.burst)
        lease = self._leases.find(word.holder)
        if lease is None:
            lease = self._leases.open(word.holder, now)
        elif is_outdated(lease, word):
            return self._grant(0, demand.need, now)
        else:
            lease.heard = now
            self._tokens += self._leases.settle(lease, word)
        self._limit()
        need = min(max(demand.need, 0), self._free())
        self._tokens -= need
        want = min(max(demand.want, 0), self._free() // (2 * holders)) if self._burst >= SMALL_BURST else 0
        self._tokens -= want
        return self._grant(self._leases.grant(lease, word, need, want), demand.need, now, lease.is_new)

    def is_as_new(self, now: float) -> bool:
        """Whether there is nothing to remember: it is full, and nobody has a lease."""
        self._go_on_to(now)
        return not len(self._leases) and self._tokens >= self._burst - _ROUNDING

    def record(self, now: float) -> BucketRecord:
        self._go_on_to(now)
        return BucketRecord(self._rate, self._burst, self._tokens, self._at, self._leases.records())

    @staticmethod
    def restore(record: BucketRecord, later: float) -> "TokenBucket":
        """`later`: what to add to times of the record."""
        bucket = TokenBucket(record.rate, record.burst, record.tokens, record.at + later)
        bucket._leases.restore(record.leases, later)
        return bucket

    def _grant(self, tokens: int, need: int, now: float, lapsed: bool = False) -> Grant:
        wait = self._wait(now) if tokens < need else 0.0
        return Grant(tokens, wait, self._free(), lapsed)

    def _free(self) -> int:
        return int(self._tokens + _ROUNDING)

    def _wait(self, now: float) -> float:
        if self._burst < 1:
            return LONGEST_WAIT
        if self._burst - self._leases.spare < 1:  # others have all that fits, and speak soon
            return max(self._leases.longest_unheard() + WORD_INTERVAL - now, SHORTEST_WAIT)
        return min((1 - self._tokens) / self._rate, LONGEST_WAIT) if self._rate > 0 else LONGEST_WAIT

    def _go_on_to(self, now: float) -> None:
        """Refills, and ends leases at the moment at which each ends: what one covered was no room until then."""
        while (end := self._leases.next_end(now)) <= now:
            self._refill(end)
            self._leases.bury(end)
        self._refill(now)

    def _refill(self, now: float) -> None:
        if now > self._at:
            self._tokens += self._rate * (now - self._at)
            self._at = now
            self._limit()

    def _limit(self) -> None:
        self._tokens = max(0.0, min(self._tokens, self._burst - self._leases.spare))


class Quota:
    """The calls of a key under a plan in one period, and their leases. They end with the period, or as leases do."""

    __slots__ = ("_extra", "_leases", "_used", "period", "touched")

    def __init__(self, period: Period, used: int, extra: int, now: float) -> None:
        """`used` and `extra`: as counted, and as extended, in this period so far."""
        self.period = period
        self._used = used
        self._extra = extra
        self._leases = LeaseBook(QUOTA_LEASE_SECONDS)
        self.touched = now

    def answer(self, word: Word, demand: QuotaDemand, now: Instant, holders: int) -> QuotaGrant:
        self._leases.bury(now.steady)
        self.touched = now.steady
        allowed = allowed_calls(demand.limit, demand.offset, demand.began, self.period) + self._extra
        lease = self._leases.find(word.holder)
        if lease is None:
            lease = self._leases.open(word.holder, now.steady)
        elif is_outdated(lease, word):
            return self._grant(0, demand.need, allowed, now)
        else:
            lease.heard = now.steady
            self._leases.settle(lease, word)
        free = self._free(allowed)
        need = min(max(demand.need, 0), free)
        free -= need
        want = min(max(demand.want, 0), free // (2 * holders)) if free > LAST_CALLS * holders else 0
        return self._grant(self._leases.grant(lease, word, need, want), demand.need, allowed, now, lease.is_new)

    def count(self, holder: str, calls: int, moment: int) -> None:
        """Delivered calls, of the second `moment`; those of other periods are none of ours."""
        if not self.period.start <= moment < self.period.end:
            return
        self._used += calls
        lease = self._leases.find(holder)
        if lease is not None:
            self._leases.spend(lease, calls)

    def extend(self, remaining: int, allowed: int) -> tuple[int, int]:
        """Makes what is left `remaining`; the calls used, and how many more than `allowed` there are now."""
        self._extra = remaining + self._used - allowed
        return self._used, self._extra

    def records(self, now: float) -> dict[str, Lease]:
        self._leases.bury(now)
        return self._leases.records()

    def restore(self, leases: dict[str, Lease], later: float) -> None:
        self._leases.restore(leases, later)

    def is_idle(self, now: float, seconds: float) -> bool:
        """Whether it can be made again from what is counted."""
        self._leases.bury(now)
        return not self._leases.held and self.touched + seconds <= now

    def _free(self, allowed: int) -> int:
        return max(0, allowed - self._used - self._leases.held)

    def _grant(self, tokens: int, need: int, allowed: int, now: Instant, lapsed: bool = False) -> QuotaGrant:
        ends = max(0.0, self.period.end - now.calendar)
        wait = 0.0
        if tokens < need:
            wait = ends
            if allowed > self._used and self._leases.held:  # others may give back
                wait = min(wait, max(self._leases.longest_unheard() + WORD_INTERVAL - now.steady, SHORTEST_WAIT))
        return QuotaGrant(tokens, wait, self._free(allowed), ends, lapsed)
