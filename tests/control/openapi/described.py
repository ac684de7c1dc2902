"""An API as tests compare it: by names and keys, without the ids that differ from one import to the next."""

from typing import Any

from tests.support.control import Control

API_MEMBERS = ("name", "description", "version", "corsConfiguration", "disableExecuteApiEndpoint", "tags")
Described = dict[str, Any]


def describe(control: Control, api: dict[str, Any]) -> Described:
    api_id = api["apiId"]
    integrations = {item["integrationId"]: item for item in control.documents("Integration", api_id)}
    authorizers = {item["authorizerId"]: item for item in control.documents("Authorizer", api_id)}
    routes = control.documents("Route", api_id)
    return {
        "api": {name: api[name] for name in API_MEMBERS if name in api},
        "authorizers": {item["name"]: _without(item, "authorizerId", "name") for item in authorizers.values()},
        "integration_count": len(integrations),
        "routes": {route["routeKey"]: _route(route, integrations) for route in routes},
        "authorization": {route["routeKey"]: _authorization(route, authorizers) for route in routes},
        "sharing": _sharing(routes),
    }


def _route(route: dict[str, Any], integrations: dict[str, dict[str, Any]]) -> Described:
    described = {"operationName": route["operationName"]} if "operationName" in route else {}
    if "target" in route:
        integration = integrations[route["target"].removeprefix("integrations/")]
        described["integration"] = _without(integration, "integrationId")
    return described


def _authorization(route: dict[str, Any], authorizers: dict[str, dict[str, Any]]) -> Described:
    described = {"authorizationType": route["authorizationType"]}
    if "authorizerId" in route:
        described["authorizer"] = authorizers[route["authorizerId"]]["name"]
    if "authorizationScopes" in route:
        described["authorizationScopes"] = route["authorizationScopes"]
    return described


def _sharing(routes: list[dict[str, Any]]) -> list[list[str]]:
    """The keys of routes that have one integration together."""
    by_target: dict[str, list[str]] = {}
    for route in routes:
        by_target.setdefault(route.get("target", ""), []).append(route["routeKey"])
    return sorted(sorted(keys) for target, keys in by_target.items() if target and len(keys) > 1)


def _without(document: dict[str, Any], *names: str) -> Described:
    return {name: value for name, value in document.items() if name not in names}
