"""What holds while the authority is away: open stages go on with a share of each limit, closed ones admit nothing new.

What is in hand may be spent as long as it holds, either way. A share is the limit divided by the number of holders
that the authority last knew; of a bucket that was in use it begins with what was left. When the authority is back,
what was admitted by itself is paid with the first tokens that it grants; quotas are made good by deliveries alone.
"""

import logging
from collections.abc import Callable
from time import monotonic

from limen.features.throttling.bucket import Bucket, Share

log = logging.getLogger("limen.limits")


class Loss:
    """Owned by a Leasing."""

    __slots__ = ("_sharing", "_tell", "admitted", "holders", "is_away", "losses", "since")

    def __init__(self) -> None:
        self.is_away = False
        self.holders = 1
        """When it was last heard."""
        self.losses = 0
        """How often it went away."""
        self.admitted = 0
        """Calls that this worker admitted by itself."""
        self.since = 0.0
        self._sharing: list[Bucket] = []
        self._tell: Callable[[bool], None] = _nobody

    def tell(self, tell: Callable[[bool], None]) -> None:
        """Calls `tell` with `is_away` now, and whenever that changes; whoever was told before no more."""
        self._tell = tell
        tell(self.is_away)

    def figures(self) -> tuple[bool, int, int]:
        """Whether it is away, how often it was, and the calls that were admitted meanwhile."""
        return self.is_away, self.losses, self.admitted

    def begin(self, reason: str) -> None:
        """Said once, however often nobody answers."""
        if not self.is_away:
            self.is_away = True
            self.losses += 1
            self.since = monotonic()
            log.warning("%s; limits are kept by each worker alone until it is back", reason)
            self._tell(True)

    def end(self) -> list[Bucket]:
        """The buckets with something to make good."""
        if not self.is_away:
            return []
        self.is_away = False
        self._tell(False)
        seconds = monotonic() - self.since
        log.warning(
            "the shared state is back after %.1f s, in which this worker admitted %d calls in all by itself",
            seconds,
            self.admitted,
        )
        shared, self._sharing = self._sharing, []
        for bucket in shared:
            share = bucket.alone
            if share is not None and not bucket.is_quota:
                bucket.debt = min(bucket.debt + share.debt(), bucket.burst)
            bucket.alone = None
            bucket.retry_at = 0.0
        return [bucket for bucket in shared if bucket.debt]

    def share_of(self, bucket: Bucket, now: float) -> Share:
        """What this worker may admit of a limit by itself."""
        share = bucket.alone
        if share is None:
            share = bucket.alone = self._make_share(bucket, now)
            self._sharing.append(bucket)
        return share

    def _make_share(self, bucket: Bucket, now: float) -> Share:
        holders = max(self.holders, 1)
        known = float(bucket.remaining) if bucket.remaining >= 0 else float(bucket.burst)
        if bucket.is_quota:
            part = float(min(known, bucket.burst) // holders)
            return Share(0.0, part, part, now)
        burst = max(bucket.burst / holders, 1.0)  # a limit of one call at a time is one for each
        return Share(bucket.rate / holders, burst, known / holders, now)


def _nobody(_: bool) -> None:
    """Until somebody wants to be told."""
