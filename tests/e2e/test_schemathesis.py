"""A REST API called as its own export describes it, by schemathesis: nothing breaks, and what answers is documented."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_apis import operation, swagger

load_all_checks()

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings(
    max_examples=15,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
PET = {
    "type": "object",
    "required": ["name", "price"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "price": {"type": "number", "minimum": 1, "maximum": 500},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["cat", "dog"]}},
    },
}
TOLD = """\
#set($quote = "\\\\'")#set($id = $util.escapeJavaScript($input.params('id')).replaceAll($quote, "'"))
#set($limit = $util.escapeJavaScript($input.params('limit')).replaceAll($quote, "'"))
{"id": "$id", "limit": "$limit"}"""


def response(model: str) -> dict[str, Any]:
    return {"description": "", "schema": {"$ref": f"#/definitions/{model}"}}


def parameter(place: str, name: str, **members: Any) -> dict[str, Any]:
    return {"in": place, "name": name, "type": "string", "required": True, **members}


def document(backend: str) -> dict[str, Any]:
    told = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": TOLD}}},
    }
    proxied = {"type": "http_proxy", "httpMethod": "POST", "uri": f"{backend}/pets"}
    mapped = {
        "type": "http",
        "httpMethod": "PUT",
        "uri": f"{backend}/pets/{{id}}",
        "requestParameters": {
            "integration.request.path.id": "method.request.path.id",
            "integration.request.header.X-Tenant": "method.request.header.X-Tenant",
        },
        "responses": {"default": {"statusCode": "200"}},
    }
    common = {"produces": ["application/json"], "x-amazon-apigateway-request-validator": "all"}
    sent = {"consumes": ["application/json"]}
    errors = {"400": response("Problem")}
    body = {"in": "body", "name": "Pet", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    return swagger({}) | {
        "definitions": {
            "Pet": PET,
            "Told": {"type": "object", "required": ["id", "limit"], "properties": {"id": {"type": "string"}}},
            "Asked": {"type": "object", "required": ["method", "target"]},
            "Problem": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}},
        },
        "paths": {
            "/pets": {
                "post": operation(
                    **common,
                    **sent,
                    parameters=[body],
                    responses={"200": response("Asked"), **errors},
                    **{"x-amazon-apigateway-integration": proxied},
                )
            },
            "/pets/{id}": {
                "get": operation(
                    **common,
                    parameters=[parameter("path", "id"), parameter("query", "limit", minLength=1)],
                    responses={"200": response("Told"), **errors},
                    **{"x-amazon-apigateway-integration": told},
                ),
                "put": operation(
                    **common,
                    **sent,
                    parameters=[parameter("path", "id"), parameter("header", "X-Tenant"), body],
                    responses={"200": response("Asked"), **errors},
                    **{"x-amazon-apigateway-integration": mapped},
                ),
            },
        },
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
    }


Call = Callable[[Any], requests.Response]


@pytest.fixture(scope="module")
def served(limen: LimenProcess) -> Iterator[tuple[dict[str, Any], Call]]:
    """The export of an API, and how to call it."""
    backend = RecordingBackend()
    client = limen.client("apigateway")
    api_id = client.import_rest_api(body=json.dumps(document(backend.url)).encode())["id"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    exported = client.get_export(restApiId=api_id, stageName="prod", exportType="oas30", accepts="application/json")
    description = json.loads(exported["body"].read())
    session = requests.Session()
    session.trust_env = False

    def call(case: Any) -> requests.Response:
        answer: requests.Response = case.call(
            base_url=f"https://localhost:{limen.port}/_api/{api_id}/prod", session=session, verify=str(limen.ca)
        )
        return answer

    yield description, call
    session.close()
    backend.close()


def operations(description: dict[str, Any]) -> list[Any]:
    schema = schemathesis.openapi.from_dict(description)
    return [each.ok() for each in schema.get_all_operations()]


def test_the_export_describes_every_method(served: tuple[dict[str, Any], Call]) -> None:
    found = {f"{each.method.upper()} {each.path}" for each in operations(served[0])}

    assert found == {"POST /pets", "GET /pets/{id}", "PUT /pets/{id}"}


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
def test_what_answers_is_documented(served: tuple[dict[str, Any], Call], index: int, mode: GenerationMode) -> None:
    description, call = served
    strategy = operations(description)[index].as_strategy(generation_mode=mode)

    @EXAMPLES
    @given(case=strategy)
    def answers_as_documented(case: Any) -> None:
        answer = call(case)
        case.validate_response(answer, checks=CHECKS)

    answers_as_documented()
