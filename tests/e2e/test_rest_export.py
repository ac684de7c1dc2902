"""An API called as its own export describes it: what the document allows is answered, what it forbids is refused."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.support.limen_process import LimenProcess
from tests.support.rest_apis import body, operation, swagger

PET = {
    "type": "object",
    "required": ["name", "kind"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "kind": {"type": "string", "enum": ["cat", "dog"]},
        "age": {"type": "integer", "minimum": 0, "maximum": 40},
        "friends": {"type": "array", "items": {"$ref": "#/definitions/Pet"}},
    },
}
SETTINGS = settings(
    max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def document() -> dict[str, Any]:
    made = swagger(
        {"/pets": ["POST"], "/pets/{id}": ["GET"]},
        definitions={"Pet": PET},
        **{
            "x-amazon-apigateway-request-validators": {
                "all": {"validateRequestBody": True, "validateRequestParameters": True}
            },
            "x-amazon-apigateway-request-validator": "all",
        },
    )
    pet = {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    made["paths"]["/pets"]["post"] = operation(parameters=[pet])
    made["paths"]["/pets/{id}"]["get"] = operation(
        parameters=[
            {"name": "id", "in": "path", "required": True, "type": "string"},
            {"name": "page", "in": "query", "required": True, "type": "string"},
        ]
    )
    return made


@pytest.fixture(scope="module")
def api_id(limen: LimenProcess) -> str:
    client = limen.client("apigateway")
    made = str(client.import_rest_api(body=body(document()))["id"])
    client.create_deployment(restApiId=made, stageName="prod")
    return made


@pytest.fixture(scope="module")
def exported(limen: LimenProcess, api_id: str) -> dict[str, Any]:
    answer = limen.client("apigateway").get_export(restApiId=api_id, stageName="prod", exportType="oas30")
    exported: dict[str, Any] = json.loads(answer["body"].read())
    return exported


def status_of(case: schemathesis.Case, limen: LimenProcess, api_id: str) -> int:
    answer = case.call(base_url=f"{limen.url}/_api/{api_id}/prod", verify=str(limen.ca))
    return int(answer.status_code)


@pytest.mark.parametrize(("path", "method"), [("/pets", "POST"), ("/pets/{id}", "GET")])
def test_what_an_export_allows_is_answered(
    limen: LimenProcess, api_id: str, exported: dict[str, Any], path: str, method: str
) -> None:
    @SETTINGS
    @given(case=schemathesis.openapi.from_dict(exported)[path][method].as_strategy())
    def call(case: schemathesis.Case) -> None:
        page = (case.query or {}).get("page", "1")
        assert status_of(case, limen, api_id) == (200 if page.strip() else 400)  # AWS asks for a value, too

    call()


def test_what_an_export_forbids_is_refused(limen: LimenProcess, api_id: str, exported: dict[str, Any]) -> None:
    strategy = schemathesis.openapi.from_dict(exported)["/pets"]["POST"].as_strategy(
        generation_mode=GenerationMode.NEGATIVE
    )

    @SETTINGS
    @given(case=strategy)
    def call(case: schemathesis.Case) -> None:
        assert 400 <= status_of(case, limen, api_id) < 500

    call()
