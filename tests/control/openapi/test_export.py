"""ExportApi, and that what it gives imports as the same API."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.openapi.operations import export_api, import_api, reimport_api
from limen.control.v2.stages import create_stage
from tests.control.openapi.described import describe
from tests.support.apis import openapi
from tests.support.control import Control

ALL: dict[str, Any] = {"specification": "OAS30", "outputType": "JSON"}


def export(control: Control, api: dict[str, Any], **members: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(control(export_api, apiId=api["apiId"], **(ALL | members))["body"])
    return document


def test_an_export_has_the_shape_of_aws(control: Control) -> None:
    document = openapi({"/orders/{id}": "https://backend.example/{id}"})
    document["x-amazon-apigateway-cors"] = {"maxAge": 300, "allowOrigins": ["*"]}
    document["tags"] = [{"name": "Owner", "x-amazon-apigateway-tag-value": "Admin"}, {"name": "Prod"}]
    api = control(import_api, body=json.dumps(document))

    exported = export(control, api)

    assert json.dumps(exported, indent=1) == json.dumps(
        {
            "openapi": "3.0.1",
            "info": {"title": "orders", "version": "1.0"},
            "servers": [{"url": f"{api['apiEndpoint']}/{{basePath}}", "variables": {"basePath": {"default": ""}}}],
            "tags": [{"name": "Owner", "x-amazon-apigateway-tag-value": "Admin"}, {"name": "Prod"}],
            "paths": {
                "/orders/{id}": {
                    "get": {
                        "responses": {"default": {"description": "Default response for GET /orders/{id}"}},
                        "x-amazon-apigateway-integration": {
                            "payloadFormatVersion": "1.0",
                            "type": "http_proxy",
                            "httpMethod": "GET",
                            "uri": "https://backend.example/{id}",
                            "connectionType": "INTERNET",
                            "timeoutInMillis": 30000,
                        },
                    },
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "description": "Generated path parameter for id",
                            "required": True,
                            "schema": {"type": "string"},
                        }
                    ],
                }
            },
            "x-amazon-apigateway-cors": {"maxAge": 300, "allowOrigins": ["*"]},
            "x-amazon-apigateway-importexport-version": "1.0",
        },
        indent=1,
    )


def test_an_export_without_extensions_has_none(control: Control) -> None:
    document = openapi({"/a": "https://a.example"}, tags=[{"name": "Owner", "x-amazon-apigateway-tag-value": "Me"}])
    document["x-amazon-apigateway-cors"] = {"allowOrigins": ["*"]}
    api = control(import_api, body=json.dumps(document))

    exported = export(control, api, includeExtensions=False)

    assert "x-amazon" not in json.dumps(exported)
    assert list(exported["paths"]) == ["/a"]


def test_yaml_holds_the_same_as_json(control: Control) -> None:
    api = control(import_api, body=json.dumps(openapi({"/a": "https://a.example"})))

    text = control(export_api, apiId=api["apiId"], **(ALL | {"outputType": "YAML"}))["body"]

    assert text.startswith(b"---\n")
    assert yaml.safe_load(text) == export(control, api)


def test_a_stage_is_exported_as_it_was_deployed(control: Control) -> None:
    api = control(import_api, body=json.dumps(openapi({"/a": "https://a.example"})))
    control(create_stage, apiId=api["apiId"], stageName="prod", autoDeploy=True)
    with control.call() as call:  # a change that prod does not get
        stage = call.documents.get("Stage", api["apiId"], "prod")
        assert stage is not None
        call.documents.put("Stage", api["apiId"], "prod", stage | {"autoDeploy": False})
    control(
        reimport_api, apiId=api["apiId"], body=json.dumps(openapi({"/b": "https://b.example"}, tags=[{"name": "x"}]))
    )

    deployed, latest = export(control, api, stageName="prod"), export(control, api)

    assert list(deployed["paths"]) == ["/a"]
    assert "tags" not in deployed
    assert deployed["servers"][0]["variables"] == {"basePath": {"default": "prod"}}
    assert list(latest["paths"]) == ["/b"]


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"exportVersion": "2.0"}, "BadRequestException", "The only supported version is 1.0"),
        ({"stageName": "dev"}, "NotFoundException", "Invalid stage identifier specified"),
        ({"stageName": "idle"}, "BadRequestException", "has no deployment"),
    ],
)
def test_an_export_that_cannot_be_made_is_refused(
    control: Control, members: dict[str, str], code: str, message: str
) -> None:
    api = control(import_api, body=json.dumps(openapi({"/a": "https://a.example"})))
    control(create_stage, apiId=api["apiId"], stageName="idle")

    with pytest.raises(AwsError) as refused:
        export(control, api, **members)

    assert refused.value.code == code
    assert message in refused.value.message


def test_an_unknown_api_is_not_found(control: Control) -> None:
    with pytest.raises(AwsError) as refused:
        export(control, {"apiId": "abcdefghij"})

    assert refused.value.code == "NotFoundException"


# Documents as people and tools write them

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85\xa0\xad"), max_size=30
)
TAG_VALUES = st.from_regex(r"[A-Za-z0-9_ .:/=+@-]{0,20}", fullmatch=True)
APPENDED = NAMES.map(lambda name: f"append:header.x-{name}")
SEGMENTS = st.sampled_from(["orders", "v1", "{id}", "{name}", "a-b", "1.0", "on"])
PATHS = st.lists(SEGMENTS, max_size=3, unique=True).map(lambda parts: "/" + "/".join(parts))
INTEGRATIONS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["http_proxy", "HTTP_PROXY"]),
        "httpMethod": st.sampled_from(["ANY", "GET", "POST"]),
        "uri": NAMES.map(lambda name: f"https://{name}.example/${{stageVariables.{name.replace('-', '_')}}}"),
    },
    optional={
        "payloadFormatVersion": st.sampled_from(["1.0", 1.0]),
        "timeoutInMillis": st.integers(50, 30000),
        "requestParameters": st.dictionaries(
            NAMES.map(lambda n: f"append:header.x-{n}"), NAMES, min_size=1, max_size=3
        ),
        "responseParameters": st.dictionaries(
            st.sampled_from(["200", "404", "500"]),
            st.dictionaries(APPENDED, NAMES, min_size=1, max_size=2),
            min_size=1,
        ),
    },
)
SHARED = ["one", "two"]
SCHEMES = ["tokens", "function"]
OPERATIONS = st.fixed_dictionaries(
    {
        "x-amazon-apigateway-integration": INTEGRATIONS
        | st.sampled_from(SHARED).map(lambda n: {"$ref": f"#/components/x-amazon-apigateway-integrations/{n}"})
    },
    optional={
        "operationId": NAMES,
        "security": st.sampled_from([[], [{"tokens": ["read", "write"]}], [{"tokens": []}], [{"function": []}]]),
        "x-amazon-apigateway-auth": st.sampled_from([{"type": "AWS_IAM"}, {"type": "NONE"}]),
    },
)
METHODS = st.sampled_from(["get", "post", "delete", "x-amazon-apigateway-any-method"])
CORS = st.fixed_dictionaries(
    {"allowOrigins": st.just(["https://www.example.com"])},
    optional={
        "maxAge": st.integers(-1, 86400),
        "allowCredentials": st.booleans(),
        "allowHeaders": st.lists(NAMES, min_size=1),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    document: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"title": draw(NAMES), "version": draw(st.sampled_from(["1.0", "1.10", "yes", "2020-01-01", "1e3"]))},
        "paths": draw(st.dictionaries(PATHS, st.dictionaries(METHODS, OPERATIONS, max_size=3), max_size=4)),
        "components": {
            "x-amazon-apigateway-integrations": {name: draw(INTEGRATIONS) for name in SHARED},
            "securitySchemes": {"tokens": TOKENS, "function": draw(FUNCTIONS)},
        },
    }
    if draw(st.booleans()):
        document["paths"]["/$default"] = {"x-amazon-apigateway-any-method": draw(OPERATIONS)}
    if draw(st.booleans()):
        document["info"]["description"] = draw(TEXTS)
    if draw(st.booleans()):
        document["x-amazon-apigateway-cors"] = draw(CORS)
    tags = draw(st.dictionaries(NAMES, TAG_VALUES, max_size=3))
    document["tags"] = [{"name": name, "x-amazon-apigateway-tag-value": value} for name, value in tags.items()]
    if draw(st.booleans()):
        off = {"disableExecuteApiEndpoint": True}
        document["servers"] = [{"url": "/", "x-amazon-apigateway-endpoint-configuration": off}]
    return document


TOKENS = {
    "type": "oauth2",
    "x-amazon-apigateway-authorizer": {
        "type": "jwt",
        "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["one", "two"]},
        "identitySource": "$request.header.Authorization",
    },
}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:check"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
FUNCTIONS = st.fixed_dictionaries(
    {
        "type": st.just("request"),
        "authorizerUri": st.just(INVOCATION),
        "authorizerPayloadFormatVersion": st.just("2.0"),
        "identitySource": st.sampled_from(["$request.header.Auth", "$request.querystring.a, $context.routeKey"]),
    },
    optional={"authorizerResultTtlInSeconds": st.integers(0, 3600), "enableSimpleResponses": st.booleans()},
).map(lambda extension: {"type": "apiKey", "name": "Auth", "in": "header", "x-amazon-apigateway-authorizer": extension})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents(), output_type=st.sampled_from(["JSON", "YAML"]))
def test_an_export_imports_as_the_same_api(control: Control, document: dict[str, Any], output_type: str) -> None:
    api = control(import_api, body=yaml.safe_dump(document))
    assert api.get("warnings", []) == []

    text = control(export_api, apiId=api["apiId"], **(ALL | {"outputType": output_type}))["body"].decode()
    copy = control(import_api, body=text)

    assert describe(control, copy) == describe(control, api)
    assert copy.get("warnings", []) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=documents(), after=documents())
def test_a_reimport_makes_what_an_import_would(control: Control, before: dict[str, Any], after: dict[str, Any]) -> None:
    api = control(import_api, body=yaml.safe_dump(before))

    changed = control(reimport_api, apiId=api["apiId"], body=yaml.safe_dump(after))

    fresh = describe(control, control(import_api, body=yaml.safe_dump(after)))
    if not after["tags"]:
        fresh["api"]["tags"] = api["tags"]
    assert describe(control, changed) == fresh
