"""Sample events have the members that AWS's have."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from limen.cli.events.choice import Choice
from limen.cli.events.kinds import KINDS

CHOICE = Choice(
    path="/pets/1",
    method="POST",
    body='{"a": 1}',
    headers=(("Cookie", "a=1; b=2"), ("X-Twice", "1"), ("X-Twice", "2"), ("Authorization", "Bearer me")),
    query=(("q", "1"), ("q", "2")),
    resource="/pets/{id}",
    path_parameters=(("id", "1"),),
    now=datetime(2026, 11, 26, 10, 0, tzinfo=UTC),
)


def made(kind: str, choice: Choice = CHOICE) -> dict[str, Any]:
    event = KINDS[kind].make(choice)
    assert json.loads(json.dumps(event)) == event
    return event


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_made_of_nothing_too(kind: str) -> None:
    assert made(kind, Choice())


def test_rest_proxy() -> None:
    event = made("apigateway-proxy")

    assert set(event) == {
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "requestContext",
        "body",
        "isBase64Encoded",
    }
    assert event["headers"]["X-Twice"] == "2" and event["multiValueHeaders"]["X-Twice"] == ["1", "2"]
    assert event["requestContext"]["requestTime"] == "26/Nov/2026:10:00:00 +0000"
    assert made("apigateway-proxy", Choice())["queryStringParameters"] is None


def test_http_api() -> None:
    event = made("http-api")

    assert event["routeKey"] == "POST /pets/{id}"
    assert event["cookies"] == ["a=1", "b=2"] and "cookie" not in event["headers"]
    assert event["headers"]["x-twice"] == "1,2" and event["queryStringParameters"] == {"q": "1,2"}
    assert event["rawQueryString"] == "q=1&q=2"
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(made("http-api", Choice()))
    assert made("http-api-v1")["version"] == "1.0"


def test_authorizers() -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"

    assert made("authorizer-token") == {
        "type": "TOKEN",
        "authorizationToken": "Bearer me",
        "methodArn": f"{arn}/prod/POST/pets/1",
    }
    request = made("authorizer-request")
    assert (request["type"], request["methodArn"]) == ("REQUEST", f"{arn}/prod/POST/pets/1")
    assert "body" not in request
    http = made("authorizer-http-api")
    assert (http["version"], http["type"], http["routeArn"]) == ("2.0", "REQUEST", f"{arn}/$default/POST/pets/1")
    assert http["identitySource"] == ["Bearer me"] and "body" not in http


def test_services_carry_the_body() -> None:
    (message,) = made("sqs")["Records"]
    assert message["body"] == CHOICE.body and len(message["md5OfBody"]) == 32
    assert made("sns")["Records"][0]["Sns"]["Message"] == CHOICE.body
    assert base64.b64decode(made("kinesis")["Records"][0]["kinesis"]["data"]).decode() == CHOICE.body
    assert made("dynamodb")["Records"][0]["dynamodb"]["NewImage"]["Message"] == {"S": CHOICE.body}
    assert made("s3")["Records"][0]["s3"]["object"]["key"] == "pets/1"
    assert made("eventbridge")["detail"] == {"a": 1}
    assert made("scheduled")["detail-type"] == "Scheduled Event"
    assert made("scheduled")["time"] == "2026-11-26T10:00:00Z"
    assert json.loads(made("websocket")["body"]) == {"a": 1}
