"""API keys."""

import pytest
from sqlalchemy import select

from limen.control.usage_plans.values import KeyValues
from limen.store.tables import VERSIONS

VALUE = "a-value-of-twenty-characters-or-more"


def test_a_new_key_is_answered_with_its_value(control):
    key = control("CreateApiKey", name="ann")
    assert len(key["id"]) == 10
    assert len(key["value"]) == 40
    assert key["value"].isalnum()
    assert key["createdDate"] == key["lastUpdatedDate"]
    shown = {name: key[name] for name in ("name", "enabled", "stageKeys")}
    assert shown == {"name": "ann", "enabled": False, "stageKeys": []}


def test_a_value_is_shown_where_it_is_asked_for(control):
    made = control("CreateApiKey", name="ann", value=VALUE)
    named = {"api_Key": made["id"]}
    assert "value" not in control("GetApiKey", **named)
    assert control("GetApiKey", **named, includeValue=True) == made
    assert "value" not in control.items("GetApiKeys")[0]
    assert control.items("GetApiKeys", includeValues=True) == [made]


def test_what_is_given_is_kept(control):
    stage = control.deployed()
    given = {"name": "ann", "description": "d", "enabled": True, "customerId": "c", "tags": {"team": "a"}}
    stages = [{"restApiId": stage["restapi_id"], "stageName": "prod"}]
    key = control("CreateApiKey", value=VALUE, stageKeys=stages, **given)
    assert {name: key[name] for name in given} == given
    assert (key["value"], key["stageKeys"]) == (VALUE, [f"{stage['restapi_id']}/prod"])


def test_an_id_is_never_the_value(control, refused):
    assert len(control("CreateApiKey", generateDistinctId=True)["id"]) == 10
    assert refused("CreateApiKey", generateDistinctId=False) == (
        "generateDistinctId false is refused: logs and URLs show the id of a key, which would be its value. "
        "Leave it out, or make it true."
    )
    assert len(control.items("GetApiKeys")) == 1


def test_the_store_has_no_value(control):
    made = control("CreateApiKey", name="ann", value=VALUE)
    plan_id = control("CreateUsagePlan", name="basic")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=made["id"], keyType="API_KEY")
    control.patch("UpdateApiKey", ("replace", "/name", "bob"), api_Key=made["id"])
    with control.store.read_connection() as connection:
        stored = " ".join(f"{row.parent} {row.key} {row.body}" for row in connection.execute(select(VERSIONS)))
    assert VALUE not in stored and made["id"] in stored


def test_a_value_is_not_shown_under_another_key_file(control, refused):
    named = {"api_Key": control("CreateApiKey", name="ann")["id"]}
    control.set(api_keys=KeyValues(b"o" * 32))
    assert control("GetApiKey", **named)["name"] == "ann"
    message = refused("GetApiKey", **named, includeValue=True)
    assert message.startswith(f"The value of API key {named['api_Key']} cannot be shown: it was sealed under another")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"value": "a" * 19}, "API Key value should be at least 20 characters"),
        ({"value": "a" * 129}, "API Key value exceeds maximum size of 128 characters"),
        ({"value": "ä" * 20}, "API Key value should only contain characters that a header can carry"),
        ({"name": "a" * 1025}, "Invalid API Key name, can be at most 1024 characters."),
        ({"description": "a" * 125_001}, "Invalid API Key description specified."),
    ],
)
def test_keys_keep_to_the_rules(refused, members, message):
    assert refused("CreateApiKey", **members) == message


def test_a_value_is_had_once(control):
    made = control("CreateApiKey", value=VALUE)
    assert control.refuses("CreateApiKey", value=VALUE) == ("ConflictException", 409, "API Key already exists")
    assert control("CreateApiKey", value=VALUE, region="eu-west-1")["value"] == VALUE
    control("DeleteApiKey", api_Key=made["id"])
    assert control("CreateApiKey", value=VALUE)["id"] != made["id"]


def test_the_newest_is_listed_first(control):
    for name, customer in (("ann", "1"), ("bob", "2"), ("anna", "2")):
        control("CreateApiKey", name=name, customerId=customer)
    assert [key["name"] for key in control.items("GetApiKeys")] == ["anna", "bob", "ann"]
    assert [key["name"] for key in control.items("GetApiKeys", name="an")] == ["anna", "ann"]
    assert control.items("GetApiKeys", name="An") == []
    assert [key["name"] for key in control.items("GetApiKeys", customerId="2")] == ["anna", "bob"]
    first = control("GetApiKeys", limit=2)
    second = control("GetApiKeys", limit=2, position=first["position"])
    assert ([key["name"] for key in second["item"]], "position" in second) == (["ann"], False)


def test_keys_change_by_their_paths(control):
    named = {"api_Key": control("CreateApiKey", name="ann", enabled=True)["id"]}
    changed = control.patch(
        "UpdateApiKey",
        ("replace", "/name", "bob"),
        ("replace", "/description", "d"),
        ("replace", "/customerId", "c"),
        ("replace", "/enabled", "no"),
        **named,
    )
    assert {name: changed[name] for name in ("name", "description", "customerId", "enabled")} == {
        "name": "bob",
        "description": "d",
        "customerId": "c",
        "enabled": False,
    }
    assert "value" not in changed


def test_stages_come_and_go(control):
    stage = control.deployed()
    named = {"api_Key": control("CreateApiKey")["id"]}
    key = f"{stage['restapi_id']}/prod"
    assert control.patch("UpdateApiKey", ("add", "/stages", key), **named)["stageKeys"] == [key]
    assert control.patch("UpdateApiKey", ("remove", "/stages", key), **named)["stageKeys"] == []
    unknown = ("NotFoundException", 404, "API Stage not found: abc:prod")
    assert control.refuses_patch("UpdateApiKey", ("add", "/stages", "abc/prod"), **named) == unknown
    stage_keys = [{"restApiId": "abc", "stageName": "prod"}]
    assert control.refuses("CreateApiKey", stageKeys=stage_keys) == unknown


def test_what_is_fixed_is_told_with_what_is_not(control, refused_patch):
    named = {"api_Key": control("CreateApiKey")["id"]}
    assert refused_patch("UpdateApiKey", ("replace", "/id", "x"), **named) == (
        "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, "
        "/customerId]"
    )


def test_a_deleted_key_leaves_its_usage_plans(control):
    key_id = control("CreateApiKey")["id"]
    plan_id = control("CreateUsagePlan", name="basic")["id"]
    control("CreateUsagePlanKey", usageplanId=plan_id, keyId=key_id, keyType="API_KEY")
    assert control("DeleteApiKey", api_Key=key_id) == {}
    assert control.items("GetUsagePlanKeys", usageplanId=plan_id) == []
    refusal = control.refuses("GetApiKey", api_Key=key_id)
    assert refusal == ("NotFoundException", 404, "Invalid API Key identifier specified")
