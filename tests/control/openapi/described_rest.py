"""A REST API as tests compare it: by paths and names, without the ids that differ from one import to the next."""

import json
from typing import Any

from limen.control.openapi.rest_documentation import location_key
from tests.support.control import Control

API_MEMBERS = (
    "name",
    "description",
    "version",
    "apiKeySource",
    "binaryMediaTypes",
    "disableExecuteApiEndpoint",
    "minimumCompressionSize",
)
Described = dict[str, Any]


def describe_rest(control: Control, api: dict[str, Any]) -> Described:
    api_id = api["id"]
    paths = {item["id"]: item["path"] for item in control.documents("Resource", api_id)}
    names = {
        item["id"]: item["name"]
        for noun in ("Authorizer", "RequestValidator")
        for item in control.documents(noun, api_id)
    }
    methods = control.documents("Method", api_id)
    return {
        "api": {name: api[name] for name in API_MEMBERS if name in api},
        "resources": sorted(paths.values()),
        "methods": {f"{item['httpMethod']} {paths[item['_resourceId']]}": _method(item, names) for item in methods},
        "models": {item["name"]: _schema(item, api_id) for item in control.documents("Model", api_id)},
        "validators": _by_name(control.documents("RequestValidator", api_id)),
        "authorizers": _by_name(control.documents("Authorizer", api_id)),
        "gateway_responses": {item["responseType"]: item for item in control.documents("GatewayResponse", api_id)},
    }


def describe_parts(control: Control, api: dict[str, Any]) -> dict[tuple[str, ...], Any]:
    parts = control.documents("DocumentationPart", api["id"])
    return {location_key(part["location"]): json.loads(part["properties"]) for part in parts}


def _method(method: dict[str, Any], names: dict[str, str]) -> Described:
    described = {name: value for name, value in method.items() if not name.startswith("_")}
    for name in ("authorizerId", "requestValidatorId"):
        if name in described:
            described[name] = names[described[name]]
    integration = dict(described.get("methodIntegration", {}))
    if integration.get("cacheNamespace") == method["_resourceId"]:
        del integration["cacheNamespace"]
    return {**described, "methodIntegration": integration}


def _schema(model: dict[str, Any], api_id: str) -> Any:
    return json.loads(model["schema"].replace(f"/restapis/{api_id}/", "/restapis/API/"))


def _by_name(documents: list[dict[str, Any]]) -> Described:
    return {item["name"]: {name: value for name, value in item.items() if name != "id"} for item in documents}
