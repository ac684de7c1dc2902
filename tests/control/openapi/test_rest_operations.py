"""ImportRestApi and PutRestApi."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from limen.aws.errors import AwsError
from limen.control.openapi.cors_methods import CorsOptions, add_cors
from limen.control.openapi.read import read_source
from limen.control.openapi.rest_operations import import_rest_api, put_rest_api_document
from limen.control.v1.documentation_parts import create_documentation_part
from limen.control.v1.methods import update_method
from limen.control.v1.rest_apis import create_rest_api, get_rest_api
from tests.control.openapi.described_rest import describe_parts, describe_rest
from tests.control.openapi.rest_documents import damaged
from tests.support.control import Control
from tests.support.rest_apis import HTTP_PROXY, body, operation, swagger

VALIDATORS = {"all": {"validateRequestBody": True, "validateRequestParameters": True}}
PET = {"type": "object", "properties": {"name": {"type": "string"}}}


def put(control: Control, api: dict[str, Any], document: dict[str, Any], **members: Any) -> dict[str, Any]:
    return control(put_rest_api_document, restapi_id=api["id"], body=body(document), **members)


def ids(control: Control, noun: str, api: dict[str, Any], name: str) -> dict[str, str]:
    return {item[name]: item["id"] for item in control.documents(noun, api["id"])}


def test_an_import_answers_as_aws_does(control: Control) -> None:
    api = control(import_rest_api, body=body(swagger({"/pets": ["GET"]})))

    assert {name: api[name] for name in api if name not in ("id", "createdDate", "rootResourceId")} == {
        "name": "pets",
        "version": "1.0",
        "apiKeySource": "HEADER",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        "disableExecuteApiEndpoint": False,
        "securityPolicy": "TLS_1_0",
        "apiStatus": "AVAILABLE",
    }


def test_an_imported_api_has_no_default_models(control: Control) -> None:
    api = control(import_rest_api, body=body(swagger({"/pets": ["GET"]})))

    assert control.documents("Model", api["id"]) == []


def test_the_query_string_gives_endpoint_and_base_path(control: Control) -> None:
    parameters = {"endpointConfigurationTypes": "PRIVATE", "vpcEndpointIds": "vpce-1,vpce-2", "basepath": "prepend"}
    api = control(import_rest_api, body=body(swagger({"/pets": ["GET"]}, basePath="/shop")), parameters=parameters)

    assert api["endpointConfiguration"]["types"] == ["PRIVATE"]
    assert api["endpointConfiguration"]["vpcEndpointIds"] == ["vpce-1", "vpce-2"]
    assert list(describe_rest(control, api)["methods"]) == ["GET /shop/pets"]


def test_yaml_and_variables_of_aws_are_read(control: Control) -> None:
    text = "swagger: '2.0'\ninfo: {title: '${AWS::Region}-${AWS::AccountId}'}\npaths: {}"

    assert control(import_rest_api, body=text.encode())["name"] == "us-east-1-123456789012"


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1', "a: [", "\x00"])
def test_what_is_no_document_is_refused(control: Control, text: str) -> None:
    with pytest.raises(AwsError) as refused:
        control(import_rest_api, body=text.encode())

    assert refused.value.code == "BadRequestException"
    assert refused.value.message == "Invalid OpenAPI input."


def test_errors_and_warnings_are_told_together_and_nothing_is_made(control: Control) -> None:
    document = swagger({"/a": ["GET"]}, security=[{"nobody": []}])
    document["paths"]["/a"]["get"]["x-amazon-apigateway-integration"] = {**HTTP_PROXY, "uri": "nowhere"}

    with pytest.raises(AwsError) as refused:
        control(import_rest_api, body=body(document))

    assert refused.value.message == (
        "Errors found during import:\n\t"
        "Unable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI\n"
        "Additionally, these warnings were found:\n\t"
        "Method 'GET' for resource at path '/a' is open: security scheme 'nobody' is not defined"
    )
    with control.store.reader() as reader:
        assert list(reader.all("RestApi")) == []


def test_warnings_fail_the_import_where_asked(control: Control) -> None:
    document = swagger({"/a": ["GET"]}, security=[{"nobody": []}])
    assert len(control(import_rest_api, body=body(document))["warnings"]) == 1

    with pytest.raises(AwsError) as refused:
        control(import_rest_api, body=body(document), failonwarnings=True)

    assert refused.value.message.startswith("Warnings found during import:\n\tMethod 'GET'")


REFUSED_PARTS = {
    "method": (
        {"parameters": [{"name": "a b", "in": "query", "type": "string"}]},
        "Unable to put method 'GET' on resource at path '/a': Invalid mapping expression specified",
    ),
    "response": (
        {
            "x-amazon-apigateway-integration": {
                **HTTP_PROXY,
                "type": "http",
                "responses": {
                    "default": {"statusCode": "200", "responseParameters": {"method.response.header.X": "y"}}
                },
            }
        },
        "Unable to put integration response on 'GET' for resource at path '/a': Invalid mapping expression specified",
    ),
}


@pytest.mark.parametrize("name", REFUSED_PARTS)
def test_an_error_names_the_part_of_the_method(control: Control, name: str) -> None:
    members, message = REFUSED_PARTS[name]
    document = swagger({})
    document["paths"]["/a"] = {"get": operation(**members)}

    with pytest.raises(AwsError) as refused:
        control(import_rest_api, body=body(document))

    assert message in refused.value.message


def test_a_resource_that_cannot_be_is_told_once(control: Control) -> None:
    with pytest.raises(AwsError) as refused:
        control(import_rest_api, body=body(swagger({"/{a+}/b": ["GET", "PUT"]})))

    assert refused.value.message == (
        "Errors found during import:\n\tUnable to create resource at path '/{a+}/b': "
        "Cannot create a child of a resource with a greedy path variable: {a+}"
    )


# PutRestApi


def test_merging_keeps_what_the_document_does_not_name(control: Control) -> None:
    first = swagger(
        {"/a": ["GET", "POST"]},
        definitions={"Pet": PET},
        **{"x-amazon-apigateway-request-validators": VALIDATORS, "x-amazon-apigateway-binary-media-types": ["a/b"]},
    )
    first["info"]["description"] = "kept"
    api = control(import_rest_api, body=body(first))

    second = swagger({"/b": ["GET"]}, **{"x-amazon-apigateway-binary-media-types": ["c/d"]})
    second["info"] = {"title": "renamed", "version": "2"}
    second["paths"]["/a"] = {"get": operation(responses={"400": {"description": "bad"}})}
    merged = put(control, api, second)

    described = describe_rest(control, merged)
    assert described["api"] == {
        "name": "renamed",
        "version": "2",
        "description": "kept",
        "apiKeySource": "HEADER",
        "binaryMediaTypes": ["a/b", "c/d"],
        "disableExecuteApiEndpoint": False,
    }
    assert sorted(described["methods"]) == ["GET /a", "GET /b", "POST /a"]
    assert list(described["methods"]["GET /a"]["methodResponses"]) == ["400"]
    assert list(described["methods"]["POST /a"]["methodResponses"]) == ["200"]
    assert list(described["models"]) == ["Pet"]
    assert list(described["validators"]) == ["all"]


def test_overwriting_makes_what_an_import_would(control: Control) -> None:
    first = swagger(
        {"/a/b": ["GET"], "/c": ["PUT"]},
        definitions={"Pet": PET},
        **{
            "x-amazon-apigateway-request-validators": VALIDATORS,
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_5XX": {"statusCode": 503}},
            "x-amazon-apigateway-binary-media-types": ["a/b"],
            "x-amazon-apigateway-minimum-compression-size": 10,
        },
    )
    first["info"]["description"] = "gone"
    api = control(import_rest_api, body=body(first))
    second = swagger({"/c": ["GET"]})

    overwritten = put(control, api, second, mode="overwrite")

    fresh = describe_rest(control, control(import_rest_api, body=body(second)))
    assert describe_rest(control, overwritten) == fresh
    assert describe_parts(control, overwritten) == {}


def test_overwriting_keeps_endpoint_tags_and_stages(control: Control) -> None:
    api = control(create_rest_api, name="made", tags={"team": "a"}, endpointConfiguration={"types": ["REGIONAL"]})

    changed = put(control, api, swagger({"/a": ["GET"]}), mode="overwrite")

    assert changed["tags"] == {"team": "a"}
    assert changed["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert changed["rootResourceId"] == api["rootResourceId"]
    assert control.documents("Model", api["id"]) == []


@pytest.mark.parametrize("mode", ["merge", "overwrite"])
def test_the_same_document_writes_nothing(control: Control, mode: str) -> None:
    document = swagger(
        {"/a/{id}": ["GET"]},
        definitions={"Pet": PET},
        **{
            "x-amazon-apigateway-request-validators": VALIDATORS,
            "x-amazon-apigateway-request-validator": "all",
            "x-amazon-apigateway-gateway-responses": {"DEFAULT_5XX": {"statusCode": 503}},
        },
    )
    document["paths"]["/a/{id}"]["get"]["summary"] = "documented"
    document["info"]["description"] = "documented"
    api = control(import_rest_api, body=body(document))
    with control.store.reader() as reader:
        before = reader.revision

    put(control, api, document, mode=mode)

    with control.store.reader() as reader:
        assert reader.revision == before


def test_resources_keep_their_ids(control: Control) -> None:
    api = control(import_rest_api, body=body(swagger({"/a/b": ["GET"]}, definitions={"Pet": PET})))
    before = ids(control, "Resource", api, "path")

    put(control, api, swagger({"/a/b": ["PUT"], "/a/c": ["GET"]}), mode="overwrite")

    after = ids(control, "Resource", api, "path")
    assert {path: after[path] for path in before} == before


def test_a_method_changed_by_hand_is_put_back(control: Control) -> None:
    document = swagger({"/a": ["GET"]})
    api = control(import_rest_api, body=body(document))
    before = describe_rest(control, api)
    path = {"restapi_id": api["id"], "resource_id": ids(control, "Resource", api, "path")["/a"], "http_method": "GET"}
    control(update_method, **path, patchOperations=[{"op": "replace", "path": "/operationName", "value": "mine"}])

    put(control, api, document)

    assert describe_rest(control, api) == before


def test_documentation_can_be_left_out(control: Control) -> None:
    document = swagger({"/a": ["GET"]})
    document["paths"]["/a"]["get"]["summary"] = "One"

    kept = control(import_rest_api, body=body(document))
    ignored = control(import_rest_api, body=body(document), parameters={"ignore": "documentation"})

    assert describe_parts(control, kept) == {("METHOD", "/a", "GET", "", ""): {"summary": "One"}}
    assert describe_parts(control, ignored) == {}


def test_imported_parts_have_their_places(control: Control) -> None:
    """What was imported is found by its place: it is in the way of another, and one that goes is not."""
    parts = {"documentationParts": [{"location": {"type": "METHOD", "path": "/"}, "properties": {"summary": "a"}}]}
    document = swagger({"/": ["GET"]})
    api = control(import_rest_api, body=body(document | {"x-amazon-apigateway-documentation": parts}))
    part = {"restapi_id": api["id"], "location": {"type": "METHOD"}, "properties": "{}"}

    with pytest.raises(AwsError, match="Documentation part already exists for the specified location"):
        control(create_documentation_part, **part)
    put(control, api, document, mode="overwrite")
    control(create_documentation_part, **part)


def test_documentation_that_is_no_object_is_left_out(control: Control) -> None:
    parts = {"documentationParts": [{"location": {"type": "API"}, "properties": "plain words"}]}
    document = swagger({"/": ["GET"]}) | {"x-amazon-apigateway-documentation": parts}

    api = control(import_rest_api, body=body(document))

    where = "x-amazon-apigateway-documentation.documentationParts.0.properties"
    assert api["warnings"] == [f"attribute {where} is not of type `object`"]
    assert describe_parts(control, api) == {}


def test_a_failed_put_changes_nothing(control: Control) -> None:
    api = control(import_rest_api, body=body(swagger({"/a": ["GET"]})))

    with pytest.raises(AwsError):
        put(control, api, swagger({"/a b": ["GET"]}), mode="overwrite")

    assert control(get_rest_api, restapi_id=api["id"])["name"] == "pets"
    assert list(describe_rest(control, api)["methods"]) == ["GET /a"]


def test_an_unknown_api_is_not_found(control: Control) -> None:
    with pytest.raises(AwsError) as refused:
        put(control, {"id": "abcdefghij"}, swagger({}))

    assert refused.value.code == "NotFoundException"


def test_models_refer_to_each_other_in_their_own_api(control: Control) -> None:
    pets = {"type": "array", "items": {"$ref": "#/definitions/Pet"}}
    api = control(import_rest_api, body=body(swagger({}, definitions={"Pets": pets, "Pet": PET})))

    schemas = {model["name"]: json.loads(model["schema"]) for model in control.documents("Model", api["id"])}
    assert schemas["Pets"]["items"] == {"$ref": f"https://apigateway.amazonaws.com/restapis/{api['id']}/models/Pet"}


# Documents that went wrong

CASES = Path(__file__).parents[2] / "cases" / "openapi_rest"
DOCUMENTS = [
    read_source(yaml.safe_load(path.read_text())["document"]).document
    for path in sorted(CASES.glob("*.yaml"))
    if path.stem != "refused"
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=damaged(DOCUMENTS))
def test_a_damaged_document_is_imported_or_refused(control: Control, document: dict[str, Any]) -> None:
    try:
        api = control(import_rest_api, body=body(document))
    except AwsError as refused:
        assert refused.code == "BadRequestException"
        return
    put(control, api, document, mode="overwrite")
    options = CorsOptions(has_gateway_responses=True)
    add_cors(document, options)
    put(control, api, document)
