"""What limits a method or a route by settings of its stage and of the process."""

from collections.abc import Mapping
from math import ceil
from typing import Any

import msgspec
from msgspec import Struct

from limen.gateway.errors import PlanError

STATE_LOSS = "limen:state-loss"
HEADERS = "limen:rate-limit-headers"
"""Tags of stages."""
OF_ACCOUNT = (10_000.0, 5_000)
"""What AWS allows an account in a region (guide: "Quotas for configuring and running a REST API")."""


class LimitDefaults(Struct, frozen=True):
    """Settings of the process; a stage's tags come before them."""

    account: tuple[float, int] | None = None
    """Calls per second, and at once, of each account in a region; None: no limit."""
    is_open: bool = True
    """Whether calls go on while the shared state is away."""
    has_headers: bool = False
    """RateLimit headers in responses."""


class StageLimits(Struct, frozen=True):
    """What a stage says about all of its methods."""

    is_open: bool
    """Whether calls go on while the shared state is away."""
    has_headers: bool


def read_stage_limits(tags: Mapping[str, str], stage_name: str, defaults: LimitDefaults) -> StageLimits:
    """`tags`: of the stage. Raises PlanError."""
    loss = tags.get(STATE_LOSS)
    if loss not in (None, "open", "closed"):
        raise PlanError(f"tag {STATE_LOSS} of stage {stage_name} is {loss!r}, not open or closed")
    headers = tags.get(HEADERS)
    if headers not in (None, "on", "off"):
        raise PlanError(f"tag {HEADERS} of stage {stage_name} is {headers!r}, not on or off")
    is_open = defaults.is_open if loss is None else loss == "open"
    return StageLimits(is_open, defaults.has_headers if headers is None else headers == "on")


def read_throttle(rate: float | None, burst: int | None) -> tuple[float, int] | None:
    """Rate and size of a bucket; None where there is no limit. -1 is none (observed: that is what the console sets).

    A rate without a burst admits as many at once as come in a second; a burst without a rate means nothing.
    """
    if rate is None or rate < 0:
        return None
    if burst is None or burst < 0:
        burst = ceil(rate)
    return rate, burst


def read_method_throttle(rate: float | None, burst: int | None) -> tuple[float, int] | None:
    """Of a method of a REST API. AWS puts its account's own limits into each setting that is made for another reason,
    such as a log level: they say "as the account", whose limit is a bucket of its own where there is one."""
    return None if (rate, burst) == OF_ACCOUNT else read_throttle(rate, burst)


class _RouteSettings(Struct, frozen=True, rename="camel"):
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None


def read_route_throttle(stage: Mapping[str, Any], route_key: str) -> tuple[float, int] | None:
    """Of a route of an HTTP API: its own settings come before the default ones, each by itself. Raises PlanError."""
    try:
        own = msgspec.convert((stage.get("routeSettings") or {}).get(route_key) or {}, _RouteSettings, strict=False)
        default = msgspec.convert(stage.get("defaultRouteSettings") or {}, _RouteSettings, strict=False)
    except msgspec.ValidationError as error:
        raise PlanError(f"route settings of {route_key}: {error}") from None
    rate = default.throttling_rate_limit if own.throttling_rate_limit is None else own.throttling_rate_limit
    burst = default.throttling_burst_limit if own.throttling_burst_limit is None else own.throttling_burst_limit
    return read_throttle(rate, burst)
