"""CORS of a REST API of the running server, by the operations of AWS: deployed only when its owner says so."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from limen.control.openapi.cors_methods import (
    GATEWAY_RESPONSE_TYPES,
    PROXIES,
    TAG,
    CorsOptions,
    add_cors,
    as_parameters,
)
from limen.control.openapi.extensions import ANY_METHOD_NAME, INTEGRATION_NAME
from limen.control.openapi.rest_extensions import BINARY_NAME

Ask: TypeAlias = Callable[..., Any]
"""Method, path, query and members of an operation of API Gateway; its answer."""


def add_cors_to_api(call: Ask, api_id: str, options: CorsOptions) -> list[str]:
    """What people should know of it."""
    base = f"/restapis/{quote(api_id, safe='')}"
    api = call("GET", base)
    resources = list(_resources(call, base))
    notes = _put_preflights(call, base, api, resources, options)
    for resource in resources:
        for verb, method in (resource.get("resourceMethods") or {}).items():
            if verb != "OPTIONS":
                _add_headers(call, f"{base}/resources/{resource['id']}/methods/{verb}", method, options)
    if options.has_gateway_responses:
        for kind in GATEWAY_RESPONSE_TYPES:
            headers = {f"gatewayresponse.header.{name}": value for name, value in options.of_response().items()}
            _patch(call, f"{base}/gatewayresponses/{kind}", headers)
    return [
        *notes,
        f"nothing is served before: aws apigateway create-deployment --rest-api-id {api['id']} --stage-name ...",
    ]


def _resources(call: Ask, base: str) -> Iterator[dict[str, Any]]:
    position = None
    while True:
        query = {"embed": "methods", "limit": "500"} | ({"position": position} if position else {})
        answer = call("GET", f"{base}/resources", urlencode(query))
        yield from answer.get("item", [])
        position = answer.get("position")
        if position is None:
            return


def _put_preflights(
    call: Ask, base: str, api: dict[str, Any], resources: list[dict[str, Any]], options: CorsOptions
) -> list[str]:
    """OPTIONS methods in one document that is merged into the API: it names what they need and no more."""
    document = _sketch(api, resources)
    notes = add_cors(document, options)
    paths = {path: {"options": item["options"]} for path, item in document["paths"].items() if item.get("options")}
    merged = {
        "swagger": "2.0",
        "info": document["info"],
        "paths": {path: item for path, item in paths.items() if item["options"].get("tags")},
    }
    call("PUT", base, urlencode({"mode": "merge", "ignore": "documentation"}), merged)
    return notes


def _sketch(api: dict[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """As much of the API as decides on preflights: which resource has which methods, and how they answer."""
    paths: dict[str, Any] = {}
    for resource in resources:
        item: dict[str, Any] = {}
        for verb, method in (resource.get("resourceMethods") or {}).items():
            name = ANY_METHOD_NAME if verb == "ANY" else verb.lower()
            integration = method.get("methodIntegration") or {}
            item[name] = {INTEGRATION_NAME: {"type": integration.get("type", "")}}
            if _is_preflight(integration):
                item[name]["tags"] = [TAG]
        paths[resource["path"]] = item
    sketch = {"swagger": "2.0", "info": {"title": api["name"], "version": api.get("version", "")}, "paths": paths}
    if api.get("binaryMediaTypes"):
        sketch[BINARY_NAME] = api["binaryMediaTypes"]
    return sketch


def _is_preflight(integration: dict[str, Any]) -> bool:
    """Whether it looks as if it was made here, or by the console of AWS."""
    responses = (integration.get("integrationResponses") or {}).values()
    mapped = {name for response in responses for name in response.get("responseParameters") or {}}
    return integration.get("type") == "MOCK" and "method.response.header.Access-Control-Allow-Methods" in mapped


def _add_headers(call: Ask, path: str, method: dict[str, Any], options: CorsOptions) -> None:
    """Each header is declared by the method response before the integration response maps it."""
    integration = method.get("methodIntegration") or {}
    if integration.get("type") in PROXIES:
        return
    headers = as_parameters(options.of_response())
    declared = method.get("methodResponses") or {}
    for status in integration.get("integrationResponses") or {}:
        if status not in declared:
            call("PUT", f"{path}/responses/{status}", "", {})
        _patch(call, f"{path}/responses/{status}", dict.fromkeys(headers, "false"))
        _patch(call, f"{path}/integration/responses/{status}", headers)


def _patch(call: Ask, path: str, parameters: dict[str, str]) -> None:
    operations = [
        {"op": "add", "path": f"/responseParameters/{name}", "value": value} for name, value in parameters.items()
    ]
    call("PATCH", path, "", {"patchOperations": operations})
