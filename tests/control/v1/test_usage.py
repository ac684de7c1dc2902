"""Usage of API keys."""

from datetime import date, timedelta

import pytest


@pytest.fixture
def named(control):
    """What names a key in a plan with a quota of a hundred each day."""
    plan_id = control("CreateUsagePlan", name="basic", quota={"limit": 100, "period": "DAY"})["id"]
    key_id = control("CreateApiKey")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key_id, keyType="API_KEY")
    return {"usageplanId": plan_id, "keyId": key_id}


def test_nothing_was_used(control, named):
    dates = {"startDate": "2016-08-01", "endDate": "2016-08-04"}
    answer = control("GetUsage", usageplanId=named["usageplanId"], **dates)
    assert answer == {"usagePlanId": named["usageplanId"], **dates, "values": {}}


def test_what_is_left_can_be_changed_for_its_period(control, named):
    changed = control.patch("UpdateUsage", ("replace", "/remaining", "250"), **named)
    today = date.fromisoformat(changed["startDate"])
    assert changed == {
        "usagePlanId": named["usageplanId"],
        "startDate": str(today),
        "endDate": str(today),
        "values": {named["keyId"]: [[0, 250]]},
    }
    around = {"startDate": str(today - timedelta(days=1)), "endDate": str(today + timedelta(days=1))}
    for key in ({}, {"keyId": named["keyId"]}):
        seen = control("GetUsage", usageplanId=named["usageplanId"], **around, **key)
        assert seen["values"] == {named["keyId"]: [[0, 100], [0, 250], [0, 100]]}
    assert control("GetUsage", usageplanId=named["usageplanId"], **around, keyId="other")["values"] == {}


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
    dates = {"startDate": "2016-08-01", "endDate": "2016-08-04"}
    assert control.refuses("GetUsage", usageplanId="nothing", **dates)[1:] == (404, "Invalid Usage Plan ID specified")
    refusal = control.refuses_patch("UpdateUsage", ("replace", "/remaining", "1"), **named | {"keyId": "nobody"})
    assert refusal[1:] == (404, "Invalid API Key identifier specified")


def test_only_what_is_left_of_a_quota_can_be_changed(control, named, refused_patch):
    assert refused_patch("UpdateUsage", ("replace", "/used", "1"), **named) == "Invalid patch path /used"
    control.patch("UpdateUsagePlan", ("remove", "/quota"), usageplanId=named["usageplanId"])
    message = refused_patch("UpdateUsage", ("replace", "/remaining", "1"), **named)
    assert message == f"Usage Plan {named['usageplanId']} has no quota"
