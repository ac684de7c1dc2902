"""How often somebody may try: failed passwords by user, as AWS locks them out, and calls by source address.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication.html (Lockout
behavior for failed sign-in attempts). Kept in memory, so that a refused call, which changes no document, counts too.
"""

import time
from collections.abc import Callable, Hashable

from msgspec import Struct

FREE_FAILURES = 5
LONGEST_LOCK = 900.0
FORGOTTEN_AFTER = 900.0
"""Seconds without an attempt after the last lock: then a user begins anew."""
MOST_KEPT = 100_000
"""Users or addresses that are kept; past it the one that tried least recently is forgotten."""


class _Failures(Struct):
    count: int
    locked_until: float


class LockOuts:
    """The n-th failure in a row locks for 2^(n-5) seconds from the fifth on; tries meanwhile change nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._most = most
        self._failures: dict[Hashable, _Failures] = {}

    def is_locked(self, who: Hashable) -> bool:
        found = self._find(who)
        return found is not None and found.locked_until > self._clock()

    def fail(self, who: Hashable) -> None:
        found = self._find(who) or _Failures(0, 0.0)
        found.count += 1
        now = self._clock()
        over = found.count - FREE_FAILURES
        found.locked_until = now + min(2.0 ** min(over, 20), LONGEST_LOCK) if over >= 0 else now
        self._failures.pop(who, None)
        self._failures[who] = found
        while len(self._failures) > self._most:
            del self._failures[next(iter(self._failures))]

    def succeed(self, who: Hashable) -> None:
        self._failures.pop(who, None)

    def _find(self, who: Hashable) -> _Failures | None:
        found = self._failures.get(who)
        if found is not None and self._clock() > found.locked_until + FORGOTTEN_AFTER:
            del self._failures[who]
            return None
        return found


class Rates:
    """Token buckets by key: `per_second` over time, `burst` at once."""

    def __init__(
        self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic, most: int = MOST_KEPT
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._most = most
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def has(self, key: Hashable) -> bool:
        """Whether one more fits; takes nothing."""
        return self._filled(key, self._clock()) >= 1

    def take(self, key: Hashable) -> bool:
        """False where nothing is left; then nothing is taken."""
        now = self._clock()
        left = self._filled(key, now)
        if left < 1:
            return False
        self._buckets.pop(key, None)
        self._buckets[key] = (left - 1, now)
        while len(self._buckets) > self._most:
            del self._buckets[next(iter(self._buckets))]
        return True

    def _filled(self, key: Hashable, now: float) -> float:
        left, since = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - since) * self._per_second)


class Used:
    """What may be used once, until it is of no use anyway."""

    def __init__(self, clock: Callable[[], float] = time.time, most: int = MOST_KEPT) -> None:
        self._clock = clock
        self._most = most
        self._until: dict[bytes, float] = {}

    def use(self, what: bytes, until: float) -> bool:
        """False where it was used before. `until` in epoch seconds."""
        now = self._clock()
        while self._until and (len(self._until) >= self._most or next(iter(self._until.values())) < now):
            del self._until[next(iter(self._until))]
        if what in self._until:
            return False
        self._until[what] = until
        return True
