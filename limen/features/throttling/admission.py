"""The step that admits a call: one token of each of its limits, or none of any and a refusal.

Looked at in API Gateway's order: quota, plan's method, plan, stage's method or route, account. Where this worker has
one of each in hand nobody is asked and nothing waits. Guide: "Throttle requests to your REST APIs for better
throughput in API Gateway".
"""

from time import monotonic
from typing import Literal

from limen.features.metrics.counting import Series
from limen.features.throttling.bucket import QUOTA, Bucket, Limits
from limen.features.throttling.leases import Leasing
from limen.features.throttling.told import explain_limits, tell_refusal
from limen.features.usage_plans.journal import Journal, MethodUse
from limen.gateway.errors import Failure, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import WAITS
from limen.gateway.run import resume

PATIENCE = 0.3
"""Seconds that a call waits for what another worker may give back of a quota."""
LONGEST_WAIT = 2.0
"""Seconds after which a call does not go on waiting for the authority, which may be answering others all the time."""


class Admission:
    """Of one method or route; `admit` is its step."""

    __slots__ = ("_is_open", "_journal", "_leasing", "_own", "_quota_failure", "_series", "_throttle_failure")

    def __init__(
        self,
        own: Limits,
        leasing: Leasing,
        series: Series,
        throttled: Failure,
        over_quota: Failure,
        *,
        journal: Journal | None,
        is_open: bool,
    ) -> None:
        """`own`: of calls without a key; `is_open`: what holds while the authority is away."""
        self._own = own
        self._leasing = leasing
        self._journal = journal
        self._series = series
        self._throttle_failure = throttled
        self._quota_failure = over_quota
        self._is_open = is_open

    def admit(self, exchange: Exchange) -> Literal[True] | None:
        use = exchange.key_use
        if use is None:
            limits = self._own
        else:
            assert isinstance(use, MethodUse)
            limits = use.limits
        now = monotonic()
        for bucket in limits.buckets:
            if bucket.tokens <= 0 or now >= bucket.hold_until:
                return self._look_closer(exchange, limits, now)
        for bucket in limits.buckets:
            bucket.tokens -= 1
        if use is not None or exchange.trace is not None:
            self._admitted(exchange, limits, now, 0.0)
        return None

    def limits_of(self, exchange: Exchange) -> Limits:
        use = exchange.key_use
        return use.limits if isinstance(use, MethodUse) else self._own

    # --- where something is not in hand

    def _look_closer(self, exchange: Exchange, limits: Limits, now: float) -> Literal[True] | None:
        short: list[Bucket] = []
        refused_by = self._look(limits, now, 0.0, short)
        if refused_by is not None:
            raise self._refuse(exchange, limits, refused_by, 0.0)
        if not short:
            self._take(exchange, limits, now, 0.0)
            return None
        if not self._leasing.can_wait(short):
            raise self._refuse(exchange, limits, short[0], 0.0)
        self._leasing.wait(Waiting(self, exchange, limits, now), short, now)
        return WAITS

    def _look(self, limits: Limits, now: float, waited: float, short: list[Bucket]) -> Bucket | None:
        """Whom the call is refused by; `short` becomes those that have to be asked about. Takes nothing."""
        loss = self._leasing.loss
        for bucket in limits.buckets:
            if bucket.tokens > 0 and now < bucket.hold_until:
                continue
            if bucket.is_shut:
                return bucket
            if loss.is_away:
                if not self._is_open or not loss.share_of(bucket, now).has_one(now):
                    return bucket
            elif now < bucket.retry_at and not (bucket.may_return and waited < PATIENCE):
                # Whether the quota is used up is not known yet, and it would be the first reason to refuse.
                return None if short and short[0].is_quota else bucket
            else:
                short.append(bucket)
        return None

    def _take(self, exchange: Exchange, limits: Limits, now: float, waited: float) -> None:
        is_alone = False
        for bucket in limits.buckets:
            if bucket.tokens > 0 and now < bucket.hold_until:
                bucket.tokens -= 1
            elif bucket.alone is not None:
                bucket.alone.take()
                is_alone = True
        if is_alone:
            self._leasing.loss.admitted += 1
        self._admitted(exchange, limits, now, waited)

    def look_again(self, waiting: "Waiting", now: float) -> bool:
        """False where it waits on. Raises GatewayError."""
        exchange, limits = waiting.exchange, waiting.limits
        waited = now - waiting.since
        short: list[Bucket] = []
        refused_by = self._look(limits, now, waited, short)
        if refused_by is None and short and (waited > LONGEST_WAIT or not self._leasing.can_wait(short)):
            refused_by = short[0]
        if refused_by is not None:
            raise self._refuse(exchange, limits, refused_by, waited)
        if short:
            self._leasing.wait(waiting, short, now)
            return False
        self._take(exchange, limits, now, waited)
        return True

    # --- what comes of it

    def _admitted(self, exchange: Exchange, limits: Limits, now: float, waited: float) -> None:
        use = exchange.key_use
        journal = self._journal
        if use is not None and journal is not None:
            assert isinstance(use, MethodUse)
            if now >= journal.ends:
                journal.turn(now)
            if use.epoch == journal.epoch:
                journal.view[use.slot] += 1
            else:
                journal.count(use)
                self._leasing.stir()
        if exchange.trace is not None:
            explain_limits(exchange.trace, limits.buckets, waited, self._leasing.loss.is_away)

    def _refuse(self, exchange: Exchange, limits: Limits, bucket: Bucket, waited: float) -> GatewayError:
        is_quota = bucket.kind == QUOTA
        if is_quota:
            self._series.over_quota += 1
        else:
            self._series.throttled += 1
        reason = tell_refusal(exchange, bucket)
        if exchange.trace is not None:
            explain_limits(exchange.trace, limits.buckets, waited, self._leasing.loss.is_away, bucket, reason)
        return GatewayError(self._quota_failure if is_quota else self._throttle_failure, reason)


class Waiting:
    """A call that waits for tokens."""

    __slots__ = ("_admission", "exchange", "limits", "since")

    def __init__(self, admission: Admission, exchange: Exchange, limits: Limits, since: float) -> None:
        self._admission = admission
        self.exchange = exchange
        self.limits = limits
        self.since = since

    def look_again(self, now: float) -> None:
        try:
            if not self._admission.look_again(self, now):
                return
        except Exception as error:
            resume(self.exchange, error)
        else:
            resume(self.exchange)
