"""Puts a method's or route's limits together: the buckets that are its own, and the step that admits its calls."""

from limen.features.metrics.counting import Metrics
from limen.features.throttling.admission import Admission
from limen.features.throttling.bucket import ACCOUNT, METHOD, Bucket, Limits
from limen.features.throttling.leases import Leasing
from limen.features.throttling.settings import LimitDefaults, read_throttle
from limen.features.usage_plans.journal import Journal
from limen.gateway.errors import Failure


class LimitTools:
    """Owned by a worker: what limits are compiled with."""

    def __init__(self, leasing: Leasing, defaults: LimitDefaults | None = None, journal: Journal | None = None) -> None:
        self.leasing = leasing
        self.defaults = defaults or LimitDefaults()
        self.journal = journal

    def buckets(
        self, scope: str, api_id: str, stage_name: str, key: str, throttle: tuple[float, int] | None
    ) -> tuple[Bucket, ...]:
        """What limits a method or route whoever calls; `key`: `GET /pets`."""
        found = []
        if throttle is not None:
            found.append(self.leasing.bucket(f"method/{api_id}/{stage_name}/{key}", METHOD, *throttle))
        account = self.defaults.account
        of_account = None if account is None else read_throttle(account.rate, account.burst)
        if of_account is not None:
            found.append(self.leasing.bucket(f"account/{scope}", ACCOUNT, *of_account))
        return tuple(found)

    def forget_stage(self, api_id: str, stage_name: str) -> None:
        self.leasing.forget(f"method/{api_id}/{stage_name}/")


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
