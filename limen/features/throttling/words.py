"""What is said to the authority on each bucket, and what its answers do to them."""

from collections.abc import Collection, Iterable

from limen.features.throttling.bucket import Bucket, Quota
from limen.state.messages import HOLD_SECONDS, Demand, Grant, Leases, QuotaDemand, QuotaGrant, Words

MOST_TOLD = 1000
"""Buckets in one message."""
LONGEST_REFUSAL = 1.0
"""Seconds for which it is taken for granted that nothing is left: a quota may have been extended meanwhile, a clock
moved ahead by whoever tests."""
MAY_RETURN = 0.5
"""Seconds: an authority that says to ask again sooner expects other holders to give quota back."""


class Told:
    """Words, and the buckets that they are about, in their order; said again until they are answered."""

    __slots__ = ("buckets", "quotas", "words")

    def __init__(self, words: Words, buckets: list[Bucket], quotas: list[Quota]) -> None:
        self.words = words
        self.buckets = buckets
        self.quotas = quotas

    def all(self) -> list[Bucket]:
        return [*self.buckets, *self.quotas]

    def unspent(self) -> list[Bucket]:
        """Behind the calls that waited: what they did not take is given back with the next word."""
        return [bucket for bucket in self.all() if bucket.find_unspent()]

    def hear(self, leases: Leases, sent: float, now: float) -> None:
        """`sent`: when the words were said; what is in hand holds from then on."""
        hold_until = sent + HOLD_SECONDS
        for bucket, demand, grant in zip(self.buckets, self.words.demands, leases.grants, strict=True):
            _hear_grant(bucket, demand, grant, now)
            bucket.hold_until = hold_until
        for quota, word, answer in zip(self.quotas, self.words.quotas, leases.quotas, strict=True):
            _hear_quota(quota, word, answer, now)
            quota.hold_until = min(hold_until, now + answer.period_ends)


def compose(
    holder: str, number: int, buckets: Iterable[Bucket], ticking: Collection[Bucket] = (), *, is_last: bool = False
) -> Told:
    """`ticking`: of which it is settled what idles; `is_last`: everything is given back."""
    demands: list[Demand] = []
    quota_demands: list[QuotaDemand] = []
    told: list[Bucket] = []
    quotas: list[Quota] = []
    for bucket in buckets:
        is_tick = bucket in ticking
        if isinstance(bucket, Quota):
            quota_demands.append(_ask_quota(bucket, is_tick=is_tick, is_last=is_last))
            quotas.append(bucket)
        else:
            demands.append(_ask(bucket, is_tick=is_tick, is_last=is_last))
            told.append(bucket)
    return Told(Words(holder, demands, quota_demands, number), told, quotas)


def _ask(bucket: Bucket, *, is_tick: bool, is_last: bool) -> Demand:
    used = bucket.tell_used()
    back, need, want = _settle(bucket, is_tick=is_tick, is_last=is_last)
    return Demand(bucket.name, bucket.rate, bucket.burst, used, back, need, want)


def _ask_quota(quota: Quota, *, is_tick: bool, is_last: bool) -> QuotaDemand:
    quota.tell_spent()
    back, need, want = _settle(quota, is_tick=is_tick, is_last=is_last)
    return QuotaDemand(
        quota.plan_id, quota.key_id, quota.burst, quota.period, quota.offset, quota.began, back, need, want
    )


def _settle(bucket: Bucket, *, is_tick: bool, is_last: bool) -> tuple[int, int, int]:
    """What is given back, needed and wanted."""
    if is_last:
        return bucket.give_back(bucket.tokens), 0, 0
    need = bucket.tell_need()
    unspent = bucket.find_unspent()
    back = bucket.give_back(max(unspent, bucket.find_back() if is_tick and not need else 0))
    want = 0 if back else bucket.find_want(need)
    if is_tick:
        bucket.end_tick()
    return back, need, want


def _hear_grant(bucket: Bucket, demand: Demand, grant: Grant, now: float) -> None:
    retry_at = now + min(grant.retry_after, LONGEST_REFUSAL)
    bucket.hear(grant.tokens, demand.need, retry_at, grant.remaining, lapsed=grant.lapsed, now=now)


def _hear_quota(quota: Quota, word: QuotaDemand, answer: QuotaGrant, now: float) -> None:
    retry_at = now + min(answer.retry_after, LONGEST_REFUSAL)
    quota.hear(answer.tokens, word.need, retry_at, answer.remaining, lapsed=answer.lapsed, now=now)
    quota.period_ends = now + answer.period_ends
    quota.may_return = answer.tokens < word.need and answer.retry_after <= MAY_RETURN
