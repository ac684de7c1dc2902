"""The authority over buckets and quotas by name: what a state host keeps in memory. Pure: what time it is, is told."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from msgspec import Struct

from limen.state.buckets import BucketRecord, Instant, Quota, QuotaRecord, TokenBucket
from limen.state.leases import Word
from limen.state.messages import (
    Delivery,
    Demand,
    Extension,
    Grant,
    Leases,
    QuotaDemand,
    QuotaGrant,
    Words,
)
from limen.state.periods import Period, allowed_calls, period_of

HOLDER_SECONDS = 3.0
"""A holder that was not heard for so long is not counted any more."""
IDLE_QUOTA_SECONDS = 60.0
"""After which a quota is read again from the counters when it is asked for."""


class Counted(Protocol):
    """What was delivered and extended."""

    def calls(self, plan_id: str, key_id: str, period: Period) -> int: ...

    def extended_by(self, plan_id: str, key_id: str, period: Period) -> int: ...


class EngineRecord(Struct, array_like=True, frozen=True):
    """What one process leaves to the next."""

    steady: float
    """The moment at which it was written, by both clocks."""
    calendar: float
    buckets: dict[str, BucketRecord]
    quotas: list[QuotaRecord]


RETURN_SECONDS = 1.0
"""After the start that follows a crash, within which holders come back that were without the state."""


class Engine:
    """Owned by whoever answers for the state. Memory is bounded by what is in use: see `sweep`."""

    def __init__(self, counted: Counted, empty_since: float | None = None) -> None:
        """`empty_since`: when all buckets were possibly empty, by the steady clock; None: they were full."""
        self._counted = counted
        self._empty_since = empty_since
        self._buckets: dict[str, TokenBucket] = {}
        self._quotas: dict[tuple[str, str], Quota] = {}
        self._holders: dict[str, float] = {}
        self._to_sweep: Iterator[str] = iter(())
        self._quotas_to_sweep: Iterator[tuple[str, str]] = iter(())

    def answer(self, words: Words, now: Instant) -> Leases:
        self._holders[words.holder] = now.steady
        holders = self.count_holders(now.steady)
        return Leases(
            grants=[self._answer(words, demand, now.steady, holders) for demand in words.demands],
            quotas=[self._answer_quota(words, demand, now, holders) for demand in words.quotas],
            holders=holders,
            now=now.calendar,
        )

    def count(self, delivery: Delivery) -> None:
        """Takes calls that were counted for the first time off quotas and leases."""
        for used in delivery.used:
            quota = self._quotas.get((used.plan_id, used.key_id))
            if quota is not None:
                quota.count(delivery.holder, used.calls, used.minute * 60)

    def extend(self, extension: Extension, now: Instant) -> tuple[Period, int, int]:
        """The current period, the calls used in it, and by how many it is extended now."""
        quota = self._quota(extension.plan_id, extension.key_id, extension.period, now)
        allowed = allowed_calls(extension.limit, extension.offset, extension.began, quota.period)
        return (quota.period, *quota.extend(extension.remaining, allowed))

    def forget_plan(self, plan_id: str) -> None:
        for key in [key for key in self._quotas if key[0] == plan_id]:
            del self._quotas[key]

    def forget_quotas(self) -> None:
        """All are read anew from what is counted; leases lapse."""
        self._quotas.clear()

    def count_holders(self, now: float) -> int:
        """Those heard of in the last seconds; at least the one that asks."""
        for holder in [holder for holder, heard in self._holders.items() if heard + HOLDER_SECONDS < now]:
            del self._holders[holder]
        return max(1, len(self._holders))

    def sweep(self, now: float, most: int = 5000) -> None:
        """Forgets what is as if it had never been, among the next `most` buckets and quotas; to be called often."""
        names = list(islice(self._to_sweep, most))
        if len(names) < most:
            self._to_sweep = iter(list(self._buckets))
        for name in names:
            bucket = self._buckets.get(name)
            if bucket is not None and bucket.is_as_new(now):
                del self._buckets[name]
        keys = list(islice(self._quotas_to_sweep, most))
        if len(keys) < most:
            self._quotas_to_sweep = iter(list(self._quotas))
        for key in keys:
            quota = self._quotas.get(key)
            if quota is not None and quota.is_idle(now, IDLE_QUOTA_SECONDS):
                del self._quotas[key]

    def record(self, now: Instant) -> EngineRecord:
        """All that is remembered, to be written down at once."""
        return EngineRecord(
            now.steady,
            now.calendar,
            {name: bucket.record(now.steady) for name, bucket in self._buckets.items()},
            [
                QuotaRecord(*key, quota.period, quota.records(now.steady))
                for key, quota in self._quotas.items()
                if not quota.is_idle(now.steady, 0)
            ],
        )

    def restore(self, record: EngineRecord, now: Instant) -> None:
        """Another process, whose clocks were others, has written it down before."""
        later = now.steady - record.steady - max(0.0, now.calendar - record.calendar)
        for name, bucket in record.buckets.items():
            self._buckets[name] = TokenBucket.restore(bucket, later)
        for quota in record.quotas:
            made = self._make_quota(quota.plan_id, quota.key_id, quota.period, now)
            made.restore(quota.leases, later)

    def __len__(self) -> int:
        """Buckets and quotas that are remembered."""
        return len(self._buckets) + len(self._quotas)

    def _answer(self, words: Words, demand: Demand, now: float, holders: int) -> Grant:
        bucket = self._buckets.get(demand.bucket)
        if bucket is None:
            bucket = self._buckets[demand.bucket] = self._make_bucket(demand, now)
        word = Word(words.holder, words.number, demand.used, demand.back)
        return bucket.answer(word, demand, now, holders)

    def _answer_quota(self, words: Words, demand: QuotaDemand, now: Instant, holders: int) -> QuotaGrant:
        quota = self._quota(demand.plan_id, demand.key_id, demand.period, now)
        word = Word(words.holder, words.number, used=0, back=demand.back)
        return quota.answer(word, demand, now, holders)

    def _make_bucket(self, demand: Demand, now: float) -> TokenBucket:
        if self._empty_since is None:
            return TokenBucket(demand.rate, demand.burst, demand.burst, now)
        # Whoever asks soon after a crash has limited by itself until now: what flowed meanwhile it has let pass.
        since = now if now < self._empty_since + RETURN_SECONDS else self._empty_since
        return TokenBucket(demand.rate, demand.burst, 0.0, since)

    def _quota(self, plan_id: str, key_id: str, kind: str, now: Instant) -> Quota:
        period = period_of(kind, now.calendar)
        quota = self._quotas.get((plan_id, key_id))
        if quota is None or quota.period != period:
            return self._make_quota(plan_id, key_id, period, now)
        return quota

    def _make_quota(self, plan_id: str, key_id: str, period: Period, now: Instant) -> Quota:
        used = self._counted.calls(plan_id, key_id, period)
        extra = self._counted.extended_by(plan_id, key_id, period)
        quota = self._quotas[plan_id, key_id] = Quota(period, used, extra, now.steady)
        return quota
