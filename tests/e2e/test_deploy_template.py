"""`limen deploy` and `limen stacks` against a running server."""

import hashlib
import json
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

TEMPLATE = """
    Parameters: {Backend: {Type: String}, Path: {Type: String, Default: /a}}
    Resources:
      Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: deployed, EndpointConfiguration: {Types: [REGIONAL]}}}
      Root:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !GetAtt Api.RootResourceId
          HttpMethod: GET
          AuthorizationType: NONE
          Integration: {Type: HTTP_PROXY, IntegrationHttpMethod: GET, Uri: !Sub "${Backend}${Path}"}
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties: {RestApiId: !Ref Api, StageName: prod, DeploymentId: !Ref Deployment}
    Outputs:
      Id: {Value: !Ref Api}
      Url:
        Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod"
        Export: {Name: deployed-url}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "deployed.yaml"
    path.write_text(dedent(TEMPLATE))
    return path


def test_a_stack_is_deployed_updated_listed_and_deleted(
    limen: LimenProcess, template: Path, backend: RecordingBackend
) -> None:
    first = limen.command("deploy", template, "--parameter", f"Backend={backend.url}", "--json")
    answer = json.loads(first.stdout)
    outputs = {output["outputKey"]: output for output in answer["stack"]["outputs"]}
    api_id = outputs["Id"]["outputValue"]
    assert outputs["Url"]["callable"] == f"https://{api_id}.execute-api.us-east-1.localhost:{limen.port}/prod"
    caller = limen.caller(api_id)
    assert caller.get("/prod").status == 200
    assert backend.requests[-1].target == "/a"

    second = limen.command("deploy", template, "--parameter", "Path=/b")

    assert "~ Root (AWS::ApiGateway::Method)" in second.stdout
    assert f"Id = {api_id}" in second.stdout
    assert caller.get("/prod").status == 200
    assert backend.requests[-1].target == "/b"
    assert "stack deployed: nothing changed" in limen.command("deploy", template).stdout

    [stack] = json.loads(limen.command("stacks", "--json").stdout)
    assert (stack["stackName"], stack["resources"], stack["parameters"]["Path"]) == ("deployed", 4, "/b")
    assert f"deployed  us-east-1  4          Id      {api_id}" in limen.command("stacks").stdout

    deleted = limen.command("deploy", template, "--delete")
    assert "- Api (AWS::ApiGateway::RestApi)" in deleted.stdout
    assert caller.get("/prod").status == 403
    assert json.loads(limen.command("stacks", "--json").stdout) == []


def test_a_refusal_names_file_and_line(limen: LimenProcess, template: Path) -> None:
    without = limen.command("deploy", template, check=False)
    assert without.returncode == 1
    assert f"{template}:2:1: parameters need a value: Backend" in without.stderr

    template.write_text("Resources:\n  A: {Type: AWS::EC2::Instance}\n")
    refused = limen.command("deploy", template, check=False)
    assert refused.returncode == 1
    assert f"{template}:2: AWS::EC2::Instance is refused" in refused.stderr

    template.write_text("Resources: [")
    assert f"{template}:1:13: " in limen.command("deploy", template, check=False).stderr
    assert limen.command("deploy", template, "--delete", "--stack", "none", check=False).returncode == 1
    assert limen.command("deploy", template, "--parameter", "x", check=False).returncode == 2


def test_requests_are_signed_and_packages_are_what_they_say(limen: LimenProcess) -> None:
    digest = hashlib.sha256(b"zip").hexdigest()
    for method, path in (
        ("GET", "/_limen/stacks"),
        ("POST", "/_limen/stacks/a"),
        ("DELETE", "/_limen/stacks/a"),
        ("PUT", f"/_limen/packages/{digest}"),
    ):
        assert limen.admin().send(method, path).status == 403
