"""Methods tested before they are deployed, with boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.invoices import create_invoices
from tests.support.limen_process import ACCESS_KEY_ID, LimenProcess
from tests.support.recording_backend import RecordingBackend

BODY = json.dumps({"customer": "Ann", "amount": 12.5})


@pytest.fixture(scope="module")
def client(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


def lines(answer: dict[str, Any]) -> list[str]:
    """Of the log, without their time."""
    return [line.partition(" : ")[2] or line for line in answer["log"].splitlines()]


def test_a_method_is_tested_before_it_is_deployed(client: Any, backend: RecordingBackend) -> None:
    named = create_invoices(client, backend.url)
    backend.script("/bills", 200, (("Content-Type", "application/json"), ("X-Nr", "7")), b'{"nr": 7}')

    answer = client.test_invoke_method(
        **named, pathWithQueryString="/invoices/north?a=1", headers={"X-Tenant": "acme"}, body=BODY
    )

    assert (answer["status"], json.loads(answer["body"])) == (201, {"number": 7})
    assert answer["headers"]["X-Nr"] == "7"
    assert answer["multiValueHeaders"]["X-Nr"] == ["7"]
    assert "Content-Length" not in answer["headers"]
    assert 0 <= answer["latency"] < 5000
    assert json.loads(backend.last.body) == {"bill": {"to": "Ann", "of": 12.5}}
    assert backend.last.header("x-region") == "north"
    log = lines(answer)
    assert log[0].startswith("Execution log for request ")
    for line in (
        "HTTP Method: POST, Resource Path: /invoices/north",
        "Method request path: {region=north}",
        "Method request query string: {a=1}",
        "Method request headers: {X-Tenant=acme}",
        f"Method request body before transformations: {BODY}",
        "Request validation succeeded for content type application/json",
        f"Endpoint request URI: {backend.url}/bills",
        f"Sending request to {backend.url}/bills",
        'Endpoint response body before transformations: {"nr": 7}',
        'Method response body after transformations: {"number": 7}',
        "Successfully completed execution",
    ):
        assert line in log
    assert log[-1] == "Method completed with status: 201"


def test_what_does_not_validate_is_told_in_the_log(client: Any, backend: RecordingBackend) -> None:
    named = create_invoices(client, backend.url)

    without_header = client.test_invoke_method(**named, pathWithQueryString="/invoices/north", body=BODY)
    without_amount = client.test_invoke_method(
        **named, pathWithQueryString="/invoices/north", headers={"X-Tenant": "acme"}, body='{"customer": 1}'
    )

    assert without_header["body"] == '{"message": "Missing required request parameters: [X-Tenant]"}'
    assert without_amount["body"] == '{"message": "Invalid request body"}'
    assert without_amount["headers"] == {"x-amzn-ErrorType": "BadRequestException"}
    assert lines(without_amount)[-2:] == [
        "Request body does not match model schema for content type application/json: "
        '[object has missing required properties (["amount"])]',
        "Method completed with status: 400",
    ]
    assert backend.requests == []


def test_a_mock_answers_with_the_stage_variables_and_the_caller_of_the_test(client: Any) -> None:
    api_id = client.create_rest_api(name="mock")["id"]
    root = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    named = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    client.put_method(**named, authorizationType="AWS_IAM", apiKeyRequired=True)
    client.put_method_response(**named, statusCode="200")
    client.put_integration(**named, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    template = """{"color": "$stageVariables.color", "stage": "$context.stage",
        "account": "$context.identity.accountId",
        "caller": "$context.identity.caller", "user": "$context.identity.user", "arn": "$context.identity.userArn",
        "key": "$context.identity.apiKey", "keyId": "$context.identity.apiKeyId",
        "access": "$context.identity.accessKey", "ip": "$context.identity.sourceIp"}"""
    client.put_integration_response(**named, statusCode="200", responseTemplates={"application/json": template})

    answer = client.test_invoke_method(**named, stageVariables={"color": "blue"})

    account = "000000000000"
    assert json.loads(answer["body"]) == {
        "color": "blue",
        "stage": "test-invoke-stage",
        "account": account,
        "caller": account,
        "user": account,
        "arn": f"arn:aws:iam::{account}:root",
        "key": "test-invoke-api-key",
        "keyId": "test-invoke-api-key-id",
        "access": ACCESS_KEY_ID,
        "ip": "test-invoke-source-ip",
    }
    assert answer["headers"] == {"Content-Type": "application/json"}
    assert not any(line.startswith(("Endpoint", "Sending")) for line in lines(answer))


def test_a_backend_that_is_not_there(client: Any) -> None:
    named = create_invoices(client, "http://127.0.0.1:9")

    answer = client.test_invoke_method(
        **named, pathWithQueryString="/invoices/north", headers={"X-Tenant": "acme"}, body=BODY
    )

    assert answer["status"] == 504
    assert lines(answer)[-2:] == [
        "Execution failed due to a network error communicating with endpoint",
        "Method completed with status: 504",
    ]


def test_an_unknown_method_is_not_found(client: Any, backend: RecordingBackend) -> None:
    named = create_invoices(client, backend.url)

    with pytest.raises(ClientError, match="Invalid Method identifier specified"):
        client.test_invoke_method(**{**named, "httpMethod": "GET"})
