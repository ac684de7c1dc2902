"""Puts a method's or route's limits together: the buckets that are its own, and the step that admits its calls."""

import logging
from pathlib import Path

from limen.features.metrics.counting import Metrics
from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import ACCOUNT, METHOD, Bucket, Limits
from limen.features.throttling.leases import Leasing, SharedClock, new_holder
from limen.features.throttling.settings import LimitDefaults
from limen.features.usage_plans.deliveries import Deliveries
from limen.features.usage_plans.journal import Journal
from limen.gateway.errors import Failure
from limen.state.interface import State

log = logging.getLogger("limen.limits")


class LimitTools:
    """Owned by a worker: what limits are compiled with."""

    def __init__(
        self, leasing: Leasing, defaults: LimitDefaults | None = None, deliveries: Deliveries | None = None
    ) -> None:
        self.leasing = leasing
        self.defaults = defaults or LimitDefaults()
        self.journal = None if deliveries is None else deliveries.journal
        self._deliveries = deliveries

    def start(self, *, is_elsewhere: bool = False) -> None:
        """In a running loop. `is_elsewhere`: the state's clock is another than this machine's."""
        if is_elsewhere:
            self.leasing.meet()  # so that the first call is entered at the right minute
        if self._deliveries is not None:
            self._deliveries.start()

    async def close(self) -> None:
        """Gives everything back and delivers what was counted; the state is its owner's to close."""
        await self.leasing.close()
        if self._deliveries is not None:
            await self._deliveries.close()

    def buckets(
        self, scope: str, api_id: str, stage_name: str, key: str, throttle: tuple[float, int] | None
    ) -> tuple[Bucket, ...]:
        """What limits a method or route whoever calls; `key`: `GET /pets`."""
        found = []
        if throttle is not None:
            found.append(self.leasing.bucket(f"method/{api_id}/{stage_name}/{key}", METHOD, *throttle))
        if self.defaults.account is not None:
            found.append(self.leasing.bucket(f"account/{scope}", ACCOUNT, *self.defaults.account))
        return tuple(found)

    def forget_stage(self, api_id: str, stage_name: str) -> None:
        self.leasing.forget(f"method/{api_id}/{stage_name}/")


def open_limits(state: State, directory: Path, defaults: LimitDefaults) -> LimitTools:
    """Of a worker; usage is counted in `directory`: where that cannot be written, calls are admitted uncounted."""
    holder, clock = new_holder(), SharedClock()
    try:
        journal = Journal(directory, holder, clock.now)
    except OSError as error:
        log.error("usage is not counted: %s: %s", directory, error.strerror)
        return LimitTools(Leasing(state, holder=holder, clock=clock), defaults)
    deliveries = Deliveries(state, journal, directory, holder)
    return LimitTools(Leasing(state, deliveries, holder=holder, clock=clock), defaults, deliveries)


def compile_admission(
    tools: LimitTools,
    own: tuple[Bucket, ...],
    metrics: Metrics,
    row: tuple[str, str, str],
    failures: tuple[Failure, Failure],
    *,
    has_key: bool,
    is_open: bool,
) -> Admission | None:
    """None where nothing limits anyone. `row`: of the metrics; `failures`: of a throttle and of a quota."""
    if not own and not has_key:
        return None
    throttled, over_quota = failures
    return Admission(
        Limits(own), tools.leasing, metrics.series(*row), throttled, over_quota, journal=tools.journal, is_open=is_open
    )
