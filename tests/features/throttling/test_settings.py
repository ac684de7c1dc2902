"""What stages, routes and the process say about limits."""

from typing import Any

import pytest

from limen.features.throttling.settings import (
    LimitDefaults,
    StageLimits,
    read_method_throttle,
    read_route_throttle,
    read_stage_limits,
    read_throttle,
)
from limen.gateway.errors import PlanError


@pytest.mark.parametrize(
    ("rate", "burst", "read"),
    [
        (10.0, 20, (10.0, 20)),
        (0.0, 20, (0.0, 20)),
        (10.0, 0, (10.0, 0)),
        (None, 20, None),
        (-1.0, 20, None),
        (-1.0, -1, None),
        (2.5, None, (2.5, 3)),
        (2.5, -1, (2.5, 3)),
    ],
)
def test_rate_and_burst(rate: float | None, burst: int | None, read: Any) -> None:
    assert read_throttle(rate, burst) == read


def test_a_route_comes_before_the_default() -> None:
    stage = {
        "defaultRouteSettings": {"throttlingRateLimit": 10.0, "throttlingBurstLimit": 20},
        "routeSettings": {"GET /a": {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 2}, "GET /b": {}},
    }

    assert read_route_throttle(stage, "GET /a") == (1.0, 2)
    assert read_route_throttle(stage, "GET /b") == (10.0, 20)
    assert read_route_throttle(stage, "GET /c") == (10.0, 20)
    assert read_route_throttle({}, "GET /c") is None


def test_what_is_no_number_does_not_compile() -> None:
    with pytest.raises(PlanError, match="GET /a"):
        read_route_throttle({"routeSettings": {"GET /a": {"throttlingRateLimit": "fast"}}}, "GET /a")


def test_tags_of_a_stage_come_before_settings() -> None:
    assert read_stage_limits({}, "s", LimitDefaults()) == StageLimits(is_open=True, has_headers=False)
    assert read_stage_limits({}, "s", LimitDefaults(is_open=False, has_headers=True)) == StageLimits(False, True)
    tags = {"limen:state-loss": "closed", "limen:rate-limit-headers": "on"}
    assert read_stage_limits(tags, "s", LimitDefaults()) == StageLimits(is_open=False, has_headers=True)
    off = {"limen:rate-limit-headers": "off"}
    assert read_stage_limits(off, "s", LimitDefaults(has_headers=True)).has_headers is False


@pytest.mark.parametrize("tag", ["limen:state-loss", "limen:rate-limit-headers"])
def test_a_tag_that_means_nothing_does_not_compile(tag: str) -> None:
    with pytest.raises(PlanError, match=tag):
        read_stage_limits({tag: "maybe"}, "s", LimitDefaults())


def test_limits_that_only_repeat_the_accounts_limit_nothing_by_themselves() -> None:
    assert read_method_throttle(10_000.0, 5_000) is None
    assert read_method_throttle(10_000.0, 4_999) == (10_000.0, 4_999)
    assert read_method_throttle(9_999.0, 5_000) == (9_999.0, 5_000)
