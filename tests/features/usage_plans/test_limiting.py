"""What limits a method, put together."""

from typing import Any

from limen.features.metrics.counting import Metrics
from limen.features.throttling.compile import LimitTools
from limen.features.throttling.leases import Leasing
from limen.features.throttling.settings import LimitDefaults, StageLimits
from limen.features.usage_plans.limiting import Limited, compile_limiting
from limen.features.usage_plans.table import UsagePlans
from limen.gateway.api_key import key_of_header
from limen.gateway.rest_errors import QUOTA_EXCEEDED, THROTTLED
from limen.gateway.rest_failures import answer_rest_failure


def limited(**more: Any) -> Limited:
    given: dict[str, Any] = {
        "scope": "000000000000/us-east-1",
        "api_id": "a",
        "stage_name": "s",
        "shown_stage": "s",
        "key": "GET /pets",
        "throttle": None,
        "stage": StageLimits(is_open=True, has_headers=False),
        "failures": (THROTTLED, QUOTA_EXCEEDED),
    }
    return Limited(**given | more)


def tools(defaults: LimitDefaults | None = None) -> LimitTools:
    return LimitTools(Leasing(None), defaults)


def test_a_method_without_limits_has_no_step() -> None:
    made = tools()
    assert compile_limiting(limited(), made, UsagePlans(made.leasing), Metrics()) is None


def test_a_throttled_method_has_one_step_and_a_keyed_one_two() -> None:
    made = tools()
    plans = UsagePlans(made.leasing)
    throttled = compile_limiting(limited(throttle=(1.0, 2)), made, plans, Metrics())
    keyed = compile_limiting(limited(find_key=key_of_header), made, plans, Metrics())

    assert throttled is not None and keyed is not None
    assert (len(throttled.steps), len(keyed.steps)) == (1, 2)
    assert throttled.tell is None
    assert throttled.failures(answer_rest_failure) is answer_rest_failure


def test_the_account_limits_every_method_by_one_bucket() -> None:
    made = tools(LimitDefaults(account=(10.0, 20)))
    first = made.buckets("000000000000/us-east-1", "a", "s", "GET /a", None)
    second = made.buckets("000000000000/us-east-1", "b", "s", "GET /b", (1.0, 1))

    assert [bucket.kind for bucket in second] == ["method", "account"]
    assert first[0] is second[1]


def test_a_new_plan_keeps_the_old_buckets() -> None:
    made = tools()
    (old,) = made.buckets("x", "a", "s", "GET /a", (1.0, 1))
    (new,) = made.buckets("x", "a", "s", "GET /a", (5.0, 7))
    assert new is old
    assert (old.rate, old.burst) == (5.0, 7)

    made.forget_stage("a", "s")
    assert made.buckets("x", "a", "s", "GET /a", (1.0, 1))[0] is not old


def test_headers_are_told_where_a_stage_asks_for_them() -> None:
    made = tools()
    stage = StageLimits(is_open=True, has_headers=True)
    limiting = compile_limiting(limited(throttle=(1.0, 2), stage=stage), made, UsagePlans(made.leasing), Metrics())

    assert limiting is not None and limiting.tell is not None
    assert limiting.failures(answer_rest_failure) is not answer_rest_failure
