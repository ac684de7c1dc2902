"""GetExport, and that what it gives imports as the same API."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from limen.aws.errors import AwsError
from limen.control.openapi.read import read_source
from limen.control.openapi.rest_operations import get_export, import_rest_api, put_rest_api_document
from limen.control.v1.deployments import create_deployment
from limen.control.v1.documentation_versions import create_documentation_version
from limen.control.v1.models import create_model
from limen.control.v1.rest_apis import create_rest_api
from tests.control.openapi.described_rest import describe_parts, describe_rest
from tests.control.openapi.rest_documents import documents
from tests.support.control import Control
from tests.support.rest_apis import body, operation, swagger

ALL = {"extensions": "apigateway"}
FORMATS = ("swagger", "oas30")


def deployed(control: Control, document: dict[str, Any]) -> dict[str, Any]:
    api = control(import_rest_api, body=body(document))
    control(create_deployment, restapi_id=api["id"], stageName="local")
    return api


def answer(control: Control, api: dict[str, Any], kind: str, **members: Any) -> dict[str, Any]:
    return control(get_export, **{"restapi_id": api["id"], "stage_name": "local", "export_type": kind, **members})


def export(control: Control, api: dict[str, Any], kind: str, **parameters: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer(control, api, kind, parameters=parameters)["body"])
    return document


def test_swagger_has_the_shape_of_aws(control: Control) -> None:
    api = deployed(control, swagger({"/": ["GET"]}))

    exported = export(control, api, "swagger", **ALL)

    assert json.dumps(exported, indent=1) == json.dumps(
        {
            "swagger": "2.0",
            "info": {"version": "1.0", "title": "pets"},
            "host": f"{api['id']}.execute-api.us-east-1.localhost:8443",
            "basePath": "/local",
            "schemes": ["https"],
            "paths": {
                "/": {
                    "get": {
                        "produces": ["application/json"],
                        "responses": {"200": {"description": "200 response"}},
                        "x-amazon-apigateway-integration": {
                            "responses": {"default": {"statusCode": "200"}},
                            "requestTemplates": {"application/json": '{"statusCode": 200}'},
                            "passthroughBehavior": "when_no_match",
                            "type": "mock",
                        },
                    }
                }
            },
        },
        indent=1,
    )


def test_openapi_has_the_shape_of_aws(control: Control) -> None:
    api = deployed(control, swagger({"/": ["GET"]}))

    assert export(control, api, "oas30") == {
        "openapi": "3.0.1",
        "info": {"version": "1.0", "title": "pets"},
        "servers": [
            {
                "url": f"https://{api['id']}.execute-api.us-east-1.localhost:8443/{{basePath}}",
                "variables": {"basePath": {"default": "local"}},
            }
        ],
        "paths": {"/": {"get": {"responses": {"200": {"description": "200 response", "content": {}}}}}},
        "components": {},
    }


def test_headers_name_the_file(control: Control) -> None:
    answered = answer(control, deployed(control, swagger({"/": ["GET"]})), "swagger")

    assert answered["Content-Type"] == "application/octet-stream"
    assert answered["Content-Disposition"] == 'attachment; filename="swagger_1.0.json"'


def test_yaml_holds_the_same_as_json(control: Control) -> None:
    api = deployed(control, swagger({"/": ["GET"]}))

    answered = answer(control, api, "oas30", Accept="application/yaml", parameters=ALL)

    assert yaml.safe_load(answered["body"]) == export(control, api, "oas30", **ALL)
    assert answered["Content-Disposition"] == 'attachment; filename="oas30_1.0.yaml"'


def test_a_stage_is_exported_as_it_was_deployed(control: Control) -> None:
    api = deployed(control, swagger({"/a": ["GET"]}))
    control(put_rest_api_document, restapi_id=api["id"], body=body(swagger({"/b": ["GET"]})))

    assert list(export(control, api, "swagger")["paths"]) == ["/a"]


def test_models_that_nothing_refers_to_stay(control: Control) -> None:
    api = control(create_rest_api, name="pets")
    control(put_rest_api_document, restapi_id=api["id"], body=body(swagger({"/": ["GET"]})))
    control(create_deployment, restapi_id=api["id"], stageName="local")

    assert export(control, api, "oas30")["components"] == {}


def test_bodies_that_are_not_json_cannot_be_exported(control: Control) -> None:
    pet = {"name": "pet", "in": "body", "schema": {"type": "object"}}
    document = swagger({})
    document["paths"]["/a"] = {"post": operation(consumes=["text/xml"], parameters=[pet])}
    api = deployed(control, document)

    with pytest.raises(AwsError) as refused:
        export(control, api, "swagger")

    assert refused.value.message.startswith("Only found non-JSON body models for")


SECURED = {
    "security": [{"sigv4": []}],
    "securityDefinitions": {
        "sigv4": {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            "x-amazon-apigateway-authtype": "awsSigv4",
        }
    },
}


def test_postman_learns_how_to_sign(control: Control) -> None:
    api = deployed(control, swagger({"/": ["GET"]}, **SECURED))

    operation_ = export(control, api, "swagger", extensions="postman")["paths"]["/"]["get"]

    assert operation_["x-postman-meta"] == {
        "currentHelper": "awsSigV4",
        "helperAttributes": {
            "id": "awsSigV4",
            "service": "execute-api",
            "region": "us-east-1",
            "saveToRequest": True,
        },
    }
    assert "x-amazon-apigateway-integration" not in operation_


def test_a_variable_of_the_path_is_told_even_if_the_method_does_not_name_it(control: Control) -> None:
    api = deployed(control, swagger({"/{proxy+}": ["GET"]}))

    [parameter] = export(control, api, "oas30")["paths"]["/{proxy+}"]["get"]["parameters"]

    assert parameter == {"name": "proxy", "in": "path", "required": True, "schema": {"type": "string"}}


REFUSED = {
    "stage": ({"stage_name": "other"}, "NotFoundException"),
    "type": ({"export_type": "raml"}, "BadRequestException"),
    "accept": ({"Accept": "text/html"}, "BadRequestException"),
    "extensions": ({"parameters": {"extensions": "terraform"}}, "BadRequestException"),
    "api": ({"restapi_id": "abcdefghij"}, "NotFoundException"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_export_that_cannot_be_made_is_refused(control: Control, name: str) -> None:
    members, code = REFUSED[name]
    api = deployed(control, swagger({"/": ["GET"]}))

    with pytest.raises(AwsError) as refused:
        answer(control, api, **{"kind": "swagger", **members})  # type: ignore[arg-type]

    assert refused.value.code == code


# Documentation


def documented(control: Control) -> dict[str, Any]:
    document = swagger({"/pets/{id}": ["GET"], "/": ["GET"]}, definitions={"Pet": {"type": "object"}})
    get = document["paths"]["/pets/{id}"]["get"]
    get["parameters"] = [{"name": "id", "in": "path", "required": True, "type": "string"}]
    get["responses"]["200"] |= {"headers": {"X": {"type": "string"}}, "schema": {"$ref": "#/definitions/Pet"}}
    document["x-amazon-apigateway-documentation"] = {
        "documentationParts": [
            {"location": {"type": kind, **place}, "properties": properties} for kind, place, properties in PARTS
        ]
    }
    api = deployed(control, document)
    control(create_documentation_version, restapi_id=api["id"], documentationVersion="7", stageName="local")
    return api


PET = {"path": "/pets/{id}", "method": "GET"}
PARTS: list[tuple[str, dict[str, str], dict[str, Any]]] = [
    ("API", {}, {"info": {"description": "Sells pets"}, "x-a": 1, "unknown": 2}),
    ("METHOD", {}, {"description": "Any method", "tags": ["all"]}),
    ("METHOD", PET, {"description": "One pet", "x-example": True}),
    ("PATH_PARAMETER", {**PET, "name": "id"}, {"description": "Its number"}),
    ("RESPONSE", {"statusCode": "200"}, {"description": "Here it is"}),
    ("RESPONSE_HEADER", {**PET, "name": "X"}, {"description": "A header"}),
    ("MODEL", {"name": "Pet"}, {"title": "A pet"}),
    ("RESOURCE", {"path": "/pets/{id}"}, {"description": "not of OpenAPI's path items", "x-b": 2}),
]


@pytest.mark.parametrize("kind", FORMATS)
def test_documentation_is_put_where_it_belongs(control: Control, kind: str) -> None:
    exported = export(control, documented(control), kind)

    item = exported["paths"]["/pets/{id}"]
    get = item["get"]
    assert exported["info"]["description"] == "Sells pets"
    assert (exported["x-a"], "unknown" in exported) == (1, False)
    assert (get["description"], get["tags"], get["x-example"]) == ("One pet", ["all"], True)
    assert exported["paths"]["/"]["get"]["description"] == "Any method"
    assert get["parameters"][0]["description"] == "Its number"
    assert get["responses"]["200"]["description"] == "Here it is"
    assert get["responses"]["200"]["headers"]["X"]["description"] == "A header"
    schemas = exported["definitions"] if kind == "swagger" else exported["components"]["schemas"]
    assert schemas["Pet"]["title"] == "A pet"
    assert ("description" in item, item["x-b"]) == (False, 2)
    assert exported["x-amazon-apigateway-documentation"]["version"] == "7"
    validate(exported)


@pytest.mark.parametrize("kind", FORMATS)
def test_documentation_imports_as_the_same_parts(control: Control, kind: str) -> None:
    api = documented(control)
    exported = export(control, api, kind, extensions="integrations,documentation")

    copy = control(import_rest_api, body=body(exported))

    before, after = describe_parts(control, api), describe_parts(control, copy)
    assert {place: after[place] for place in before} == before


def test_documentation_is_that_of_the_version(control: Control) -> None:
    api = documented(control)
    document = swagger({"/": ["GET"]})
    document["paths"]["/"]["get"]["description"] = "later"
    control(put_rest_api_document, restapi_id=api["id"], body=body(document))

    assert export(control, api, "swagger")["paths"]["/"]["get"]["description"] == "Any method"


def test_a_model_keeps_to_openapi(control: Control) -> None:
    api = control(create_rest_api, name="pets")
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}
    control(create_model, restapi_id=api["id"], name="Pet", contentType="application/json", schema=json.dumps(schema))
    document = swagger({"/": ["GET"]})
    reference = f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/Pet"
    document["paths"]["/"]["get"]["responses"]["200"]["schema"] = {"$ref": reference}
    control(put_rest_api_document, restapi_id=api["id"], body=body(document))
    control(create_deployment, restapi_id=api["id"], stageName="local")

    assert export(control, api, "swagger")["definitions"] == {"Pet": {"type": "object"}}


def test_gateway_responses_have_the_shape_of_aws(control: Control) -> None:
    name, cors = "x-amazon-apigateway-gateway-responses", {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    given = {
        "DEFAULT_4XX": {"responseParameters": cors},
        "DEFAULT_5XX": {"responseTemplates": {"application/json": "{}"}},
        "THROTTLED": {"statusCode": "503", "responseParameters": cors},
    }
    api = deployed(control, swagger({"/": ["GET"]}, **{name: given}))

    usual = {"application/json": '{"message":$context.error.messageString}'}
    assert export(control, api, "swagger", **ALL)[name] == {
        **given,
        "THROTTLED": {"statusCode": 503, "responseParameters": cors, "responseTemplates": usual},
    }


# Documents as people and tools write them


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents(), accept=st.sampled_from(["application/json", "application/yaml"]))
def test_an_export_imports_as_the_same_api(control: Control, document: dict[str, Any], accept: str) -> None:
    api = deployed(control, document)
    assert api.get("warnings", []) == []

    text = answer(control, api, "oas30", parameters=ALL, Accept=accept)["body"]
    copy = control(import_rest_api, body=text)

    assert describe_rest(control, copy) == describe_rest(control, api)
    assert copy.get("warnings", []) == []
    validate(read_source(text).document)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents())
def test_both_formats_say_the_same(control: Control, document: dict[str, Any]) -> None:
    del document["paths"]["/models"]  # Swagger has one schema for all media types of a response
    document["paths"]["/pet"] = {"get": operation()}
    api = deployed(control, document)

    copies = []
    for kind in FORMATS:
        exported = export(control, api, kind, **ALL)
        validate(exported)
        copies.append(describe_rest(control, control(import_rest_api, body=body(exported))))

    assert copies[0] == copies[1]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=documents(), after=documents())
def test_overwriting_makes_what_an_import_would(
    control: Control, before: dict[str, Any], after: dict[str, Any]
) -> None:
    api = control(import_rest_api, body=body(before))

    changed = control(put_rest_api_document, restapi_id=api["id"], mode="overwrite", body=body(after))

    assert describe_rest(control, changed) == describe_rest(control, control(import_rest_api, body=body(after)))
