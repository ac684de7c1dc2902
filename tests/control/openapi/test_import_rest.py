"""What documents say as nouns of a REST API; documents of the wrong shape are told, never an exception."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from limen.control.openapi.import_rest import ImportedRest, import_rest_document
from limen.control.openapi.read import read_source
from limen.control.openapi.rest_schemas import schema_text
from tests.control.openapi.rest_documents import damaged

CASES = Path(__file__).parents[2] / "cases" / "openapi_rest"
NAMES = sorted(path.stem for path in CASES.glob("*.yaml") if path.stem != "refused")
REFUSED = yaml.safe_load((CASES / "refused.yaml").read_text())


def load(name: str) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load((CASES / f"{name}.yaml").read_text())
    return case | {"document": read_source(case["document"]).document}


def describe(imported: ImportedRest) -> dict[str, Any]:
    methods = {f"{verb} {path}": method for (path, verb), method in imported.methods.items()}
    security = ("authorizationType", "apiKeyRequired", "authorizationScopes")
    return {
        "api": imported.api,
        "resources": list(imported.resources),
        "methods": {key: method.members for key, method in methods.items()},
        "integrations": {key: method.members.get("methodIntegration") for key, method in methods.items()},
        "method_validators": {key: method.validator for key, method in methods.items()},
        "security": {
            key: {name: method.members[name] for name in security if name in method.members}
            | ({"authorizer": method.authorizer} if method.authorizer else {})
            for key, method in methods.items()
        },
        "models": {name: json.loads(schema_text(model, "abcdefghij")) for name, model in imported.models.items()},
        "validators": imported.validators,
        "gateway_responses": imported.gateway_responses,
        "authorizers": imported.authorizers,
        "parts": [[part.location, part.properties] for part in imported.parts],
        "warnings": [message.text for message in imported.warnings],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_read_as_aws_reads_it(name: str) -> None:
    case = load(name)

    imported = import_rest_document(case["document"], case.get("base_path", "ignore"))

    expected = {"warnings": [], **case["expected"]}
    described = describe(imported)
    assert {key: described[key] for key in expected} == expected
    assert imported.errors == []


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["errors"][0][:60])
def test_a_document_that_cannot_be_used_is_refused_in_words(case: dict[str, Any]) -> None:
    imported = import_rest_document(case["document"])

    assert [message.text for message in imported.errors] == case["errors"]


def test_a_reference_to_nowhere_is_a_warning() -> None:
    document = load("swagger_bodies")["document"]
    document["paths"]["/pets/{id}"]["put"]["responses"]["404"] = {"$ref": "#/responses/Nowhere"}

    imported = import_rest_document(document)

    where = "paths.'/pets/{id}'(put).responses.404.$ref"
    assert [message.text for message in imported.warnings] == [
        f"Parse issue: attribute {where} is missing: #/responses/Nowhere"
    ]


def test_an_unexpected_property_is_a_warning_of_the_parser() -> None:
    document = load("openapi_bodies")["document"]
    document["paths"]["/pets"]["post"]["consumes"] = ["text/plain"]

    imported = import_rest_document(document)

    assert [message.text for message in imported.warnings] == [
        "Parse issue: attribute paths.'/pets'(post).consumes is unexpected"
    ]


def test_a_circle_of_references_ends() -> None:
    document = load("openapi_bodies")["document"]
    document["components"]["requestBodies"]["Pet"] = {"$ref": "#/components/requestBodies/Pet"}

    imported = import_rest_document(document)

    assert "refers to itself" in imported.warnings[0].text


def test_equal_unnamed_schemas_are_one_model() -> None:
    document = load("openapi_bodies")["document"]
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    for path in ("/a", "/b"):
        body = {"content": {"application/json": {"schema": schema}}}
        document["paths"][path] = {"post": {"requestBody": body}}

    imported = import_rest_document(document)

    used = [imported.methods[path, "POST"].members["requestModels"]["application/json"] for path in ("/a", "/b")]
    assert used[0] == used[1]


# Documents that went wrong

DOCUMENTS = [load(name)["document"] for name in NAMES]


@settings(max_examples=300, deadline=None)
@given(document=damaged(DOCUMENTS))
def test_a_damaged_document_is_told_not_raised(document: dict[str, Any]) -> None:
    imported = import_rest_document(document)

    for message in (*imported.errors, *imported.warnings):
        assert message.text


@settings(max_examples=200, deadline=None)
@given(document=damaged(DOCUMENTS))
def test_damage_leaves_no_method_more_open_than_it_says(document: dict[str, Any]) -> None:
    imported = import_rest_document(document)

    if imported.errors:
        return
    told = " ".join(message.text for message in imported.warnings)
    for (path, verb), method in imported.methods.items():
        item = document["paths"].get(path)
        operation = item.get(verb.lower()) if isinstance(item, dict) else None
        if not isinstance(operation, dict) or "x-amazon-apigateway-auth" in operation:
            continue
        security = operation.get("security", document.get("security"))
        asked = [name for requirement in security or [] if isinstance(requirement, dict) for name in requirement]
        is_open = method.members["authorizationType"] == "NONE" and not method.members["apiKeyRequired"]
        assert not (asked and is_open) or f"'{verb}' for resource at path '{path}' is open" in told


@pytest.mark.parametrize(
    "security", [[{"guard": []}, {"iam": []}], [{"iam": []}, {"guard": []}], [{"iam": [], "guard": []}]]
)
def test_a_signature_takes_no_authorizer_s_place(security: list[dict[str, list[str]]]) -> None:
    """One would guard the method alone, whichever it is, and the document says that both do."""
    function = "arn:aws:lambda:us-east-1:000000000000:function:f"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    header = {"type": "apiKey", "name": "Authorization", "in": "header"}
    guard = {"type": "token", "authorizerUri": uri}
    document = {
        "swagger": "2.0",
        "info": {"title": "a", "version": "1"},
        "securityDefinitions": {
            "guard": {**header, "x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": guard},
            "iam": {**header, "x-amazon-apigateway-authtype": "awsSigv4"},
        },
        "paths": {"/a": {"get": {"security": security, "responses": {}}}},
    }
    errors = [message.text for message in import_rest_document(document).errors]
    assert errors == ["Unable to put method 'GET' for resource at path '/a': a method has one authorizer"]
