"""What a worker has in hand of one limit; plain integers, which admission takes from without asking anyone."""

from math import ceil

QUOTA, PLAN_METHOD, PLAN, METHOD, ACCOUNT = "quota", "plan-method", "plan", "method", "account"
"""What limits, in the order in which they are looked at."""

PACE = 0.002
"""Seconds for which a bucket that was found empty is not asked about again, however fast it fills: one word then
brings what came in, in place of one word for each token."""
MOST_WANTED = 65_536


class Bucket:
    """Owned by a Leasing, found by its name; outlives the plans that hold it."""

    __slots__ = (
        "ahead",
        "alone",
        "burst",
        "debt",
        "held",
        "hold_until",
        "is_keyed",
        "is_quota",
        "kind",
        "may_return",
        "name",
        "need",
        "rate",
        "reach",
        "recent",
        "remaining",
        "retry_at",
        "tokens",
    )

    def __init__(self, name: str, kind: str, rate: float, burst: int) -> None:
        self.name = name
        self.kind = kind
        self.rate = rate
        """Tokens per second; of quotas 0."""
        self.burst = burst
        """Of a quota, its limit."""
        self.is_quota = False
        self.is_keyed = False
        """Of one API key: forgotten when nothing is held and nobody asks."""
        self.tokens = 0
        """In hand."""
        self.hold_until = 0.0
        """When those in hand are worth nothing any more, by the monotonic clock."""
        self.retry_at = 0.0
        """Until then, the authority has said, there is none: nobody asks."""
        self.may_return = False
        """None is left, but other holders may give some back before long."""
        self.ahead = 0
        """In hand without any call's having waited for it, when the authority was last heard."""
        self.held = 0
        """In hand at the last word: what is missing from it was spent."""
        self.need = 0
        """Calls that wait, and are in no word yet."""
        self.recent = 0
        """Spent since the last tick, as far as it was told."""
        self.reach = 0
        """Tokens to ask for beside those that are needed; doubles whenever the bucket is found empty."""
        self.debt = 0
        """Admitted while the authority was away; paid with the first tokens that it grants, until it is paid."""
        self.remaining = -1
        """Free tokens at the authority when it was last heard; -1: never."""
        self.alone: Share | None = None
        """What this worker may admit by itself while the authority is away."""

    @property
    def is_shut(self) -> bool:
        """Nothing ever passes."""
        return not self.is_quota and (self.burst <= 0 or self.rate <= 0.0)

    @property
    def is_alive(self) -> bool:
        """Whether the authority has something to hear of it."""
        return self.held > 0 or self.need > 0 or self.debt > 0 or self.alone is not None

    def level(self) -> int:
        """Tokens that are left, as far as this worker knows."""
        if self.alone is not None:
            return self.tokens + int(self.alone.level)
        return self.tokens + max(self.remaining, 0) if self.remaining >= 0 else self.burst

    def change(self, rate: float, burst: int) -> None:
        """A plan says so from now on."""
        if rate != self.rate or burst != self.burst:
            self.rate = rate
            self.burst = burst
            self.retry_at = 0.0
            self.remaining = -1
            self.debt = max(0, min(self.debt, burst))
            if self.is_shut:
                self.hold_until = 0.0  # what is in hand goes back
                self.debt = 0

    # --- what the words say

    def tell_used(self) -> int:
        """What was spent since the last word; it is told once."""
        used = self.held - self.tokens
        self.held = self.tokens
        self.recent += used
        return used

    def give_back(self, count: int) -> int:
        """Behind tell_used."""
        self.tokens -= count
        self.held -= count
        return count

    def find_unspent(self) -> int:
        """What calls waited for and did not take, as another limit refused them: the authority counts it as spent."""
        return max(0, self.tokens - self.ahead)

    def tell_need(self) -> int:
        need = self.need + self.debt
        self.need = 0
        return need

    def find_want(self, need: int) -> int:
        """To have in hand beside `need`: as much as was spent of late, twice as much whenever it ran out."""
        if need:
            want = self.reach
            self.reach = min(max(4, 2 * self.reach), MOST_WANTED)
            return want
        return max(0, self._target() - self.tokens)

    def find_back(self) -> int:
        """What idles: all where nothing was spent since the last tick, else what is far more than that."""
        if not self.recent:
            return self.tokens
        target = self._target()
        return self.tokens - target if self.tokens > 2 * target else 0

    def end_tick(self) -> None:
        self.reach = min(self.reach, self._target()) if self.recent else 0
        self.recent = 0

    def _target(self) -> int:
        return min(self.recent + self.recent // 2 + 1, MOST_WANTED) if self.recent else 0

    def hear(self, tokens: int, need: int, retry_at: float, remaining: int, *, lapsed: bool, now: float) -> None:
        """`tokens` for `need` calls that waited, and beyond. `lapsed`: what was in hand is worth nothing."""
        if lapsed:
            self.tokens = self.held = 0
        self.remaining = remaining
        self.ahead = self.tokens + max(0, tokens - need)
        paid = min(self.debt, tokens)
        self.debt -= paid
        self.tokens += tokens - paid
        self.held += tokens
        self.may_return = False
        if tokens >= need:
            self.retry_at = 0.0
        else:
            pace = min(PACE, self.burst / self.rate / 4) if self.rate > 0.0 else PACE
            self.retry_at = max(retry_at, now + pace)


class Quota(Bucket):
    """Of an API key in a usage plan; spent calls stay on lease until they were delivered."""

    __slots__ = ("began", "key_id", "offset", "period", "period_ends", "plan_id", "undelivered")

    def __init__(self, name: str, plan_id: str, key_id: str, limit: int, period: str, offset: int, began: int) -> None:
        super().__init__(name, QUOTA, 0.0, limit)
        self.is_quota = True
        self.is_keyed = True
        self.plan_id = plan_id
        self.key_id = key_id
        self.period = period
        self.offset = offset
        self.began = began
        self.period_ends = 0.0
        """By the monotonic clock; 0.0: not known."""
        self.undelivered = 0
        """Spent, and told with a word's silence only: the authority keeps them on lease until they are delivered."""

    def change_quota(self, limit: int, period: str, offset: int, began: int) -> None:
        if (limit, period, offset, began) != (self.burst, self.period, self.offset, self.began):
            self.burst = limit
            self.period = period
            self.offset = offset
            self.began = began
            self.retry_at = 0.0
            self.remaining = -1

    def tell_spent(self) -> None:
        """Nothing of it is in the word."""
        self.undelivered += self.tell_used()

    def delivered(self, calls: int) -> None:
        self.undelivered = max(0, self.undelivered - calls)


class Share:
    """A bucket of this worker's own while the authority is away: its part of rate and burst."""

    __slots__ = ("at", "burst", "level", "rate", "taken")

    def __init__(self, rate: float, burst: float, level: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self.level = min(level, burst)
        self.at = now
        self.taken = 0

    def has_one(self, now: float) -> bool:
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        return self.level >= 1.0

    def take(self) -> None:
        self.level -= 1.0
        self.taken += 1

    def debt(self) -> int:
        """What is missing from the authority's bucket: all that was taken, unless that bucket was full since."""
        return min(self.taken, ceil(self.burst - self.level))


class Limits:
    """What a call is weighed by: one token of each, or none of any."""

    __slots__ = ("buckets",)

    def __init__(self, buckets: tuple[Bucket, ...]) -> None:
        self.buckets = buckets
        """In the order in which they are looked at: the quota first."""
