"""What CORS adds to a document of a REST API; whatever it adds imports as it is."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.control.openapi.cors_methods import ALLOW_HEADERS, CorsOptions, add_cors
from limen.control.openapi.import_rest import import_rest_document
from tests.control.openapi.rest_documents import documents
from tests.support.rest_apis import HTTP_PROXY, operation, swagger

ORIGIN = "Access-Control-Allow-Origin"


def preflight(document: dict[str, Any], path: str) -> dict[str, str]:
    """The headers that the OPTIONS method of a path answers."""
    integration = document["paths"][path]["options"]["x-amazon-apigateway-integration"]
    parameters: dict[str, str] = integration["responses"]["default"]["responseParameters"]
    return {name.removeprefix("method.response.header."): value for name, value in parameters.items()}


def test_a_resource_gets_the_options_method_of_the_guide() -> None:
    document = swagger({"/pets": ["GET", "POST"]})

    add_cors(document, CorsOptions())

    assert document["paths"]["/pets"]["options"] == {
        "summary": "CORS support",
        "tags": ["CORS"],
        "responses": {
            "200": {
                "description": "200 response",
                "headers": {
                    "Access-Control-Allow-Headers": {"type": "string"},
                    "Access-Control-Allow-Methods": {"type": "string"},
                    "Access-Control-Allow-Origin": {"type": "string"},
                },
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "passthroughBehavior": "when_no_match",
            "responses": {
                "default": {
                    "statusCode": "200",
                    "responseParameters": {
                        "method.response.header.Access-Control-Allow-Headers": f"'{ALLOW_HEADERS}'",
                        "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS,POST'",
                        "method.response.header.Access-Control-Allow-Origin": "'*'",
                    },
                }
            },
        },
    }


def test_a_resource_of_any_method_allows_all() -> None:
    document = swagger({"/pets": ["x-amazon-apigateway-any-method"]})

    add_cors(document, CorsOptions())

    assert preflight(document, "/pets")["Access-Control-Allow-Methods"] == "'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT'"


def test_each_option_becomes_its_header() -> None:
    document = swagger({"/pets": ["GET"]})

    options = CorsOptions("https://shop.example", "x-a", "GET", max_age=600, has_credentials=True)
    add_cors(document, options)

    assert preflight(document, "/pets") == {
        "Access-Control-Allow-Headers": "'x-a'",
        "Access-Control-Allow-Methods": "'GET'",
        "Access-Control-Max-Age": "'600'",
        "Access-Control-Allow-Origin": "'https://shop.example'",
        "Access-Control-Allow-Credentials": "'true'",
    }


def test_the_other_methods_send_the_origin_with_every_response() -> None:
    document = swagger({"/pets": ["GET"]}, responses={"Missing": {"description": "none"}})
    get = document["paths"]["/pets"]["get"]
    get["responses"]["404"] = {"$ref": "#/responses/Missing"}
    responses = get["x-amazon-apigateway-integration"]["responses"]
    responses |= {"404": {"statusCode": "404"}, "5\\d{2}": {"statusCode": 502}}

    add_cors(document, CorsOptions())

    mapped = {pattern: response["responseParameters"] for pattern, response in responses.items()}
    assert mapped == {key: {f"method.response.header.{ORIGIN}": "'*'"} for key in ("default", "404", "5\\d{2}")}
    assert get["responses"] == {
        "200": {"description": "200 response", "headers": {ORIGIN: {"type": "string"}}},
        "404": {"description": "none", "headers": {ORIGIN: {"type": "string"}}},
        "502": {"description": "502 response", "headers": {ORIGIN: {"type": "string"}}},
    }
    assert document["responses"] == {"Missing": {"description": "none"}}


def test_the_backend_of_a_proxy_must_send_the_header_itself() -> None:
    document = swagger({})
    document["paths"]["/pets"] = {"get": operation(**{"x-amazon-apigateway-integration": dict(HTTP_PROXY)})}

    notes = add_cors(document, CorsOptions())

    assert notes == [f"GET /pets passes what its backend answers: the backend must send {ORIGIN}"]
    assert document["paths"]["/pets"]["get"]["x-amazon-apigateway-integration"] == HTTP_PROXY
    assert "options" in document["paths"]["/pets"]


def test_an_options_method_of_the_owner_stays() -> None:
    document = swagger({"/pets": ["GET", "OPTIONS"]})
    before = json.dumps(document["paths"]["/pets"]["options"])

    notes = add_cors(document, CorsOptions())

    assert notes == ["OPTIONS /pets is there already: it is left as it is"]
    assert json.dumps(document["paths"]["/pets"]["options"]) == before


def test_a_second_run_makes_its_own_methods_again() -> None:
    document = swagger({"/pets": ["GET"]})
    add_cors(document, CorsOptions())

    notes = add_cors(document, CorsOptions("https://shop.example"))

    assert notes == []
    assert preflight(document, "/pets")[ORIGIN] == "'https://shop.example'"


def test_a_preflight_is_asked_without_credentials() -> None:
    document = swagger({"/pets": ["GET"]}, security=[{"key": []}])

    add_cors(document, CorsOptions())

    assert document["paths"]["/pets"]["options"]["security"] == []


def test_a_preflight_works_where_every_body_is_binary() -> None:
    document = swagger({"/pets": ["GET"]}, **{"x-amazon-apigateway-binary-media-types": ["*/*"]})

    add_cors(document, CorsOptions())

    integration = document["paths"]["/pets"]["options"]["x-amazon-apigateway-integration"]
    assert integration["contentHandling"] == "CONVERT_TO_TEXT"


def test_errors_of_the_gateway_get_the_header_where_asked() -> None:
    own = {"statusCode": 400, "responseParameters": {"gatewayresponse.header.X": "'1'"}}
    document = swagger({"/pets": ["GET"]}, **{"x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": own}})

    add_cors(document, CorsOptions(has_gateway_responses=True))

    added = {f"gatewayresponse.header.{ORIGIN}": "'*'"}
    assert document["x-amazon-apigateway-gateway-responses"] == {
        "DEFAULT_4XX": {"statusCode": 400, "responseParameters": {"gatewayresponse.header.X": "'1'", **added}},
        "DEFAULT_5XX": {"responseParameters": added},
    }


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (CorsOptions(has_credentials=True), "browsers refuse credentials from any origin"),
        (CorsOptions("https://it's.example"), "origin cannot hold a quote"),
        (CorsOptions(headers="a\r\nb"), "headers cannot hold"),
        (CorsOptions(methods="'"), "methods cannot hold"),
    ],
)
def test_what_browsers_would_not_take_is_a_problem(options: CorsOptions, problem: str) -> None:
    assert problem in str(options.problem())


@settings(max_examples=50, deadline=None)
@given(document=documents(), has_gateway_responses=st.booleans())
def test_what_is_added_imports(document: dict[str, Any], has_gateway_responses: bool) -> None:
    document = json.loads(json.dumps(document))  # without what its parts share
    before = import_rest_document(document)

    add_cors(document, CorsOptions(has_gateway_responses=has_gateway_responses))

    after = import_rest_document(document)
    paths = {path for path, verb in before.methods if verb != "OPTIONS"}
    assert after.errors == []
    assert after.methods.keys() == before.methods.keys() | {(path, "OPTIONS") for path in paths}
