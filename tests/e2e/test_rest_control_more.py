"""What stands around REST APIs, by boto3 on a real server: stages and canaries, keys, domain names, SDKs."""

import io
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from botocore.exceptions import ClientError

from tests.e2e.test_aws_cli import aws
from tests.support.limen_process import LimenProcess

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def client(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


def make_api(client: Any, status: str = "200") -> str:
    """A new API whose GET /pets/{petId} is a mock that answers with `status`."""
    api_id = str(client.create_rest_api(name="pets", endpointConfiguration={"types": ["REGIONAL"]})["id"])
    resource_id = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    for part in ("pets", "{petId}"):
        resource_id = client.create_resource(restApiId=api_id, parentId=resource_id, pathPart=part)["id"]
    named = {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}
    client.put_method(authorizationType="NONE", **named)
    set_status(client, named, status)
    return api_id


def set_status(client: Any, named: dict[str, str], status: str) -> None:
    templates = {"application/json": json.dumps({"statusCode": int(status)})}
    client.put_integration(type="MOCK", requestTemplates=templates, **named)
    client.put_method_response(statusCode=status, **named)
    client.put_integration_response(statusCode=status, selectionPattern=status, **named)


def pets_of(client: Any, api_id: str) -> dict[str, str]:
    """What names GET /pets/{petId}."""
    resources = client.get_resources(restApiId=api_id)["items"]
    (resource_id,) = [each["id"] for each in resources if each["path"] == "/pets/{petId}"]
    return {"restApiId": api_id, "resourceId": resource_id, "httpMethod": "GET"}


def test_a_deployment_makes_a_stage_that_answers(client: Any, limen: LimenProcess) -> None:
    api_id = make_api(client)
    began = datetime.now(UTC) - timedelta(seconds=2)

    deployment = client.create_deployment(restApiId=api_id, stageName="prod")

    assert began < deployment["createdDate"] < datetime.now(UTC) + timedelta(seconds=1)
    assert client.get_stage(restApiId=api_id, stageName="prod")["deploymentId"] == deployment["id"]
    assert limen.caller(api_id).get("/prod/pets/1").status == 200


def test_a_canary_is_served_and_promoted(client: Any, limen: LimenProcess) -> None:
    api_id = make_api(client, "200")
    client.create_deployment(restApiId=api_id, stageName="prod")
    set_status(client, pets_of(client, api_id), "201")
    stage = {"restApiId": api_id, "stageName": "prod"}
    caller = limen.caller(api_id)

    canary = client.create_deployment(**stage, canarySettings={"percentTraffic": 100.0})
    of_canary = caller.get("/prod/pets/1").status
    replaced = {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "0"}
    client.update_stage(**stage, patchOperations=[replaced])
    of_stage = caller.get("/prod/pets/1").status
    copied = {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"}
    promoted = client.update_stage(**stage, patchOperations=[copied])

    assert (of_canary, of_stage) == (201, 200)
    assert promoted["deploymentId"] == canary["id"]
    assert caller.get("/prod/pets/1").status == 201


def test_a_canary_is_made_by_the_command_of_the_guide(client: Any, limen: LimenProcess) -> None:
    api_id = make_api(client)
    named = f"--rest-api-id {api_id} --stage-name prod"
    aws(limen, f"create-deployment --variables sv0=val0,sv1=val1 {named}", "apigateway")
    settings = '{"percentTraffic": 10.5, "useStageCache": false, "stageVariableOverrides": {"sv1": "val2"}}'

    made = json.loads(aws(limen, f"create-deployment --canary-settings '{settings}' {named}", "apigateway"))

    stage = json.loads(aws(limen, f"get-stage {named}", "apigateway"))
    assert stage["canarySettings"] == {**json.loads(settings), "deploymentId": made["id"]}
    assert stage["variables"] == {"sv0": "val0", "sv1": "val1"}


def test_settings_of_methods_are_kept_by_path(client: Any) -> None:
    api_id = make_api(client)
    client.create_deployment(restApiId=api_id, stageName="prod")
    path = "/~1pets~1{petId}/GET/throttling/rateLimit"

    stage = client.update_stage(
        restApiId=api_id, stageName="prod", patchOperations=[{"op": "replace", "path": path, "value": "5"}]
    )
    with pytest.raises(ClientError) as refused:
        client.update_stage(
            restApiId=api_id, stageName="prod", patchOperations=[{"op": "replace", "path": "/foo", "value": "5"}]
        )

    assert stage["methodSettings"]["~1pets~1{petId}/GET"]["throttlingRateLimit"] == 5.0
    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    assert refused.value.response["Error"]["Message"].startswith("Invalid method setting path: /foo. Must be one of:")


def test_keys_are_imported_into_usage_plans(client: Any) -> None:
    api_id = make_api(client)
    client.create_deployment(restApiId=api_id, stageName="prod")
    plan = client.create_usage_plan(
        name="basic",
        apiStages=[{"apiId": api_id, "stage": "prod"}],
        quota={"limit": 100, "period": "MONTH"},
        throttle={"rateLimit": 1.5, "burstLimit": 2},
    )
    value = f"{api_id}-0123456789-0123456789"

    imported = client.import_api_keys(
        format="csv", body=f"name,key,usageplanIds\nann,{value},{plan['id']}\n".encode(), failOnWarnings=True
    )

    (key_id,) = imported["ids"]
    assert client.get_api_key(apiKey=key_id, includeValue=True)["value"] == value
    assert client.get_usage_plan_keys(usagePlanId=plan["id"])["items"][0]["id"] == key_id
    named = {"usagePlanId": plan["id"], "keyId": key_id}
    left = client.update_usage(patchOperations=[{"op": "replace", "path": "/remaining", "value": "7"}], **named)
    assert left["items"] == {key_id: [[0, 7]]}
    dates = {"startDate": left["startDate"], "endDate": left["endDate"]}
    assert client.get_usage(usagePlanId=plan["id"], **dates)["items"] == {key_id: [[0, 7]]}


def test_a_domain_name_maps_to_a_stage(client: Any) -> None:
    api_id = make_api(client)
    client.create_deployment(restApiId=api_id, stageName="prod")
    name = f"{api_id}.example.com"

    client.create_domain_name(
        domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]}
    )
    mapping = client.create_base_path_mapping(domainName=name, restApiId=api_id, stage="prod")

    assert (mapping["basePath"], mapping["restApiId"]) == ("(none)", api_id)
    assert client.get_base_path_mapping(domainName=name, basePath="(none)")["stage"] == "prod"
    with pytest.raises(ClientError) as refused:
        client.delete_rest_api(restApiId=api_id)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    client.delete_base_path_mapping(domainName=name, basePath="(none)")
    client.delete_domain_name(domainName=name)
    client.delete_rest_api(restApiId=api_id)


def test_documentation_is_kept_and_frozen(client: Any) -> None:
    api_id = make_api(client)
    parts = [{"location": {"type": "API"}, "properties": {"description": "Pets."}}]
    body = json.dumps({"x-amazon-apigateway-documentation": {"documentationParts": parts}}).encode()

    (part_id,) = client.import_documentation_parts(restApiId=api_id, body=body, mode="merge")["ids"]
    version = client.create_documentation_version(restApiId=api_id, documentationVersion="1.0")

    assert version["version"] == "1.0"
    properties = client.get_documentation_part(restApiId=api_id, documentationPartId=part_id)["properties"]
    assert json.loads(properties) == {"description": "Pets."}


def test_what_stands_beside_apis_is_tagged_by_arn(client: Any) -> None:
    certificate = client.generate_client_certificate()
    arn = f"arn:aws:apigateway:us-east-1::/clientcertificates/{certificate['clientCertificateId']}"

    client.tag_resource(resourceArn=arn, tags={"team": "a"})

    assert client.get_tags(resourceArn=arn)["tags"] == {"team": "a"}
    shown = client.get_client_certificate(clientCertificateId=certificate["clientCertificateId"])
    assert shown["expirationDate"] - shown["createdDate"] == timedelta(days=365)
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert client.get_tags(resourceArn=arn)["tags"] == {}


def test_an_sdk_calls_the_api_from_node(client: Any, limen: LimenProcess, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    api_id = make_api(client)
    client.create_deployment(restApiId=api_id, stageName="prod")
    answer = client.get_sdk(restApiId=api_id, stageName="prod", sdkType="javascript")
    with ZipFile(io.BytesIO(answer["body"].read())) as archive:
        archive.extractall(tmp_path)

    url = f"{limen.url}/_api/{api_id}/prod"  # the API's own host does not resolve everywhere
    script = f"""
        require('./apigClient.js').newClient({{invokeUrl: '{url}'}}).petsPetIdGet({{petId: 1}})
          .then((result) => console.log(result.status));
    """
    finished = subprocess.run(
        [node, "-e", script],
        cwd=tmp_path / "apiGateway-js-sdk",
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(limen.ca)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert (answer["contentType"], finished.stdout.strip()) == ("application/octet-stream", "200"), finished.stderr
