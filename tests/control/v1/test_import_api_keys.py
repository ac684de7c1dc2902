"""API keys from CSV files (developer guide, API Gateway API key file format)."""

import pytest

KEY = "apikey1234abcdefghij0123456789"


def imported(control, text, **members):
    return control("ImportApiKeys", body=text.encode(), format="csv", **members)


def test_columns_come_in_any_order_and_case(control):
    plan_id = control("CreateUsagePlan", name="basic")["id"]
    text = f"Name,key,description,Enabled,usageplanIds,other\nann,{KEY},An imported key,FALSE,{plan_id},x\n"
    answer = imported(control, text)
    assert answer == {"ids": answer["ids"], "warnings": []}
    key = control("GetApiKey", api_Key=answer["ids"][0], includeValue=True)
    shown = {name: key[name] for name in ("name", "value", "description", "enabled", "stageKeys")}
    assert shown == {
        "name": "ann",
        "value": KEY,
        "description": "An imported key",
        "enabled": False,
        "stageKeys": [],
    }
    assert [each["id"] for each in control.items("GetUsagePlanKeys", usageplanId=plan_id)] == answer["ids"]


def test_what_is_left_out_has_a_default(control):
    (key_id,) = imported(control, f"\ufeffKey,name\r\n{KEY},ann\r\n\r\n")["ids"]
    key = control("GetApiKey", api_Key=key_id)
    assert (key["enabled"], key["description"]) == (True, "")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_several_plans_stand_in_quotes(control, quote):
    plans = [control("CreateUsagePlan", name=name)["id"] for name in ("a", "b")]
    text = f"Enabled,Name,key,UsageplanIds\ntrue,ann,{KEY},{quote}{plans[0]},{plans[1]}{quote}\n"
    ids = imported(control, text)["ids"]
    found = [control.items("GetUsagePlanKeys", usageplanId=plan)[0]["id"] for plan in plans]
    assert found == ids * 2


def test_columns_at_the_end_may_be_missing_or_too_many(control):
    answer = imported(control, f"name,key,enabled\nann\nann,{KEY}\nbob,{KEY}-other,false,more\n")
    assert answer["warnings"] == ["Row 1: API Key value should be at least 30 characters"]
    assert [key["enabled"] for key in control.items("GetApiKeys")] == [False, True]


def test_a_value_that_is_known_is_overwritten(control):
    first = imported(control, f"key,name\n{KEY},ann\n")["ids"]
    assert imported(control, f"key,name,enabled\n{KEY},bob,false\n")["ids"] == first
    (key,) = control.items("GetApiKeys")
    assert (key["name"], key["enabled"]) == ("bob", False)


@pytest.mark.parametrize(
    ("row", "warning"),
    [
        (f"{KEY[:-1]},ann,,", "Row 1: API Key value should be at least 30 characters"),
        (f"{KEY * 5},ann,,", "Row 1: API Key value exceeds maximum size of 128 characters"),
        (f"{KEY},,,", "Row 1: API Key name cannot be empty"),
        (f"{KEY},{'a' * 1025},,", "Row 1: Invalid API Key name, can be at most 1024 characters."),
        (f"{KEY},ann,maybe,", "Row 1: Invalid value of the column 'enabled': maybe"),
    ],
)
def test_rows_that_cannot_be_used_are_warnings(control, row, warning):
    good = f"{KEY}-other,bob,,"
    answer = imported(control, f"key,name,enabled,usageplanids\n{row}\n{good}\n")
    assert (len(answer["ids"]), answer["warnings"]) == (1, [warning])


def test_an_unknown_plan_is_a_warning_and_the_key_is_kept(control):
    answer = imported(control, f"key,name,usageplanids\n{KEY},ann,nobody\n")
    (key_id,) = answer["ids"]
    assert answer["warnings"] == [
        f"API key {key_id} was not added to usage plan nobody: Invalid Usage Plan ID specified"
    ]


def test_warnings_can_refuse_the_whole_file(control):
    text = f"key,name\n{KEY},ann\nshort,bob\n"
    refusal = control.refuses("ImportApiKeys", body=text.encode(), format="csv", failonwarnings=True)
    assert refusal[1:] == (
        400,
        "API keys were not imported because of warnings: Row 2: API Key value should be at least 30 characters",
    )
    assert control.items("GetApiKeys") == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"/tmp/keys.csv", "Missing required column 'Key'"),
        (b"", "Missing required column 'Key'"),
        (b"key,description\n", "Missing required column 'Name'"),
        (b"\xff\xfe", "Invalid API key file specified: it must be CSV in UTF-8"),
        (b'key,name\n"a', "Invalid API key file specified: it must be CSV in UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused(refused, body, message):
    assert refused("ImportApiKeys", body=body, format="csv") == message
