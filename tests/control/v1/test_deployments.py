"""Deployments of REST APIs, and what they do to stages."""

import pytest

from limen.aws.errors import AwsError
from limen.control.v1 import deployments


def test_a_deployment_is_a_number_and_a_date(control):
    api_id = control.deployable()
    deployment = control("CreateDeployment", restapi_id=api_id, description="first")
    assert len(deployment["id"]) == 6
    assert deployment == {"id": deployment["id"], "createdDate": deployment["createdDate"], "description": "first"}
    named = {"restapi_id": api_id, "deployment_id": deployment["id"]}
    assert control("GetDeployment", **named) == deployment
    assert control.items("GetDeployments", restapi_id=api_id) == [deployment]


def test_what_cannot_be_served_is_not_deployed(control, refused):
    api_id = control.api()
    assert refused("CreateDeployment", restapi_id=api_id) == "The REST API doesn't contain any methods"
    named = control.method()
    assert refused("CreateDeployment", restapi_id=named["restapi_id"]) == "No integration defined for method"
    control.problems = ["method GET /pets: no"]
    message = refused("CreateDeployment", restapi_id=control.deployable())
    assert message == "Unable to deploy API because it cannot be served: method GET /pets: no"


def test_a_call_deploys_templates_that_are_none_and_a_file_does_not(control, monkeypatch):
    def find_problems(call, api_id, *, templates=True):
        return ["method GET /pets: no template"] if templates else []

    monkeypatch.setattr(deployments, "find_problems", find_problems)
    api_id = control.deployable()
    assert control("CreateDeployment", restapi_id=api_id)["id"]
    with pytest.raises(AwsError, match="no template"):
        control.run(lambda call: deployments.deploy(call, api_id, "prod"))


def test_a_private_api_needs_a_policy_first(control, refused):
    named = control.method()
    control("PutIntegration", type="MOCK", **named)
    for operation in (
        ("replace", "/endpointConfiguration/types/EDGE", "REGIONAL"),
        ("replace", "/endpointConfiguration/types/REGIONAL", "PRIVATE"),
    ):
        control.patch("UpdateRestApi", operation, restapi_id=named["restapi_id"])
    message = refused("CreateDeployment", restapi_id=named["restapi_id"])
    assert message == "Private REST API doesn't have a resource policy attached to it"


def test_a_stage_is_made_and_moved(control):
    api_id = control.deployable()
    first = control(
        "CreateDeployment",
        restapi_id=api_id,
        stageName="prod",
        stageDescription="live",
        variables={"a": "1"},
        cacheClusterEnabled=True,
        tracingEnabled=True,
    )
    named = {"restapi_id": api_id, "stage_name": "prod"}
    stage = control("GetStage", **named)
    assert (stage["deploymentId"], stage["description"]) == (first["id"], "live")
    assert (stage["variables"], stage["tracingEnabled"]) == ({"a": "1"}, True)
    assert (stage["cacheClusterSize"], stage["cacheClusterStatus"]) == ("0.5", "AVAILABLE")
    second = control("CreateDeployment", restapi_id=api_id, stageName="prod")
    moved = control("GetStage", **named)
    assert (moved["deploymentId"], moved["variables"]) == (second["id"], {"a": "1"})


def test_a_canary_takes_the_deployment_instead_of_the_stage(control):
    named = control.deployed(variables={"sv0": "val0", "sv1": "val1"})
    before = control("GetStage", **named)["deploymentId"]
    canary = {"percentTraffic": 10.5, "stageVariableOverrides": {"sv1": "val2", "sv2": "val3"}}
    made = control("CreateDeployment", restapi_id=named["restapi_id"], stageName="prod", canarySettings=canary)
    stage = control("GetStage", **named)
    assert stage["deploymentId"] == before
    assert stage["variables"] == {"sv0": "val0", "sv1": "val1"}
    assert stage["canarySettings"] == {**canary, "deploymentId": made["id"], "useStageCache": False}
    later = control("CreateDeployment", restapi_id=named["restapi_id"], stageName="prod")
    stage = control("GetStage", **named)
    assert (stage["deploymentId"], stage["canarySettings"]["deploymentId"]) == (before, later["id"])


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            {},
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
            "deployment. Provided value is null",
        ),
        (
            {"stageName": ""},
            "Invalid deployment content specified.Non null and non empty stageName must be provided for canary "
            "deployment. Provided value is ",
        ),
        (
            {"stageName": "beta"},
            "Invalid deployment content specified.Stage beta must already be created before making a canary release "
            "deployment",
        ),
    ],
)
def test_a_canary_needs_a_stage_that_is_there(control, refused, stage, message):
    assert refused("CreateDeployment", restapi_id=control.deployable(), canarySettings={}, **stage) == message


def test_a_summary_tells_of_the_methods_as_they_were_frozen(control):
    named = control.method(path="/pets", apiKeyRequired=True)
    control("PutIntegration", type="MOCK", **named)
    api_id = named["restapi_id"]
    deployment = control("CreateDeployment", restapi_id=api_id)
    control("PutMethod", **named | {"http_method": "POST"}, authorizationType="NONE")
    answered = control("GetDeployment", restapi_id=api_id, deployment_id=deployment["id"], embed=["apisummary"])
    assert answered == deployment | {
        "apiSummary": {"/pets": {"GET": {"authorizationType": "NONE", "apiKeyRequired": True}}}
    }


def test_only_the_description_can_be_changed(control, refused_patch):
    api_id = control.deployable()
    named = {"restapi_id": api_id, "deployment_id": control("CreateDeployment", restapi_id=api_id)["id"]}
    assert control.patch("UpdateDeployment", ("replace", "/description", "new"), **named)["description"] == "new"
    assert refused_patch("UpdateDeployment", ("replace", "/id", "x"), **named) == "Invalid patch path /id"


def test_a_deployment_in_use_stays(control, refused):
    named = control.deployed()
    api_id, first = named["restapi_id"], control("GetStage", **named)["deploymentId"]
    message = "Active stages pointing to this deployment must be moved or deleted"
    assert refused("DeleteDeployment", restapi_id=api_id, deployment_id=first) == message
    control("CreateDeployment", restapi_id=api_id, stageName="prod")
    control("DeleteDeployment", restapi_id=api_id, deployment_id=first)
    refusal = control.refuses("GetDeployment", restapi_id=api_id, deployment_id=first)
    assert refusal == ("NotFoundException", 404, "Invalid Deployment identifier specified")


def test_the_deployment_of_a_canary_stays(control, refused):
    named = control.deployed()
    canary = control("CreateDeployment", restapi_id=named["restapi_id"], stageName="prod", canarySettings={})
    message = refused("DeleteDeployment", restapi_id=named["restapi_id"], deployment_id=canary["id"])
    assert message == "Active stages with canary settings pointing to this deployment must be moved or deleted"


def test_deployments_of_an_unknown_api_are_not_found(control):
    for operation in ("CreateDeployment", "GetDeployments"):
        refusal = control.refuses(operation, restapi_id="abc")
        assert refusal == ("NotFoundException", 404, "Invalid API identifier specified 000000000000:abc")
