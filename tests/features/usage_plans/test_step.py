"""Which keys open a method: one that is known, enabled, and in a plan of the stage."""

from typing import Any

import pytest

from limen.features.metrics.counting import Series
from limen.features.throttling.bucket import METHOD, PLAN, PLAN_METHOD, QUOTA
from limen.features.throttling.leases import Leasing
from limen.features.usage_plans.journal import MethodUse
from limen.features.usage_plans.records import (
    PlanStageRecord,
    QuotaRecord,
    ThrottleRecord,
    UsagePlanChanges,
    UsagePlanRecord,
)
from limen.features.usage_plans.step import KeyedMethod, compile_key
from limen.features.usage_plans.table import UsagePlans
from limen.gateway.api_key import key_of_authorizer, key_of_header
from limen.gateway.caller import Caller
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_failures import answer_rest_failure
from limen.gateway.trace import Trace
from limen.wire import Headers
from tests.features.usage_plans.test_table import SCOPE, apply, key, make, plan
from tests.support.exchanges import exchange, header_map

VALUE = "a value of twenty chars"


class Method:
    """GET /pets of stage s of API a."""

    def __init__(self, plans: UsagePlans, source: Any = key_of_header, path: str = "/pets") -> None:
        self.leasing = Leasing(None)
        own = (self.leasing.bucket("method/a/s/GET /pets", METHOD, 100.0, 100),)
        self.series = Series()
        self.check = compile_key(
            KeyedMethod(SCOPE, "a", "s", path, "GET", own), source, plans, self.leasing, self.series
        ).check

    def ask(self, value: str | None = VALUE, trace: Trace | None = None) -> Exchange:
        made = exchange("GET /pets", {} if value is None else {"x-api-key": value})
        made.trace = trace
        self.check(made)
        return made


def test_a_key_in_a_plan_of_the_stage_lets_in() -> None:
    record = key(customer_id="c1", name="acme")
    use = Method(make(record, plan(product_code="gold"))).ask().key_use

    assert isinstance(use, MethodUse)
    assert (use.key_id, use.plan_id, use.customer_id, use.product_code) == ("k1", "p1", "c1", "gold")
    assert (use.api_id, use.stage_name, use.method) == ("a", "s", "GET /pets")


@pytest.mark.parametrize(
    ("records", "value", "reason"),
    [
        ([key(), plan()], None, "no API key was sent"),
        ([key(), plan()], "some other value of 20", "it is not known"),
        ([key(), plan()], "x" * 5000, "longer than any"),
        ([key(is_enabled=False), plan()], VALUE, "k1 is disabled"),
        ([key(plan_ids=()), plan()], VALUE, "in no usage plan of API Stage a/s"),
        ([key(), plan("p1", ("a", "other"))], VALUE, "in no usage plan of API Stage a/s"),
    ],
)
def test_no_other_key_does(records: list[Any], value: str | None, reason: str) -> None:
    method = Method(make(*records))
    trace = Trace()

    with pytest.raises(GatewayError) as refused:
        method.ask(value, trace)

    assert reason in refused.value.reason
    assert method.series.refused_keys == 1
    answered = answer_rest_failure(exchange("GET /pets"), refused.value)
    assert (answered.status, answered.body) == (403, b'{"message":"Forbidden"}')
    assert header_map(answered)["x-amzn-errortype"] == "ForbiddenException"
    told = trace.find("api_key")
    assert told is not None and told["outcome"] == "refused"
    assert VALUE not in str(told)


def test_two_keys_at_once_are_none() -> None:
    method = Method(make(key(), plan()))
    made = exchange("GET /pets", {"x-api-key": VALUE})
    made.headers = Headers([*made.headers, (b"x-api-key", b"X-Api-Key", b"another")])

    with pytest.raises(GatewayError):
        method.check(made)


def test_an_authorizer_may_name_the_key() -> None:
    method = Method(make(key(), plan()), key_of_authorizer)
    made = exchange("GET /pets", {"x-api-key": "what is sent is not looked at"})
    made.caller = Caller("lambda", usage_key=VALUE)
    method.check(made)
    assert made.key_use is not None

    with pytest.raises(GatewayError):
        method.ask(VALUE)


def test_a_plan_limits_verbs_of_a_method_any() -> None:
    limits = {"/pets/GET": ThrottleRecord(1.0, 1), "/pets/ANY": ThrottleRecord(2.0, 2)}
    plans = make(key(), UsagePlanRecord("p1", (PlanStageRecord("a", "s", limits),)))
    step = compile_key(KeyedMethod(SCOPE, "a", "s", "/pets", "ANY", ()), key_of_header, plans, Leasing(None), Series())
    found = {}
    for verb in ("GET", "POST", "BREW", "GET"):
        made = exchange(f"{verb} /pets", {"x-api-key": VALUE})
        step.check(made)
        assert isinstance(made.key_use, MethodUse)
        assert made.key_use.method == "ANY /pets"
        found[verb] = [bucket.name for bucket in made.key_use.limits.buckets]
    assert found == {
        "GET": ["plan-method/p1/k1/a/s/pets/GET"],
        "POST": ["plan-method/p1/k1/a/s/pets/ANY"],
        "BREW": ["plan-method/p1/k1/a/s/pets/ANY"],
    }


def test_limits_come_in_their_order() -> None:
    limited = UsagePlanRecord(
        "p1",
        (PlanStageRecord("a", "s", {"/pets/GET": ThrottleRecord(1.0, 2), "/pets/POST": ThrottleRecord(7.0, 7)}),),
        ThrottleRecord(10.0, 20),
        QuotaRecord(1000, "DAY", 0, 0),
    )
    use = Method(make(key(), limited)).ask().key_use
    assert isinstance(use, MethodUse)

    assert [(bucket.kind, bucket.rate, bucket.burst) for bucket in use.limits.buckets] == [
        (QUOTA, 0.0, 1000),
        (PLAN_METHOD, 1.0, 2),
        (PLAN, 10.0, 20),
        (METHOD, 100.0, 100),
    ]


def test_the_root_is_spelled_with_two_slashes() -> None:
    limited = UsagePlanRecord("p1", (PlanStageRecord("a", "s", {"//GET": ThrottleRecord(1.0, 2)}),))
    use = Method(make(key(), limited), path="/").ask().key_use
    assert isinstance(use, MethodUse)

    assert [bucket.kind for bucket in use.limits.buckets] == [PLAN_METHOD, METHOD]


def test_what_a_plan_does_not_limit_is_not_limited() -> None:
    unlimited = plan(throttle=ThrottleRecord(-1.0, -1))
    use = Method(make(key(), unlimited)).ask().key_use
    assert isinstance(use, MethodUse)

    assert [bucket.kind for bucket in use.limits.buckets] == [METHOD]


def test_changes_of_plans_and_keys_are_live() -> None:
    plans = make(key(), plan())
    method = Method(plans)
    first = method.ask().key_use
    assert method.ask().key_use is first, "found once"

    apply(plans, UsagePlanChanges(False, [], [plan(throttle=ThrottleRecord(5.0, 5))]))
    use = method.ask().key_use
    assert isinstance(use, MethodUse)
    assert [bucket.kind for bucket in use.limits.buckets] == [PLAN, METHOD]

    apply(plans, UsagePlanChanges(False, [key(is_enabled=False)], []))
    with pytest.raises(GatewayError):
        method.ask()


def test_kept_uses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.features.usage_plans.table.MOST_USES", 3)
    records = [key(f"k{number}", f"value number {number} of many") for number in range(8)]
    plans = make(*records, plan())
    method = Method(plans)
    for number in range(8):
        method.ask(f"value number {number} of many")

    assert len(plans.uses) <= 3


def test_whoever_looks_sees_the_key_masked() -> None:
    trace = Trace()
    Method(make(key(), plan())).ask(trace=trace)

    assert trace.find("api_key") == {
        "outcome": "accepted",
        "shown": "*****************" + VALUE[-6:],
        "id": "k1",
        "plan": "p1",
        "reason": "",
    }
