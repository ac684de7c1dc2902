"""APIs that tests make: by boto3, or as OpenAPI documents for `limen serve`."""

import json
from pathlib import Path
from typing import Any


def quick_create(client: Any, target: str, name: str = "orders") -> str:
    """The id of an HTTP API whose `$default` route goes to `target`."""
    return str(client.create_api(Name=name, ProtocolType="HTTP", Target=target)["ApiId"])


def create_api(client: Any, routes: dict[str, str], name: str = "orders") -> str:
    """The id of an HTTP API with an auto-deployed `$default` stage and these routes: key -> integration URI."""
    api_id = str(client.create_api(Name=name, ProtocolType="HTTP")["ApiId"])
    for key, uri in routes.items():
        add_route(client, api_id, key, uri)
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
    return api_id


def add_route(client: Any, api_id: str, key: str, uri: str, **integration: Any) -> str:
    """The id of the integration that the new route goes to."""
    made = client.create_integration(
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=uri,
        PayloadFormatVersion="1.0",
        **integration,
    )
    client.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")
    return str(made["IntegrationId"])


def openapi(paths: dict[str, str], **extensions: Any) -> dict[str, Any]:
    """An HTTP API with a GET on each path: path -> integration URI."""
    return {
        "openapi": "3.0.1",
        "info": {"title": "orders", "version": "1.0"},
        "paths": {path: {"get": _operation(uri)} for path, uri in paths.items()},
        **extensions,
    }


def write_openapi(file: Path, paths: dict[str, str], **extensions: Any) -> Path:
    """Replaces the file in one step, as editors do."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(openapi(paths, **extensions), indent=1))
    return draft.replace(file)


def _operation(uri: str) -> dict[str, Any]:
    return {
        "responses": {"default": {"description": "what the backend answers"}},
        "x-amazon-apigateway-integration": {
            "type": "http_proxy",
            "httpMethod": "GET",
            "uri": uri,
            "payloadFormatVersion": "1.0",
        },
    }
