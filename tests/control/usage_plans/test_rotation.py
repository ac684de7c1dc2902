"""A key in place of another."""

import pytest

from limen.control.usage_plans.rotation import later, rotate_key


@pytest.fixture
def old(control):
    """A key in a plan."""
    given = {"name": "acme", "description": "d", "customerId": "c1", "enabled": True, "tags": {"team": "a"}}
    key = control("CreateApiKey", **given)
    plan_id = control("CreateUsagePlan", name="gold")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key["id"], keyType="API_KEY")
    return key | {"plan": plan_id}


def test_a_new_key_takes_the_place_of_the_old_one(control, old):
    new = control.run(lambda call: rotate_key(call, old["id"], 0))

    for name in ("name", "description", "customerId", "enabled", "tags"):
        assert new[name] == old[name]
    assert new["id"] != old["id"] and new["value"] != old["value"]
    assert control("GetApiKey", api_Key=new["id"], includeValue=True)["value"] == new["value"]
    assert [key["id"] for key in control.items("GetUsagePlanKeys", usageplanId=old["plan"])] == [new["id"]]
    assert [key["id"] for key in control.items("GetApiKeys")] == [new["id"]]


def test_the_old_one_goes_on_for_a_time(control, old):
    new = control.run(lambda call: rotate_key(call, old["id"], 3600))

    keys = control.items("GetUsagePlanKeys", usageplanId=old["plan"])
    assert {key["id"]: key["value"] for key in keys} == {old["id"]: old["value"], new["id"]: new["value"]}
    with control.store.reader() as reader:
        expires = reader.get("ApiKey", "000000000000/us-east-1", old["id"])["_expires"]
        assert reader.get("ApiKeyExpiry", "000000000000/us-east-1", old["id"]) == {"expires": expires}
    assert "_expires" not in control("GetApiKey", api_Key=old["id"])


def test_what_is_not_there_is_not_rotated(control):
    with pytest.raises(Exception, match="Invalid API Key identifier specified"):
        control.run(lambda call: rotate_key(call, "nobody", 0))


def test_times_are_added_up_in_utc():
    assert later("2026-12-31T23:59:59Z", 2) == "2027-01-01T00:00:01Z"
