"""Route responses, which only WebSocket APIs have: none to make, none to find on an HTTP API."""

from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.v2.documents import answer_page
from limen.control.v2.routes import find_route


def create_route_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_route(call, members)
    raise bad_request("RouteResponses are currently not supported for this API protocol type.")


def get_route_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_route(call, members)
    identifier = members["routeResponseId"]
    raise not_found(f"Invalid RouteResponse identifier specified {identifier}", "RouteResponse")


def get_route_responses(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    route_id = find_route(call, members)["routeId"]
    return answer_page(call, "RouteResponse", f"{members['apiId']}/{route_id}", members)


update_route_response = get_route_response
delete_route_response = get_route_response
