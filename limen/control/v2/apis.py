"""APIs: create (quick create included), get, update, delete."""

from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.domains.documents import domains_of
from limen.control.tags import check_tags
from limen.control.v2 import quick_create, quotas
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.checks import check_lengths, refuse_websocket_members
from limen.control.v2.cors import check_cors, without_empty_lists
from limen.control.v2.documents import find_api, items, list_page, merge
from limen.store.documents import Document

MEMBERS = ("corsConfiguration", "description", "disableExecuteApiEndpoint", "ipAddressType", "name", "version")
SERVED_MEMBERS = ("corsConfiguration", "disableExecuteApiEndpoint")
"""Those that gateways act on: a change of one is deployed."""

API_KEY_SELECTION = "$request.header.x-api-key"
ROUTE_SELECTION = "$request.method $request.path"
_ROUTE_SELECTIONS = (ROUTE_SELECTION, "${request.method} ${request.path}")


def create_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id, api = make_api(call, members)
    put_api(call, api_id, api)
    quick_create.create(call, api_id, given(members, quick_create.MEMBERS))
    return answer_api(call, api)


def get_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_api(call, find_api(call, members))


def get_apis(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(call, "Api", call.scope, members)
    return items([answer_api(call, api) for api in found], token)


def update_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api = find_api(call, members)
    changed = change_api(call, api, members)
    put_api(call, api["apiId"], changed)
    has_new_target = quick_create.update(call, api["apiId"], given(members, quick_create.MEMBERS))
    if has_new_target or any(changed.get(name) != api.get(name) for name in SERVED_MEMBERS):
        deploy_changes(call, api["apiId"])
    return answer_api(call, changed)


def delete_api(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    mapped = domains_of(call, api_id)
    if mapped:
        raise bad_request(
            f"Deleting API {api_id} failed. Please remove all API mappings for the API from your custom domain names: "
            f"{', '.join(mapped)}"
        )
    call.documents.delete_children(api_id)
    call.documents.delete_children(f"{api_id}/route-keys")
    call.documents.delete("Api", call.scope, api_id)
    return {}


def make_api(call: Call, members: dict[str, Any]) -> tuple[str, Document]:
    """A new API, checked and with AWS's defaults, not stored yet."""
    if members.get("protocolType") == "WEBSOCKET":
        raise bad_request("Limen does not serve APIs with protocolType WEBSOCKET yet: protocolType must be HTTP")
    if members.get("protocolType") != "HTTP":
        raise bad_request("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
    quotas.check_room_in_account(call, "Api")
    tags = members.get("tags") or {}
    check_tags(tags)
    api_id = fresh_id(call, "Api", call.scope)
    bare: Document = {
        "apiId": api_id,
        "apiKeySelectionExpression": API_KEY_SELECTION,
        "createdDate": call.now,
        "disableExecuteApiEndpoint": False,
        "ipAddressType": "ipv4",
        "protocolType": "HTTP",
        "routeSelectionExpression": ROUTE_SELECTION,
        "tags": tags,
        "_account": call.aws.account,
        "_region": call.aws.region,
    }
    return api_id, change_api(call, bare, members)


def change_api(call: Call, api: Document, members: dict[str, Any]) -> Document:
    """A changed copy, by the rules of UpdateApi."""
    _refuse_other_selections(members)
    changed = merge(api, given(members, MEMBERS))
    if not changed.get("name"):
        raise bad_request("Invalid API name specified")
    check_lengths(changed)
    if "corsConfiguration" in changed:
        check_cors(changed["corsConfiguration"])
        changed["corsConfiguration"] = without_empty_lists(changed["corsConfiguration"])
        if not changed["corsConfiguration"]:
            del changed["corsConfiguration"]
    return changed


def put_api(call: Call, api_id: str, document: Document) -> None:
    call.documents.put("Api", call.scope, api_id, document)


def answer_api(call: Call, api: Document) -> dict[str, Any]:
    """With the endpoint as it can be called today: the port is a setting of the process, not of the API."""
    return answer(api) | {"apiEndpoint": f"https://{call.settings.host_of(api['apiId'], api['_region'])}"}


def _refuse_other_selections(members: dict[str, Any]) -> None:
    """An HTTP API has one way to select a route, and none to select an API key."""
    if members.get("routeSelectionExpression") not in (None, "", *_ROUTE_SELECTIONS):
        raise bad_request(f'Route selection expression is currently limited to "{_ROUTE_SELECTIONS[1]}"')
    if members.get("apiKeySelectionExpression") != API_KEY_SELECTION:
        refuse_websocket_members(members, ("apiKeySelectionExpression",))
    refuse_websocket_members(members, ("disableSchemaValidation",))
