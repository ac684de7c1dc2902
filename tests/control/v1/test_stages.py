"""Stages of REST APIs: made, listed, deleted, flushed."""

import pytest

DOES_NOT_EXIST = "Deployment id does not exist"


def deployment_of(control, named):
    return control("GetStage", **named)["deploymentId"]


def test_a_new_stage_is_answered_as_aws_does(control):
    named = control.deployed("beta")
    deployment_id = deployment_of(control, named)
    stage = control("CreateStage", restapi_id=named["restapi_id"], stageName="prod", deploymentId=deployment_id)
    assert stage.pop("createdDate") == stage.pop("lastUpdatedDate")
    assert stage == {
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "deploymentId": deployment_id,
        "methodSettings": {},
        "stageName": "prod",
        "tracingEnabled": False,
    }


def test_what_is_given_is_kept(control):
    named = control.deployed("beta")
    given = {
        "deploymentId": deployment_of(control, named),
        "description": "live",
        "variables": {"url": "https://a.test/?b=c"},
        "cacheClusterEnabled": True,
        "cacheClusterSize": "1.6",
        "tracingEnabled": True,
        "tags": {"team": "a"},
    }
    stage = control("CreateStage", restapi_id=named["restapi_id"], stageName="prod", **given)
    assert {name: stage[name] for name in given} == given


def test_a_canary_can_come_with_its_stage(control):
    named = control.deployed("beta")
    api_id, first = named["restapi_id"], deployment_of(control, named)
    second = control("CreateDeployment", restapi_id=api_id)["id"]
    settings = {"percentTraffic": 5.0, "deploymentId": second}
    stage = control("CreateStage", restapi_id=api_id, stageName="p", deploymentId=first, canarySettings=settings)
    assert stage["canarySettings"] == {**settings, "useStageCache": False}


@pytest.mark.parametrize("name", ["", "$default", "a b", "a.b", "a/b", "a" * 129, "pröd"])
def test_names_keep_to_their_characters(control, refused, name):
    members = {"restapi_id": control.deployable(), "stageName": name, "deploymentId": "abc123"}
    assert refused("CreateStage", **members) == "Stage name only allows a-zA-Z0-9_-"


def test_a_name_is_given_once(control):
    named = control.deployed()
    members = {"restapi_id": named["restapi_id"], "stageName": "prod", "deploymentId": deployment_of(control, named)}
    assert control.refuses("CreateStage", **members) == ("ConflictException", 409, "Stage already exists")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"deploymentId": "abc123"}, DOES_NOT_EXIST),
        ({"canarySettings": {"deploymentId": "abc123"}}, DOES_NOT_EXIST),
        (
            {"canarySettings": {"percentTraffic": 100.5}},
            "Invalid percentTraffic specified: it must be a number from 0.0 to 100.0",
        ),
        (
            {"variables": {"a-b": "1"}},
            "Invalid stage variable name: a-b. Please use names with only word characters.",
        ),
        (
            {"canarySettings": {"stageVariableOverrides": {"a": "1" * 513}}},
            "Invalid stage variable value of key a. It is longer than 512 characters",
        ),
    ],
)
def test_what_a_stage_cannot_have_is_refused(control, refused, members, message):
    named = control.deployed("beta")
    given = {"restapi_id": named["restapi_id"], "stageName": "prod", "deploymentId": deployment_of(control, named)}
    assert refused("CreateStage", **given | members) == message


def test_a_documentation_version_has_to_be_there(control):
    named = control.deployed("beta")
    members = {"restapi_id": named["restapi_id"], "stageName": "prod", "deploymentId": deployment_of(control, named)}
    refusal = control.refuses("CreateStage", **members, documentationVersion="1.0")
    assert refusal == ("NotFoundException", 404, "Invalid Documentation version identifier specified")
    control("CreateDocumentationVersion", restapi_id=named["restapi_id"], documentationVersion="1.0")
    assert control("CreateStage", **members, documentationVersion="1.0")["documentationVersion"] == "1.0"


def test_stages_are_listed_by_deployment(control):
    named = control.deployed("beta")
    api_id, first = named["restapi_id"], deployment_of(control, named)
    control("CreateDeployment", restapi_id=api_id, stageName="prod")
    assert [stage["stageName"] for stage in control.items("GetStages", restapi_id=api_id)] == ["beta", "prod"]
    shown = control.items("GetStages", restapi_id=api_id, deploymentId=first)
    assert [stage["stageName"] for stage in shown] == ["beta"]


def test_an_unknown_stage_is_not_found(control):
    api_id = control.api()
    operations = ("GetStage", "UpdateStage", "DeleteStage", "FlushStageCache", "FlushStageAuthorizersCache")
    for operation in operations:
        refusal = control.refuses(operation, restapi_id=api_id, stage_name="prod")
        assert refusal == ("NotFoundException", 404, "Invalid stage identifier specified")


def test_a_deleted_stage_leaves_its_usage_plans(control):
    named = control.deployed()
    stages = [{"apiId": named["restapi_id"], "stage": "prod"}]
    plan_id = control("CreateUsagePlan", name="basic", apiStages=stages)["id"]
    assert control("DeleteStage", **named) == {}
    assert control.items("GetStages", restapi_id=named["restapi_id"]) == []
    assert control("GetUsagePlan", usageplanId=plan_id)["apiStages"] == []


@pytest.mark.parametrize("operation", ["FlushStageCache", "FlushStageAuthorizersCache"])
def test_a_flush_moves_the_stage_each_time(control, operation):
    named = control.deployed()
    before = control("GetStage", **named)
    for _ in range(2):
        with control.store.reader() as reader:
            since = reader.revision
        assert control(operation, **named) == {}
        with control.store.reader() as reader:
            changed = reader.changed_parents(since, reader.revision)
        assert changed == [("Stage", named["restapi_id"], "prod")]
    assert control("GetStage", **named) == before


def test_stages_are_counted_where_quotas_are_enforced(control):
    named = control.deployed("stage0")
    members = {"restapi_id": named["restapi_id"], "deploymentId": deployment_of(control, named)}
    for number in range(1, 10):
        control("CreateStage", stageName=f"stage{number}", **members)
    control.set(quotas_enforced=True)
    code, status, _ = control.refuses("CreateStage", stageName="one-more", **members)
    assert (code, status) == ("LimitExceededException", 429)
