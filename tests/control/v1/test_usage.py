"""Usage of API keys: what was counted, and what is left."""

import asyncio
from datetime import date

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.control.asides import Asides
from limen.control.invoke import make_invoke
from limen.control.usage_plans import patience
from tests.support.counters import NOW

DATES = {"startDate": "2026-09-20", "endDate": "2026-09-21"}


@pytest.fixture
def named(control):
    """What names a key in a plan with a quota of a hundred each day."""
    plan_id = control("CreateUsagePlan", name="basic", quota={"limit": 100, "period": "DAY"})["id"]
    return {"usageplanId": plan_id, "keyId": new_key(control, plan_id)}


def new_key(control, plan_id):
    key_id = control("CreateApiKey")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key_id, keyType="API_KEY")
    return key_id


def values(control, plan_id, **members):
    return control("GetUsage", usageplanId=plan_id, **{**DATES, **members})["values"]


def test_each_key_of_a_plan_has_a_row_for_each_day(control, named):
    plan_id, key_id = named["usageplanId"], named["keyId"]
    control.state.count(plan_id, key_id, 7, seconds_ago=86400)
    control.state.count(plan_id, key_id, 2)
    other = new_key(control, plan_id)

    answer = control("GetUsage", usageplanId=plan_id, **DATES)
    assert answer == {
        "usagePlanId": plan_id,
        **DATES,
        "values": {key_id: [[7, 93], [2, 98]], other: [[0, 100], [0, 100]]},
    }
    assert values(control, plan_id, keyId=other) == {other: [[0, 100], [0, 100]]}
    assert values(control, plan_id, keyId="nobody") == {}


def test_a_key_that_left_is_told_of_by_name_if_it_used_any(control, named):
    control.state.count(named["usageplanId"], named["keyId"], 2)
    control("DeleteUsagePlanKey", **named)
    assert values(control, named["usageplanId"]) == {}
    assert values(control, plan_id=named["usageplanId"], keyId=named["keyId"]) == {named["keyId"]: [[0, 100], [2, 98]]}


def test_keys_come_in_pages(control, named):
    keys = [named["keyId"], *(new_key(control, named["usageplanId"]) for _ in range(2))]
    first = control("GetUsage", usageplanId=named["usageplanId"], limit=2, **DATES)
    second = control("GetUsage", usageplanId=named["usageplanId"], limit=2, position=first["position"], **DATES)
    assert [*first["values"], *second["values"]] == keys
    assert "position" not in second


def test_what_is_left_can_be_changed_for_its_period(control, named):
    plan_id, key_id = named["usageplanId"], named["keyId"]
    control.state.count(plan_id, key_id, 3)
    changed = control.patch("UpdateUsage", ("replace", "/remaining", "250"), **named)
    assert changed == {
        "usagePlanId": plan_id,
        "startDate": "2026-09-21",
        "endDate": "2026-09-21",
        "values": {key_id: [[3, 250]]},
    }
    control.state.count(plan_id, key_id, 10)
    assert values(control, plan_id) == {key_id: [[0, 100], [13, 240]]}
    control.patch("UpdateUsage", ("replace", "/remaining", "0"), **named)
    assert values(control, plan_id) == {key_id: [[0, 100], [13, 0]]}
    control.state.now = NOW + 86400
    assert values(control, plan_id, startDate="2026-09-22", endDate="2026-09-22") == {key_id: [[0, 100]]}


def test_workers_are_told_that_a_quota_was_changed(control, named):
    def extended():
        with control.store.reader() as reader:
            return reader.get("ApiKey", "000000000000/us-east-1", named["keyId"]).get("_extended", 0)

    control.patch("UpdateUsage", ("replace", "/remaining", "5"), **named)
    control.patch("UpdateUsage", ("replace", "/remaining", "5"), **named)
    assert extended() == 2
    control("UpdateUsage", **named)
    assert extended() == 2


def test_usage_may_be_told_with_a_delay(control, named):
    control.state.count(named["usageplanId"], named["keyId"], 2)
    control.set(usage_delay=900.0)
    assert values(control, named["usageplanId"]) == {named["keyId"]: [[0, 100], [0, 100]]}


def test_a_plan_without_a_quota_has_no_end(control):
    plan_id = control("CreateUsagePlan", name="free")["id"]
    key_id = new_key(control, plan_id)
    control.state.count(plan_id, key_id, 2)
    assert values(control, plan_id) == {key_id: [[0, -1], [2, -1]]}


def test_counters_that_cannot_be_reached_are_an_error_that_says_so(control, named, monkeypatch):
    monkeypatch.setattr(patience, "PAUSES", ())
    control.state.is_away = True
    aws = AwsCall("apigateway", "GetUsage", named | DATES, "000000000000", "us-east-1", "key", "request")

    async def in_operations(function):
        return function()

    asides = Asides(make_invoke(control.store, control.settings), in_operations, state=control.state)
    with pytest.raises(AwsError) as refused:
        asyncio.run(asides.invoke(aws))
    asides.close()
    assert refused.value.code == "ServiceUnavailableException"
    assert refused.value.message == "The counters of usage cannot be reached: nobody answers"


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (("2016-8-1", "2016-08-04"), "Invalid startDate specified: 2016-8-1. It must have the form YYYY-MM-DD"),
        (("2016-08-01", "2016-02-30"), "Invalid endDate specified: 2016-02-30. It must have the form YYYY-MM-DD"),
        (("2016-08-02", "2016-08-01"), "Usage Plan: endDate must not be before startDate"),
        (("2016-01-01", "2016-08-01"), "Usage Plan: the range of dates must not exceed 90 days"),
    ],
)
def test_dates_are_days_in_their_order(refused, named, dates, message):
    first, last = dates
    assert refused("GetUsage", usageplanId=named["usageplanId"], startDate=first, endDate=last) == message


def test_usage_of_what_is_not_there_is_not_found(control, named):
    assert control.refuses("GetUsage", usageplanId="nothing", **DATES)[1:] == (404, "Invalid Usage Plan ID specified")
    refusal = control.refuses_patch("UpdateUsage", ("replace", "/remaining", "1"), **named | {"keyId": "nobody"})
    assert refusal[1:] == (404, "Invalid API Key identifier specified")


def test_only_what_is_left_of_a_quota_can_be_changed(control, named, refused_patch):
    assert refused_patch("UpdateUsage", ("replace", "/used", "1"), **named) == (
        "Invalid patch path  '/used' specified for op 'replace'. Must be one of: [/remaining]"
    )
    assert refused_patch("UpdateUsage", ("add", "/remaining", "1"), **named) == (
        "Invalid patch path  '/remaining' specified for op 'add'. Must be one of: []"
    )
    control.patch("UpdateUsagePlan", ("remove", "/quota"), usageplanId=named["usageplanId"])
    message = refused_patch("UpdateUsage", ("replace", "/remaining", "1"), **named)
    assert message == f"Usage Plan {named['usageplanId']} has no quota"


def test_today_is_the_day_of_the_counters(control, named):
    assert date.fromisoformat(control("UpdateUsage", **named)["startDate"]) == date(2026, 9, 21)
