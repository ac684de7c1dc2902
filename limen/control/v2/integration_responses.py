"""Integration responses, which only WebSocket APIs have: none to make, none to find on an HTTP API."""

from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.v2.documents import answer_page
from limen.control.v2.integrations import find_integration


def create_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_integration(call, members)
    raise bad_request("IntegrationResponses are currently not supported for this API protocol type.")


def get_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    find_integration(call, members)
    identifier = members["integrationResponseId"]
    raise not_found(f"Invalid IntegrationResponse identifier specified {identifier}", "IntegrationResponse")


def get_integration_responses(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    integration_id = find_integration(call, members)["integrationId"]
    return answer_page(call, "IntegrationResponse", f"{members['apiId']}/{integration_id}", members)


update_integration_response = get_integration_response
delete_integration_response = get_integration_response
