"""What `limen check` says of a file, property by property."""

import json
from pathlib import Path
from typing import Any

import pytest

from limen.control.coverage import Report, check_file
from limen.control.openapi.keyword import Classification
from tests.support.apis import openapi

JWT = {"type": "jwt", "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["one"]}}
TOKENS = {"securitySchemes": {"tokens": {"type": "oauth2", "x-amazon-apigateway-authorizer": JWT}}}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:orders"


def check(tmp_path: Path, document: dict[str, Any], api_type: str | None = None) -> Report:
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document, indent=1))
    return check_file(path, api_type)


def with_operation(**members: Any) -> dict[str, Any]:
    document = openapi({"/a": "https://a.example"})
    document["paths"]["/a"]["get"].update(members)
    return document


def with_integration(**members: Any) -> dict[str, Any]:
    document = openapi({"/a": "https://a.example"})
    document["paths"]["/a"]["get"]["x-amazon-apigateway-integration"].update(members)
    return document


def test_a_plain_proxy_is_enforced(tmp_path: Path) -> None:
    report = check(tmp_path, openapi({"/a": "https://a.example"}, **{"x-amazon-apigateway-cors": {"maxAge": 1}}))

    assert not report.is_refused
    enforced = {row.pointer for row in report.rows if row.classification is Classification.ENFORCED}
    integration = "/paths/~1a/get/x-amazon-apigateway-integration"
    assert {f"{integration}/type", f"{integration}/uri", f"{integration}/httpMethod"} <= enforced
    assert {"/openapi", "/info/title", "/x-amazon-apigateway-cors/maxAge"} <= enforced


def test_every_reason_is_given(tmp_path: Path) -> None:
    report = check(tmp_path, with_operation(requestBody={}, summary="Lists", externalDocs={}), "http")

    assert all(row.reason for row in report.rows if row.classification is not Classification.ENFORCED)


def test_the_summary_has_three_lines(tmp_path: Path) -> None:
    report = check(tmp_path, {"openapi": "3.0.1", "info": {"title": "t", "license": {}}, "paths": {}})

    assert report.summary_lines() == ["enforced: 2 (openapi, title)", "stored: 1 (license)", "refused: 0"]


QUEUE = {"QueueUrl": "$request.header.queueUrl", "MessageBody": "$request.body.message"}
ROLE = "arn:aws:iam::123456789012:role/caller"


@pytest.mark.parametrize(
    "integration",
    [
        {"uri": FUNCTION, "payloadFormatVersion": "2.0", "httpMethod": "POST", "credentials": ROLE},
        {"integrationSubtype": "SQS-SendMessage", "credentials": ROLE, "requestParameters": QUEUE},
    ],
)
def test_functions_and_services_are_served(tmp_path: Path, integration: dict[str, Any]) -> None:
    written = with_integration(type="aws_proxy", **integration)
    if "integrationSubtype" in integration:
        del written["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"]
    report = check(tmp_path, written)

    of_integration = [row for row in report.rows if "apigateway-integration/" in row.pointer]
    assert {row.classification for row in of_integration} == {Classification.ENFORCED}


def test_a_subtype_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    report = check(tmp_path, with_integration(type="aws_proxy", integrationSubtype="SQS-Nothing"))

    assert any("there is no integration subtype SQS-Nothing" in row.reason for row in report.rows)


STORED = {
    "request body": with_operation(requestBody={"content": {}}),
    "REST default response": with_integration(responses={"default": {"statusCode": "200"}}),
    "other tool": openapi({"/a": "https://a.example"}, **{"x-tool": 1}),
}


@pytest.mark.parametrize("name", STORED)
def test_what_does_nothing_yet_is_stored_and_served(tmp_path: Path, name: str) -> None:
    report = check(tmp_path, STORED[name])

    assert not report.is_refused
    assert any(row.classification is Classification.STORED and row.reason for row in report.rows)


def test_jwt_authorizers_are_enforced(tmp_path: Path) -> None:
    document = openapi({"/a": "https://a.example"}, components=TOKENS, security=[{"tokens": ["orders/read"]}])
    report = check(tmp_path, document)

    assert not report.is_refused
    told = {row.pointer: row.classification for row in report.rows if "ecurity" in row.pointer}
    assert told["/security"] is Classification.ENFORCED
    assert told["/components/securitySchemes/tokens/x-amazon-apigateway-authorizer/type"] is Classification.ENFORCED


NOT_ENFORCED = {
    "API key": (
        with_operation(security=[{"key": []}])
        | {"components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}},
        "/paths/~1a/get/security",
    ),
    "bearer": (
        with_operation(security=[{"bearer": []}])
        | {"components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}},
        "/paths/~1a/get/security",
    ),
}


@pytest.mark.parametrize("name", NOT_ENFORCED)
def test_security_that_is_only_stored_is_refused_unless_allowed(tmp_path: Path, name: str) -> None:
    document, pointer = NOT_ENFORCED[name]
    report = check(tmp_path, document)

    assert report.is_refused
    assert not report.refuses(allow_stored=True)
    [obstacle] = report.obstacles(allow_stored=False)
    assert obstacle.line is not None
    assert pointer in (None, obstacle.pointer)


def test_a_lambda_authorizer_is_enforced(tmp_path: Path) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "A", "x-amazon-apigateway-authorizer": {"type": "request"}}
    report = check(
        tmp_path, with_operation(security=[{"mine": []}]) | {"components": {"securitySchemes": {"mine": scheme}}}
    )

    assert not report.is_refused


@pytest.mark.parametrize(
    "document",
    [
        with_operation(**{"x-amazon-apigateway-auth": {"type": "AWS_IAM"}}),
        with_operation(security=[{"sigv4": []}])
        | {"components": {"securitySchemes": {"sigv4": {"x-amazon-apigateway-authtype": "awsSigv4"}}}},
    ],
)
def test_iam_authorization_is_enforced(tmp_path: Path, document: dict[str, Any]) -> None:
    assert not check(tmp_path, document).is_refused


def test_an_operation_opened_again_asks_for_no_authorizer(tmp_path: Path) -> None:
    report = check(tmp_path, with_operation(security=[]) | {"components": TOKENS})

    assert not report.is_refused


ONLY_REST = {
    "x-amazon-apigateway-api-key-source": "HEADER",
    "x-amazon-apigateway-binary-media-types": ["*/*"],
    "x-amazon-apigateway-documentation": {},
    "x-amazon-apigateway-endpoint-access-mode": "STRICT",
    "x-amazon-apigateway-gateway-responses": {},
    "x-amazon-apigateway-minimum-compression-size": 0,
    "x-amazon-apigateway-policy": {},
    "x-amazon-apigateway-request-validator": "all",
    "x-amazon-apigateway-request-validators": {},
    "x-amazon-apigateway-security-policy": "TLS_1_2",
}


@pytest.mark.parametrize("name", ONLY_REST)
def test_a_rest_setting_is_refused_by_name_on_an_http_api(tmp_path: Path, name: str) -> None:
    report = check(tmp_path, openapi({"/a": "https://a.example"}, **{name: ONLY_REST[name]}), "http")

    assert report.refuses(allow_stored=True)
    assert [row.property for row in report.obstacles(allow_stored=True)] == [name]


@pytest.mark.parametrize("name", ONLY_REST)
def test_a_file_with_a_rest_setting_is_a_rest_api(tmp_path: Path, name: str) -> None:
    report = check(tmp_path, openapi({"/a": "https://a.example"}, **{name: ONLY_REST[name]}))

    assert report.api_type == "rest"
    assert not any(row.classification is Classification.REFUSED for row in report.rows)


REFUSED_MEMBERS: list[dict[str, Any]] = [
    {"requestTemplates": {"application/json": "{}"}},
    {"cacheKeyParameters": ["a"]},
    {"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{}"}}}},
    {"tlsConfig": {"insecureSkipVerification": True}},
    {"responseTransferMode": "STREAM"},
    {"requestParameters": {"integration.request.header.x": "method.request.header.x"}},
]


@pytest.mark.parametrize("members", REFUSED_MEMBERS, ids=lambda members: next(iter(members)))
def test_what_an_http_integration_cannot_do_is_refused(tmp_path: Path, members: dict[str, Any]) -> None:
    document = with_integration(**members)

    assert check(tmp_path, document, "http").refuses(allow_stored=True)
    assert check(tmp_path, document).api_type == "rest"


@pytest.mark.parametrize("kind", ["aws", "HTTP", "mock"])
def test_an_integration_type_of_rest_makes_a_rest_api(tmp_path: Path, kind: str) -> None:
    assert check(tmp_path, with_integration(type=kind)).api_type == "rest"
    assert check(tmp_path, with_integration(type=kind), "http").is_refused


UNUSABLE: dict[str, tuple[str, str, tuple[int, int]]] = {
    "swagger": ("swagger: '1.2'\npaths: {}", "REST APIs support Swagger 2.0 and OpenAPI 3.0", (1, 1)),
    "3.1": ("openapi: 3.1.0\npaths: {}", "only the OpenAPI 3.0 specification, not 3.1.0", (1, 1)),
    "broken": ("a: [", "did not find expected", (1, 5)),
    "scheme": ("openapi: 3.0.1\ninfo: {title: t}\nsecurity: [{a: []}]\npaths: {/: {get: {}}}", "asks for a", (3, 1)),
    "type": (
        "openapi: 3.0.1\ninfo: {title: t}\npaths:\n  /:\n    get:\n"
        "      x-amazon-apigateway-integration: {type: http_proxy, timeoutInMillis: soon}",
        "attribute timeoutInMillis is not of type `integer`",
        (6, 7),
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_has_an_error_with_its_place(tmp_path: Path, name: str) -> None:
    text, message, place = UNUSABLE[name]
    path = tmp_path / "api.yaml"
    path.write_text(text)

    [error] = check_file(path).errors

    assert message in error.message
    assert (error.line, error.column) == place


def test_a_missing_file_is_an_error() -> None:
    assert "cannot read" in check_file("/nowhere/api.yaml").errors[0].message
