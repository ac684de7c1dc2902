"""What `limen check` says of a file that describes a REST API, property by property."""

import json
from pathlib import Path
from typing import Any

import pytest

from limen.control.coverage import Report, check_file
from limen.control.openapi.keyword import Classification
from tests.support.apis import openapi
from tests.support.rest_apis import HTTP_PROXY, MOCK, operation, swagger

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:orders"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
QUEUE = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders"
FIREHOSE = "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"
TOKEN = {"type": "token", "authorizerUri": INVOCATION}
SCHEMES: dict[str, Any] = {
    "token": {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authorizer": TOKEN},
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "iam": {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
    "basic": {"type": "basic"},
}


def check(tmp_path: Path, document: dict[str, Any], api_type: str | None = None) -> Report:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document, indent=1))
    return check_file(path, api_type)


def classified(report: Report) -> dict[str, Classification]:
    return {row.property: row.classification for row in report.rows}


def with_integration(**members: Any) -> dict[str, Any]:
    return with_operation(**operation(**{"x-amazon-apigateway-integration": members}))


def with_operation(**members: Any) -> dict[str, Any]:
    return swagger({}) | {"paths": {"/a": {"get": members}}}


def test_a_file_that_limen_serves_whole_is_enforced(tmp_path: Path) -> None:
    document = swagger(
        {"/a": ["POST"]},
        definitions={"Pet": {"type": "object"}},
        **{
            "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
            "x-amazon-apigateway-request-validator": "all",
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"statusCode": 400}},
            "x-amazon-apigateway-binary-media-types": ["*/*"],
            "x-amazon-apigateway-minimum-compression-size": 0,
        },
    )
    report = check(tmp_path, document)

    assert not report.is_refused
    stored = {row.pointer for row in report.rows if row.classification is Classification.STORED}
    assert stored == {"/paths/~1a/post/responses/200/description"}


def test_every_reason_is_given(tmp_path: Path) -> None:
    document = swagger(
        {"/a": ["GET"]}, host="a.example", schemes=["http"], tags=[{"name": "a"}], **{"x-amazon-apigateway-cors": {}}
    )
    report = check(tmp_path, document)

    assert all(row.reason for row in report.rows if row.classification is not Classification.ENFORCED)


INTEGRATIONS = {
    "mock": (MOCK, Classification.ENFORCED),
    "proxy": (HTTP_PROXY, Classification.ENFORCED),
    "service": ({"type": "aws", "httpMethod": "POST", "uri": QUEUE}, Classification.ENFORCED),
    "function": ({"type": "aws_proxy", "httpMethod": "POST", "uri": INVOCATION}, Classification.ENFORCED),
    "stream of records": ({"type": "aws_proxy", "httpMethod": "POST", "uri": FIREHOSE}, Classification.STORED),
    "unknown": ({"type": "ftp"}, Classification.REFUSED),
}


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_an_integration_is_classified_by_who_answers(tmp_path: Path, name: str) -> None:
    integration, classification = INTEGRATIONS[name]
    report = check(tmp_path, with_integration(**integration), "rest")

    assert [row.classification for row in report.rows if row.pointer.endswith("integration/type")] == [classification]


ROLE, CALLER = "arn:aws:iam::123456789012:role/orders", "arn:aws:iam::*:user/*"


@pytest.mark.parametrize(
    ("uri", "credentials", "classification"),
    [
        (QUEUE, ROLE, Classification.ENFORCED),
        (QUEUE, CALLER, Classification.ENFORCED),
        (INVOCATION, ROLE, Classification.ENFORCED),
        (INVOCATION, CALLER, Classification.ENFORCED),
    ],
)
def test_a_role_is_assumed_where_a_service_is_called(
    tmp_path: Path, uri: str, credentials: str, classification: Classification
) -> None:
    report = check(tmp_path, with_integration(type="aws", httpMethod="POST", uri=uri, credentials=credentials))

    assert classified(report)["credentials"] is classification


def test_caches_and_sources_of_keys_are_enforced(tmp_path: Path) -> None:
    report = check(tmp_path, with_integration(**MOCK, cacheKeyParameters=["method.request.querystring.q"]))
    assert classified(report)["cacheKeyParameters"] is Classification.ENFORCED
    assert (report.is_refused, report.advice) == (False, [])

    for source, is_refused in (("HEADER", False), ("authorizer", False), ("COOKIE", True)):
        report = check(tmp_path, swagger({"/a": ["GET"]}, **{"x-amazon-apigateway-api-key-source": source}))
        assert report.is_refused is is_refused


@pytest.mark.parametrize("verb", ["get", "x-amazon-apigateway-any-method"])
def test_what_is_cached_for_all_callers_is_told_of(tmp_path: Path, verb: str) -> None:
    integration = {**MOCK, "cacheKeyParameters": ["method.request.querystring.q"]}
    document = with_integration(**integration)
    document["paths"] = {path: {verb: each["get"]} for path, each in document["paths"].items()}
    document |= {"security": [{"token": []}], "securityDefinitions": SCHEMES}

    [advice] = check(tmp_path, document).advice

    assert "has an authorizer, and no identity in its cache key" in advice.message
    assert "Add method.request.header.A to cacheKeyParameters" in advice.message


@pytest.mark.parametrize("name", ["token", "iam", "key"])
def test_authorizers_signatures_and_keys_are_enforced(tmp_path: Path, name: str) -> None:
    report = check(tmp_path, swagger({"/a": ["GET"]}, security=[{name: []}], securityDefinitions=SCHEMES))

    assert not report.is_refused
    assert classified(report)["authorizerUri"] is Classification.ENFORCED


@pytest.mark.parametrize("name", [*sorted(SCHEMES.keys() - {"token", "iam", "key"}), "nobody"])
def test_security_that_is_only_stored_is_refused_unless_allowed(tmp_path: Path, name: str) -> None:
    report = check(tmp_path, swagger({"/a": ["GET"]}, security=[{name: []}], securityDefinitions=SCHEMES))

    obstacles = [row.property for row in report.obstacles(allow_stored=False)]
    assert report.is_refused
    assert obstacles == ["security"]


def test_a_resource_policy_is_enforced_where_it_is_one(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    report = check(tmp_path, swagger({"/a": ["GET"]}, **{"x-amazon-apigateway-policy": {"Statement": [statement]}}))
    assert not report.is_refused
    assert classified(report)["x-amazon-apigateway-policy"] is Classification.ENFORCED

    report = check(tmp_path, swagger({"/a": ["GET"]}, **{"x-amazon-apigateway-policy": {"Statement": []}}))
    [obstacle] = report.obstacles(allow_stored=True)
    assert (obstacle.property, obstacle.line) == ("x-amazon-apigateway-policy", 29)


def test_what_models_leave_out_is_named(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"tags": {"type": "array", "minItems": 1}, "a": {"nullable": True}}}
    report = check(tmp_path, swagger({"/a": ["GET"]}, definitions={"Pet": schema}))

    [row] = [row for row in report.rows if row.pointer == "/definitions/Pet"]
    assert row.classification is Classification.STORED
    assert row.reason.endswith("no minItems, nullable")


def test_what_only_http_apis_have_is_refused_by_name(tmp_path: Path) -> None:
    report = check(tmp_path, openapi({"/a": "https://a.example"}, **{"x-amazon-apigateway-cors": {}}), "rest")

    assert [row.property for row in report.obstacles(allow_stored=True)] == ["x-amazon-apigateway-cors"]


def test_an_operation_without_integration_is_an_error_with_its_place(tmp_path: Path) -> None:
    report = check(tmp_path, with_operation(responses={"200": {"description": "fine"}}))

    [error] = report.errors
    assert error.message.startswith("GET /a has no x-amazon-apigateway-integration")
    assert error.line == 9


def test_an_authorizer_that_is_kept_for_other_methods_than_it_was_asked_about_is_told_of(tmp_path: Path) -> None:
    two = swagger({"/a": ["GET", "PUT"]}, security=[{"token": []}], securityDefinitions=SCHEMES)
    [advice] = check(tmp_path, two).advice
    assert "authorizer 'token' keeps an answer for 300 s" in advice.message
    assert advice.line > 1
    one = swagger({"/a": ["GET"]}, security=[{"token": []}], securityDefinitions=SCHEMES)
    assert check(tmp_path, one).advice == []
