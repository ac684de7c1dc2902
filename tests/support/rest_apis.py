"""REST APIs that tests make, as OpenAPI documents."""

import json
from typing import Any

HTTP_PROXY = {"type": "http_proxy", "httpMethod": "ANY", "uri": "https://backend.example"}
MOCK = {
    "type": "mock",
    "requestTemplates": {"application/json": '{"statusCode": 200}'},
    "responses": {"default": {"statusCode": "200"}},
}


def swagger(paths: dict[str, list[str]], **members: Any) -> dict[str, Any]:
    """A REST API with MOCK methods on each path: path -> verbs."""
    return {
        "swagger": "2.0",
        "info": {"title": "pets", "version": "1.0"},
        "paths": {path: {verb.lower(): operation() for verb in verbs} for path, verbs in paths.items()},
        **members,
    }


def operation(**members: Any) -> dict[str, Any]:
    """One that answers 200 by itself."""
    return {
        "responses": {"200": {"description": "200 response"}},
        "x-amazon-apigateway-integration": json.loads(json.dumps(MOCK)),
        **members,
    }


def body(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
