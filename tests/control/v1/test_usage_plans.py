"""Usage plans, and the keys in them."""

import pytest


@pytest.fixture
def stage(control):
    """API and name of a stage, as usage plans have them."""
    named = control.deployed()
    return {"apiId": named["restapi_id"], "stage": "prod"}


@pytest.fixture
def plan(control, stage):
    """What names a usage plan with a stage."""
    return {"usageplanId": control("CreateUsagePlan", name="basic", apiStages=[stage])["id"]}


def colon(stage):
    return f"{stage['apiId']}:{stage['stage']}"


def test_a_plan_is_answered_as_it_was_made(control, stage):
    given = {
        "name": "basic",
        "description": "d",
        "apiStages": [stage | {"throttle": {"/pets/GET": {"burstLimit": 1, "rateLimit": 0.5}}}],
        "throttle": {"burstLimit": 20, "rateLimit": 10.0},
        "quota": {"limit": 5000, "offset": 0, "period": "MONTH"},
        "tags": {"team": "a"},
    }
    plan = control("CreateUsagePlan", **given)
    assert plan == {"id": plan["id"], **given}
    assert control("GetUsagePlan", usageplanId=plan["id"]) == plan
    bare = control("CreateUsagePlan", name="bare")
    assert bare == {"id": bare["id"], "name": "bare", "apiStages": []}
    assert control.items("GetUsagePlans") == [plan, bare]


def test_more_burst_than_rate_is_fine(control):
    throttle = {"burstLimit": 20, "rateLimit": 1.0}
    assert control("CreateUsagePlan", name="basic", throttle=throttle)["throttle"] == throttle


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "Usage Plan name cannot be empty"),
        ({"throttle": {"rateLimit": -1.0}}, "Invalid throttle rateLimit specified: it must be from 0 to 2147483647"),
        (
            {"throttle": {"rateLimit": float("nan")}},
            "Invalid throttle rateLimit specified: it must be from 0 to 2147483647",
        ),
        ({"quota": {"period": "DAY"}}, "Invalid quota specified: limit must be greater than 0"),
        ({"quota": {"limit": 1}}, "Invalid quota specified: period must be one of [HOUR, DAY, WEEK, MONTH]"),
        (
            {"quota": {"limit": 1, "period": "DAY", "offset": 2}},
            "Invalid quota specified: offset must be from 0 to limit",
        ),
    ],
)
def test_plans_keep_to_the_rules(refused, members, message):
    assert refused("CreateUsagePlan", **{"name": "basic"} | members) == message


def test_a_stage_has_to_be_there(control, plan):
    unknown = ("NotFoundException", 404, "API Stage not found: abc:prod")
    stages = [{"apiId": "abc", "stage": "prod"}]
    assert control.refuses("CreateUsagePlan", name="basic", apiStages=stages) == unknown
    for value in ("abc:prod", "abc:prod:more"):
        assert control.refuses_patch("UpdateUsagePlan", ("add", "/apiStages", value), **plan) == unknown
    for stage in ({"apiId": "abc"}, {"stage": "prod"}, {"apiId": "", "stage": ""}):
        code, status, message = control.refuses("CreateUsagePlan", name="basic", apiStages=[stage])
        shown = f"{{api: {stage.get('apiId', '')}, stage: {stage.get('stage', '')}}}"
        assert (code, status) == ("BadRequestException", 400)
        assert message.startswith(f"Invalid API Stage {shown} specified for usageplan ")


def test_members_change_by_their_paths(control):
    named = {"usageplanId": control("CreateUsagePlan", name="basic")["id"]}
    changed = control.patch(
        "UpdateUsagePlan",
        ("replace", "/name", "gold"),
        ("replace", "/description", "d"),
        ("add", "/throttle/rateLimit", "5.5"),
        ("replace", "/throttle/burstLimit", "10"),
        ("add", "/quota/limit", "100"),
        ("add", "/quota/period", "DAY"),
        ("replace", "/quota/offset", "1"),
        ("add", "/productCode", "p1"),
        **named,
    )
    assert changed == {
        "id": named["usageplanId"],
        "apiStages": [],
        "name": "gold",
        "description": "d",
        "throttle": {"rateLimit": 5.5, "burstLimit": 10},
        "quota": {"limit": 100, "period": "DAY", "offset": 1},
        "productCode": "p1",
    }
    taken = (("remove", "/throttle"), ("remove", "/quota"), ("remove", "/productCode"))
    assert sorted(control.patch("UpdateUsagePlan", *taken, **named)) == ["apiStages", "description", "id", "name"]


def test_stages_come_and_go(control, plan, stage):
    other = control.deployed("beta")
    beta = {"apiId": other["restapi_id"], "stage": "beta"}
    assert control.patch("UpdateUsagePlan", ("add", "/apiStages", colon(beta)), **plan)["apiStages"] == [stage, beta]
    operations = (("remove", "/apiStages", colon(stage)), ("remove", "/apiStages", colon(beta)))
    assert control.patch("UpdateUsagePlan", *operations, **plan)["apiStages"] == []
    refusal = control.refuses_patch("UpdateUsagePlan", ("remove", "/apiStages", "abc:prod"), **plan)
    message = f"Invalid API Stage {{api: abc, stage: prod}} specified for usageplan {plan['usageplanId']}"
    assert refusal == ("NotFoundException", 404, message)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("~1pets/GET", "/pets/GET"),
        ("/pets/GET", "/pets/GET"),
        ("~1pets~1{petId}/GET", "/pets/{petId}/GET"),
        ("~1/GET", "//GET"),
    ],
)
def test_methods_of_a_stage_have_limits_of_their_own(control, plan, stage, path, key):
    begin = f"/apiStages/{colon(stage)}/throttle"
    operations = (("replace", f"{begin}/{path}/rateLimit", "1.5"), ("add", f"{begin}/{path}/burstLimit", "2"))
    (shown,) = control.patch("UpdateUsagePlan", *operations, **plan)["apiStages"]
    assert shown == stage | {"throttle": {key: {"rateLimit": 1.5, "burstLimit": 2}}}
    for removed in (f"{begin}/{path}", begin):
        control.patch("UpdateUsagePlan", *operations, **plan)
        assert control.patch("UpdateUsagePlan", ("remove", removed), **plan)["apiStages"] == [stage]


def test_limits_of_all_methods_are_set_at_once(control, plan, stage, refused_patch):
    path = f"/apiStages/{colon(stage)}/throttle"
    (shown,) = control.patch("UpdateUsagePlan", ("replace", path, '{"/pets/GET": {"rateLimit": 2}}'), **plan)[
        "apiStages"
    ]
    assert shown == stage | {"throttle": {"/pets/GET": {"rateLimit": 2.0}}}
    for value in ("", "[]", '{"/pets/GET": {"rate": 2}}'):
        message = refused_patch("UpdateUsagePlan", ("replace", path, value), **plan)
        assert message == f"Invalid throttle specified: {value}"


def test_what_cannot_change_is_refused(plan, refused_patch, control):
    assert refused_patch("UpdateUsagePlan", ("add", "/apiStages", "abc"), **plan) == "Invalid API Stage specified"
    assert refused_patch("UpdateUsagePlan", ("remove", "/apiStages", "abc"), **plan) == "Invalid API Stage specified"
    refusal = control.refuses_patch("UpdateUsagePlan", ("remove", "/apiStages/abc:prod/throttle"), **plan)
    assert refusal == (
        "NotFoundException",
        404,
        f"Invalid API Stage {{api: abc, stage: prod}} specified for usageplan {plan['usageplanId']}",
    )
    assert refused_patch("UpdateUsagePlan", ("remove", "/apiStages/abc:prod"), **plan) == (
        "Invalid patch path  '/apiStages/abc:prod' specified for op 'remove'. Must be one of: [/apiStages, /quota, "
        "/throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, "
        "/apiStages/<apidId:stageName>/throttle]"
    )


def test_a_plan_with_stages_stays(control, plan, stage, refused):
    assert refused("DeleteUsagePlan", **plan) == (
        f"Cannot delete Usage Plan {plan['usageplanId']} because there are API Stages associated with it, including "
        f"{colon(stage)}"
    )
    control("DeleteRestApi", restapi_id=stage["apiId"])
    assert control("DeleteUsagePlan", **plan) == {}
    refusal = control.refuses("GetUsagePlan", **plan)
    assert refusal == ("NotFoundException", 404, "Invalid Usage Plan ID specified")


# --- keys


@pytest.fixture
def key_id(control):
    return control("CreateApiKey", name="ann", value="a" * 20)["id"]


def test_a_key_is_put_in_and_taken_out(control, plan, key_id):
    named = plan | {"keyId": key_id}
    made = control("CreateUsagePlanKey", **named, keyType="API_KEY")
    assert made == {"id": key_id, "type": "API_KEY", "value": "a" * 20, "name": "ann"}
    control.patch("UpdateApiKey", ("replace", "/name", "bob"), api_Key=key_id)
    assert control("GetUsagePlanKey", **named) == made | {"name": "bob"}
    assert control.items("GetUsagePlanKeys", **plan, name="bo") == [made | {"name": "bob"}]
    assert control.items("GetUsagePlanKeys", **plan, name="an") == []
    assert [each["id"] for each in control.items("GetUsagePlans", keyId=key_id)] == [plan["usageplanId"]]
    assert control("DeleteUsagePlanKey", **named) == {}
    assert control.refuses("GetUsagePlanKey", **named)[1:] == (404, "Invalid API Key identifier specified")
    assert control.items("GetUsagePlans", keyId=key_id) == []


def test_a_key_is_in_a_plan_once(control, plan, key_id):
    named = plan | {"keyId": key_id, "keyType": "API_KEY"}
    control("CreateUsagePlanKey", **named)
    assert control.refuses("CreateUsagePlanKey", **named)[:2] == ("ConflictException", 409)


def test_a_key_has_one_plan_for_a_stage(control, plan, stage, key_id):
    control("CreateUsagePlanKey", **plan, keyId=key_id, keyType="API_KEY")
    other = {"usageplanId": control("CreateUsagePlan", name="other")["id"]}
    control("CreateUsagePlanKey", **other, keyId=key_id, keyType="API_KEY")
    code, status, message = control.refuses_patch("UpdateUsagePlan", ("add", "/apiStages", colon(stage)), **other)
    assert (code, status) == ("ConflictException", 409)
    assert message == (
        f"API Key {key_id} cannot be subscribed to more than one usage plan of the API stage {colon(stage)}: it is in "
        f"the usage plan {plan['usageplanId']}"
    )


def test_keys_of_what_is_not_there_are_not_found(control, plan, refused):
    members = {"keyId": "nobody", "keyType": "API_KEY"}
    for plan_id, message in (
        ("nothing", "Invalid Usage Plan ID specified"),
        (plan["usageplanId"], "Invalid API Key identifier specified"),
    ):
        assert control.refuses("CreateUsagePlanKey", usageplanId=plan_id, **members)[1:] == (404, message)
    assert control.items("GetUsagePlanKeys", usageplanId="nothing") == []
    message = refused("CreateUsagePlanKey", **plan, keyId="nobody", keyType="TOKEN")
    assert message == "Invalid key type specified: TOKEN. Must be one of [API_KEY]"


def test_keys_of_a_plan_come_in_pages(control, plan):
    for number in range(4):
        key_id = control("CreateApiKey", name=f"{'ab'[number % 2]}{number}")["id"]
        control("CreateUsagePlanKey", **plan, keyId=key_id, keyType="API_KEY")
    first = control("GetUsagePlanKeys", **plan, limit=3)
    rest = control("GetUsagePlanKeys", **plan, limit=3, position=first["position"])
    assert [key["name"] for key in (*first["item"], *rest["item"])] == ["a0", "b1", "a2", "b3"]
    assert [key["name"] for key in control.items("GetUsagePlanKeys", **plan, name="b", limit=2)] == ["b1", "b3"]
    assert control.refuses("GetUsagePlanKeys", **plan, position="none")[2] == "Invalid position specified"


def test_hours_are_a_period_of_their_own(control, plan, refused_patch):
    control.patch("UpdateUsagePlan", ("add", "/quota/limit", "5"), ("add", "/quota/period", "HOUR"), **plan)
    assert control("GetUsagePlan", **plan)["quota"] == {"limit": 5, "offset": 0, "period": "HOUR"}
    message = refused_patch("UpdateUsagePlan", ("replace", "/quota/period", "YEAR"), **plan)
    assert message == "Invalid quota period specified: YEAR"
