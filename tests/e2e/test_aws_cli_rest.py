"""One journey of the AWS command line through a REST API: made, deployed, set up, tested, exported, deleted."""

import json
from pathlib import Path

import pytest

from tests.support.aws_command import AwsCommand
from tests.support.limen_process import LimenProcess


@pytest.fixture
def aws(limen: LimenProcess, tmp_path: Path) -> AwsCommand:
    return AwsCommand(limen, "apigateway", tmp_path)


def test_a_rest_api_lives_and_ends_by_the_aws_command(limen: LimenProcess, aws: AwsCommand, tmp_path: Path) -> None:
    # Made by hand: a method of its own, its integration and its responses.
    api = aws("create-rest-api", "--name", "pets", "--endpoint-configuration", "types=REGIONAL", "--tags", "team=a")
    named = ("--rest-api-id", api["id"])
    pets = aws("create-resource", *named, "--parent-id", api["rootResourceId"], "--path-part", "pets")
    method = (*named, "--resource-id", pets["id"], "--http-method", "GET")
    aws("put-method", *method, "--authorization-type", "NONE", "--no-api-key-required")
    aws("put-method-response", *method, "--status-code", "200")
    templates = json.dumps({"application/json": '{"statusCode": 200}'})
    aws("put-integration", *method, "--type", "MOCK", "--request-templates", templates)
    templates = json.dumps({"application/json": '{"name": "$stageVariables.name"}'})
    aws("put-integration-response", *method, "--status-code", "200", "--response-templates", templates)

    # Deployed, and its stage set up by shorthand patch operations.
    aws("create-deployment", *named, "--stage-name", "prod", "--variables", "name=rex")
    stage = aws(
        "update-stage",
        *named,
        "--stage-name=prod",
        "--patch-operations",
        "op=replace,path=/variables/name,value=tom",
        "op=replace,path=/*/*/throttling/rateLimit,value=100",
        "op=replace,path=/*/*/logging/loglevel,value=INFO",
    )
    assert stage["variables"] == {"name": "tom"}
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 100.0
    assert limen.caller(api["id"]).get("/prod/pets").json == {"name": "tom"}

    # Tested without a stage, and exported with it.
    variables = ("--stage-variables", "name=ann")
    tested = aws("test-invoke-method", *method, "--path-with-query-string", "/pets?a=1", *variables)
    assert (tested["status"], json.loads(tested["body"])) == (200, {"name": "ann"})
    export = (*named, "--stage-name=prod", "--export-type=oas30", "--parameters", "extensions=integrations", "api.json")
    assert aws("get-export", *export)["contentType"] == "application/octet-stream"
    document = json.loads((tmp_path / "api.json").read_text())
    assert document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"]["type"] == "mock"

    # Its file is an API again, and this one goes.
    copy = aws("import-rest-api", "--body", "fileb://api.json", "--parameters", "basepath=ignore")
    paths = "items[].path"
    assert sorted(aws("get-resources", "--rest-api-id", copy["id"], "--query", paths)) == ["/", "/pets"]
    assert aws("delete-rest-api", *named) is None
    listed = aws("get-rest-apis", "--query", "items[].id")
    assert copy["id"] in listed
    assert api["id"] not in listed
