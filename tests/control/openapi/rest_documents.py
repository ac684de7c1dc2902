"""REST APIs as people and tools write them, in OpenAPI 3.0: strategies of hypothesis."""

import copy
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.support.rest_apis import HTTP_PROXY, MOCK, operation

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f\x85\xa0\xad"), max_size=20
)
SEGMENTS = st.sampled_from(["pets", "v1", "a-b", "1.0", "on"])
PATHS = st.lists(SEGMENTS, max_size=3).map(lambda parts: "/" + "/".join(parts))
METHODS = st.sampled_from(["get", "post", "delete", "options", "x-amazon-apigateway-any-method"])
MODELS = ["Pet", "Pets", "Error"]
SCHEMAS = {
    "Pet": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 3}}},
    "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
    "Error": {"type": "object", "properties": {"pet": {"$ref": "#/components/schemas/Pet"}, "type": {"enum": ["a"]}}},
}
REFERENCES = st.sampled_from(MODELS).map(lambda name: {"$ref": f"#/components/schemas/{name}"})
INLINE = st.just({"type": "object", "properties": {"x": {"$ref": "#/components/schemas/Pets"}}})
CONTENTS = st.fixed_dictionaries({"application/json": (REFERENCES | INLINE).map(lambda schema: {"schema": schema})})
RESPONSES = st.fixed_dictionaries(
    {"description": st.just("done")},
    optional={
        "content": CONTENTS,
        "headers": st.dictionaries(NAMES, st.just({"schema": {"type": "string"}}), min_size=1, max_size=2),
    },
)
INTEGRATION_RESPONSES = st.fixed_dictionaries(
    {"statusCode": st.sampled_from(["200", "404"])},
    optional={
        "responseTemplates": st.dictionaries(st.sampled_from(["application/json", "text/plain"]), TEXTS, min_size=1),
        "contentHandling": st.sampled_from(["CONVERT_TO_TEXT", "convert_to_binary"]),
    },
)
ONE_FOR_EACH_STATUS = st.dictionaries(
    st.sampled_from(["default", "4\\d{2}"]), INTEGRATION_RESPONSES, max_size=2
).filter(lambda responses: len({item["statusCode"] for item in responses.values()}) == len(responses))
HTTP = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["http", "HTTP_PROXY"]),
        "httpMethod": st.sampled_from(["ANY", "GET", "POST"]),
        "uri": NAMES.map(lambda name: f"https://{name}.example/${{stageVariables.{name}}}"),
    },
    optional={
        "timeoutInMillis": st.integers(50, 29000),
        "requestParameters": st.dictionaries(NAMES.map(lambda n: f"integration.request.header.{n}"), st.just("'x'")),
        "requestTemplates": st.dictionaries(st.sampled_from(["application/json", "text/plain"]), TEXTS),
        "passthroughBehavior": st.sampled_from(["when_no_match", "NEVER", "when_no_templates"]),
        "cacheNamespace": NAMES,
        "tlsConfig": st.just({"insecureSkipVerification": True}),
        "responses": ONE_FOR_EACH_STATUS,
    },
)
SECURITY = st.sampled_from([[], [{"lambda": []}], [{"users": ["read"]}], [{"key": []}, {"iam": []}], [{"request": []}]])
OPERATIONS = st.fixed_dictionaries(
    {"x-amazon-apigateway-integration": HTTP | st.just(MOCK) | st.just(HTTP_PROXY)},
    optional={
        "operationId": NAMES,
        "security": SECURITY,
        "requestBody": CONTENTS.map(lambda content: {"content": content}),
        "responses": st.dictionaries(st.sampled_from(["200", "201", "404"]), RESPONSES, max_size=2),
        "x-amazon-apigateway-request-validator": st.sampled_from(["all", "body"]),
        "parameters": st.lists(
            st.fixed_dictionaries(
                {"name": NAMES, "in": st.sampled_from(["query", "header"]), "required": st.booleans()}
            ),
            max_size=3,
            unique_by=lambda parameter: (parameter["name"], parameter["in"]),
        ),
    },
)
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:check"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{LAMBDA}/invocations"
SCHEMES: dict[str, Any] = {
    "lambda": {
        "type": "apiKey",
        "name": "Auth",
        "in": "header",
        "x-amazon-apigateway-authtype": "oauth2",
        "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": URI, "authorizerResultTtlInSeconds": 0},
    },
    "request": {
        "type": "apiKey",
        "name": "Unused",
        "in": "header",
        "x-amazon-apigateway-authorizer": {
            "type": "request",
            "authorizerUri": URI,
            "identitySource": "method.request.header.A, stageVariables.b",
        },
    },
    "users": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"],
        },
    },
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
}
EXTENSIONS = st.fixed_dictionaries(
    {
        "x-amazon-apigateway-request-validators": st.just(
            {
                "all": {"validateRequestBody": True, "validateRequestParameters": True},
                "body": {"validateRequestBody": True},
            }
        )
    },
    optional={
        "x-amazon-apigateway-api-key-source": st.sampled_from(["HEADER", "AUTHORIZER"]),
        "x-amazon-apigateway-binary-media-types": st.lists(st.sampled_from(["image/png", "*/*"]), unique=True),
        "x-amazon-apigateway-minimum-compression-size": st.integers(0, 10_000_000),
        "x-amazon-apigateway-gateway-responses": st.just(
            {
                "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.X": "'*'"}},
                "THROTTLED": {"statusCode": 429, "responseTemplates": {"application/json": "{}"}},
            }
        ),
        "x-amazon-apigateway-endpoint-configuration": st.just({"disableExecuteApiEndpoint": True}),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """With a use of each model: an export has the models that something refers to."""
    paths = draw(st.dictionaries(PATHS, st.dictionaries(METHODS, OPERATIONS, max_size=3), max_size=4))
    drawn = [each for item in paths.values() for each in item.values()]
    for number, each in enumerate(drawn):
        if "operationId" in each:
            each["operationId"] += f"-{number}"  # OpenAPI wants each once
    contents = {f"application/{name}": {"schema": {"$ref": f"#/components/schemas/{name}"}} for name in MODELS}
    users = operation(responses={"500": {"description": "all", "content": contents}})
    info = {"title": draw(NAMES), "version": draw(st.sampled_from(["1.0", "1.10", "yes"]))}
    return {
        "openapi": "3.0.1",
        "info": info,
        "paths": {**paths, "/models": {"get": users}},
        "components": {"schemas": SCHEMAS, "securitySchemes": SCHEMES},
        **draw(EXTENSIONS),
    }


ODD = st.sampled_from([None, True, 0, -1.5, "", "x", [], [1], [[]], [{}], {}, {"x": 1}, {"$ref": []}, {"a": {"b": []}}])


@st.composite
def damaged(draw: st.DrawFn, good: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A good document in which a few values are replaced by something odd."""
    document: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(good))))
    for _ in range(draw(st.integers(1, 4))):
        owner: Any = document
        while keys := (list(owner) if isinstance(owner, dict) else list(range(len(owner)))):
            key = draw(st.sampled_from(keys))
            if not isinstance(owner[key], dict | list) or draw(st.booleans()):
                owner[key] = copy.deepcopy(draw(ODD))
                break
            owner = owner[key]
    return document
