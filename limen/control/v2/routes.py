"""Routes of HTTP APIs; a key is unique in its API, found by an index so that one more route costs always the same."""

from typing import Any

from limen.aws.errors import bad_request, conflict, not_found
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v2 import quotas
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.checks import check_lengths, refuse_websocket_members
from limen.control.v2.documents import answer_page, find, find_api, merge
from limen.control.v2.route_keys import check_route_key
from limen.store.documents import Document

MEMBERS = ("authorizationScopes", "authorizationType", "authorizerId", "operationName", "routeKey", "target")
WEBSOCKET_MEMBERS = (
    "apiKeyRequired",
    "modelSelectionExpression",
    "requestModels",
    "requestParameters",
    "routeResponseSelectionExpression",
)
AUTHORIZER_TYPES = {"JWT": "JWT", "CUSTOM": "REQUEST"}
"""By authorization type: what the authorizer that a route names must be."""

_NEEDS_AUTHORIZER = {
    "JWT": "Setting the authorization type to JWT requires a valid JWT authorizer.",
    "CUSTOM": "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
}


def create_route(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    quotas.check_room_in_api(call, "Route", api_id)
    route_id = put_route(call, api_id, members)
    deploy_changes(call, api_id)
    return answer(find(call, "Route", api_id, route_id))


def get_route(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(find_route(call, members))


def get_routes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Route", find_api(call, members)["apiId"], members)


def update_route(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    route = find_route(call, members)
    refuse_websocket_members(members, WEBSOCKET_MEMBERS)
    changes = given(members, MEMBERS)
    new_key = changes.get("routeKey", route["routeKey"])
    if route.get("apiGatewayManaged") and route["routeKey"] == "$default" and new_key != "$default":
        raise bad_request("You can't modify the $default route key of a route that is managed by API Gateway")
    changed = _store(call, members["apiId"], merge(route, changes), changes)
    deploy_changes(call, members["apiId"])
    return answer(changed)


def delete_route(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    remove_route(call, members["apiId"], find_route(call, members)["routeId"])
    deploy_changes(call, members["apiId"])
    return {}


def delete_route_request_parameter(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Routes of HTTP APIs have no request parameters: there is none of that name."""
    find_route(call, members)
    raise not_found("Invalid parameter name specified")


def put_route(
    call: Call, api_id: str, members: dict[str, Any], route_id: str | None = None, *, managed: bool = False
) -> str:
    """Creates a route, or replaces the one with that id whole; its id."""
    refuse_websocket_members(members, WEBSOCKET_MEMBERS)
    route: Document = {"apiKeyRequired": False, "authorizationType": "NONE"}
    if managed:
        route["apiGatewayManaged"] = True
    changes = given(members, MEMBERS)
    route["routeId"] = route_id or fresh_id(call, "Route", api_id)
    return str(_store(call, api_id, merge(route, changes), changes)["routeId"])


def remove_route(call: Call, api_id: str, route_id: str) -> None:
    route = call.documents.get("Route", api_id, route_id)
    if route is not None:
        call.documents.delete("RouteKey", f"{api_id}/route-keys", route["routeKey"])
        call.documents.delete("Route", api_id, route_id)


def find_route(call: Call, members: dict[str, Any]) -> Document:
    find_api(call, members)
    return find(call, "Route", members["apiId"], members["routeId"])


def find_route_by_key(call: Call, api_id: str, route_key: str) -> str | None:
    """The id of the route with that key."""
    entry = call.documents.get("RouteKey", f"{api_id}/route-keys", route_key)
    return None if entry is None else str(entry["routeId"])


def find_managed_route(call: Call, api_id: str) -> Document | None:
    routes = call.documents.list("Route", api_id)
    return next((route for _, route in routes if route.get("apiGatewayManaged")), None)


def _store(call: Call, api_id: str, route: Document, changes: dict[str, Any]) -> Document:
    """Checks and stores a route of which `changes` were asked for just now."""
    if not route.get("routeKey"):
        raise bad_request("Route key is required")
    check_lengths(route)
    check_route_key(route["routeKey"])
    _check_target(call, api_id, route.get("target"))
    _check_authorization(call, api_id, route, changes)
    _claim_key(call, api_id, route)
    call.documents.put("Route", api_id, route["routeId"], route)
    return route


def _check_target(call: Call, api_id: str, target: str | None) -> None:
    if target is None:
        return
    kind, _, integration_id = target.partition("/")
    if kind != "integrations" or not integration_id or "/" in integration_id:
        raise bad_request(
            "Unexpected or malformed target in route. Correct format should be integrations/<integration_id>."
        )
    if call.documents.get("Integration", api_id, integration_id) is None:
        raise not_found(f"Invalid Integration identifier specified {integration_id}", "Integration")


def _check_authorization(call: Call, api_id: str, route: Document, changes: dict[str, Any]) -> None:
    """An authorizer or scopes left over from another authorization type go; those asked for with it are refused."""
    kind = route.setdefault("authorizationType", "NONE")
    if kind != "JWT":
        if changes.get("authorizationScopes"):
            raise bad_request("Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type")
        route.pop("authorizationScopes", None)
    quotas.check_count(call, "scopes", "this route", len(route.get("authorizationScopes", ())), quotas.SCOPES_PER_ROUTE)
    if kind not in AUTHORIZER_TYPES:
        if changes.get("authorizerId"):
            raise bad_request(f"An authorizer cannot be used with the authorization type {kind}")
        route.pop("authorizerId", None)
        return
    authorizer_id = route.get("authorizerId")
    authorizer = call.documents.get("Authorizer", api_id, authorizer_id) if authorizer_id else None
    if authorizer is None or authorizer["authorizerType"] != AUTHORIZER_TYPES[kind]:
        raise bad_request(f"Invalid authorizer ID specified. {_NEEDS_AUTHORIZER[kind]}")


def _claim_key(call: Call, api_id: str, route: Document) -> None:
    owner = find_route_by_key(call, api_id, route["routeKey"])
    if owner == route["routeId"]:
        return
    if owner is not None:
        raise conflict(f"Route with key {route['routeKey']} already exists for this API")
    before = call.documents.get("Route", api_id, route["routeId"])
    if before is not None:
        call.documents.delete("RouteKey", f"{api_id}/route-keys", before["routeKey"])
    call.documents.put("RouteKey", f"{api_id}/route-keys", route["routeKey"], {"routeId": route["routeId"]})
