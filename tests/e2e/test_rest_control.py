"""A REST API built by hand with boto3: what the first API answers over the wire."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

MEDIA_TYPE = "application/json"


@pytest.fixture(scope="module")
def client(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


@pytest.fixture
def api_id(client: Any) -> Iterator[str]:
    made = client.create_rest_api(name="pets")["id"]
    yield made
    client.delete_rest_api(restApiId=made)


def refusal(call: Any, **members: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        call(**members)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def status_of(answer: dict[str, Any]) -> int:
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


def add_method(client: Any, api_id: str, path_part: str = "pets", **members: Any) -> dict[str, str]:
    root_id = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    resource = client.create_resource(restApiId=api_id, parentId=root_id, pathPart=path_part)
    named = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "POST"}
    client.put_method(**named, authorizationType="NONE", **members)
    return named


def test_an_api_is_made_changed_and_deleted(client: Any) -> None:
    created = client.create_rest_api(
        name="pets", description="d", tags={"team": "a"}, endpointConfiguration={"types": ["REGIONAL"]}
    )
    assert status_of(created) == 201
    assert datetime.now(UTC) - created["createdDate"] < timedelta(minutes=1)
    assert created["endpointConfiguration"] == {"types": ["REGIONAL"], "ipAddressType": "ipv4"}

    changed = client.update_rest_api(
        restApiId=created["id"],
        patchOperations=[
            {"op": "replace", "path": "/name", "value": "cats"},
            {"op": "add", "path": "/binaryMediaTypes/image~1png"},
            {"op": "replace", "path": "/minimumCompressionSize", "value": "1024"},
        ],
    )
    assert (changed["name"], changed["binaryMediaTypes"], changed["minimumCompressionSize"]) == (
        "cats",
        ["image/png"],
        1024,
    )
    assert client.get_rest_api(restApiId=created["id"])["createdDate"] == created["createdDate"]
    assert status_of(client.delete_rest_api(restApiId=created["id"])) == 202
    assert refusal(client.get_rest_api, restApiId=created["id"])[:2] == ("NotFoundException", 404)


def test_a_method_with_all_its_parts_is_read_back(client: Any, api_id: str) -> None:
    validator = client.create_request_validator(restApiId=api_id, name="body", validateRequestBody=True)
    schema = json.dumps({"type": "object", "required": ["name"]})
    client.create_model(restApiId=api_id, name="Pet", contentType=MEDIA_TYPE, schema=schema)
    named = add_method(client, api_id, requestModels={MEDIA_TYPE: "Pet"}, requestValidatorId=validator["id"])
    client.put_method_response(**named, statusCode="201", responseParameters={"method.response.header.Location": True})
    integration = client.put_integration(
        **named,
        type="HTTP",
        integrationHttpMethod="PUT",
        uri="https://backend.test/pets",
        requestTemplates={MEDIA_TYPE: "$input.json('$')"},
    )
    client.put_integration_response(
        **named,
        statusCode="201",
        selectionPattern="20.",
        responseParameters={"method.response.header.Location": "integration.response.header.Location"},
    )

    method = client.get_method(**named)

    assert (integration["httpMethod"], integration["timeoutInMillis"]) == ("PUT", 29000)
    assert method["methodIntegration"]["integrationResponses"]["201"]["selectionPattern"] == "20."
    assert method["methodResponses"] == {
        "201": {"statusCode": "201", "responseParameters": {"method.response.header.Location": True}}
    }
    embedded = client.get_resources(restApiId=api_id, embed=["methods"])["items"][1]["resourceMethods"]["POST"]
    assert embedded == {key: value for key, value in method.items() if key != "ResponseMetadata"}
    for call in (client.delete_integration_response, client.delete_method_response):
        assert status_of(call(**named, statusCode="201")) == 204
    assert status_of(client.delete_integration(**named)) == 204
    assert status_of(client.delete_method(**named)) == 204
    assert status_of(client.delete_model(restApiId=api_id, modelName="Pet")) == 202


def test_patches_go_over_the_wire_as_text(client: Any, api_id: str) -> None:
    named = add_method(client, api_id)
    client.put_method_response(**named, statusCode="200")
    patched = client.update_method_response(
        **named,
        statusCode="200",
        patchOperations=[{"op": "add", "path": "/responseModels/application~1json", "value": "Empty"}],
    )
    assert (status_of(patched), patched["responseModels"]) == (201, {MEDIA_TYPE: "Empty"})
    assert refusal(client.update_method, **named, patchOperations=[{"op": "add", "path": "/x", "value": "y"}]) == (
        "BadRequestException",
        400,
        "Invalid patch path /x",
    )
    code, status, message = refusal(client.update_method, **named, patchOperations=[{"op": "fly", "path": "/x"}])
    assert (code, status) == ("ValidationException", 400)
    assert "'updateMethodInput.patchOperations.1.member.op'" in message
    assert message.endswith("enum value set: [add, remove, move, test, replace, copy]")


def test_lists_are_walked_by_position(client: Any, api_id: str) -> None:
    root_id = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    for number in range(5):
        client.create_resource(restApiId=api_id, parentId=root_id, pathPart=f"r{number}")
    pages = client.get_paginator("get_resources").paginate(restApiId=api_id, PaginationConfig={"PageSize": 2})
    assert [len(page["items"]) for page in pages] == [2, 2, 2]
    assert refusal(client.get_resources, restApiId=api_id, position="nonsense")[2] == "Invalid position specified"


def test_gateway_responses_are_listed_set_and_reset(client: Any, api_id: str) -> None:
    named = {"restApiId": api_id, "responseType": "UNAUTHORIZED"}
    assert status_of(client.put_gateway_response(**named, statusCode="404")) == 201
    listed = {each["responseType"]: each for each in client.get_gateway_responses(restApiId=api_id)["items"]}
    assert (len(listed), listed["UNAUTHORIZED"]["statusCode"]) == (21, "404")
    assert status_of(client.delete_gateway_response(**named)) == 202
    assert client.get_gateway_response(**named)["defaultResponse"] is True


def test_a_policy_is_read_back_as_clients_unescape_it(client: Any, api_id: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    patch = [{"op": "replace", "path": "/policy", "value": policy}]
    answered = client.update_rest_api(restApiId=api_id, patchOperations=patch)["policy"]
    unescaped = json.loads(json.loads(f'"{answered}"'))
    assert unescaped["Statement"][0]["Resource"] == f"arn:aws:execute-api:us-east-1:000000000000:{api_id}/*"


def test_what_is_made_by_hand_answers_once_deployed(
    limen: LimenProcess, client: Any, backend: RecordingBackend
) -> None:
    api_id = client.create_rest_api(name="pets")["id"]
    proxied = add_method(client, api_id)
    uri = f"{backend.url}/v1/pets"
    client.put_integration(**proxied, type="HTTP_PROXY", integrationHttpMethod="POST", uri=uri)
    mocked = add_method(client, api_id, "mock")
    client.put_method_response(**mocked, statusCode="201", responseParameters={"method.response.header.X-A": True})
    client.put_integration(**mocked, type="MOCK", requestTemplates={MEDIA_TYPE: '{"statusCode": 201}'})
    client.put_integration_response(
        **mocked,
        statusCode="201",
        responseParameters={"method.response.header.X-A": "'b'"},
        responseTemplates={MEDIA_TYPE: '{"stage": "$context.stage"}'},
    )

    client.create_deployment(restApiId=api_id, stageName="prod")

    caller = limen.caller(api_id)
    assert caller.send("POST", "/prod/pets").json == {"method": "POST", "target": "/v1/pets"}
    answer = caller.send("POST", "/prod/mock")
    assert (answer.status, answer.json, answer.header("x-a")) == (201, {"stage": "prod"}, "b")
    assert caller.send("POST", "/prod/none").status == 403
