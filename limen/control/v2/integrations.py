"""Integrations of HTTP APIs: HTTP_PROXY to a URL or behind a VPC link, AWS_PROXY to a function or an AWS service."""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v2 import quotas
from limen.control.v2.auto_deploy import deploy_changes
from limen.control.v2.checks import check_lengths, refuse_websocket_members
from limen.control.v2.documents import answer_page, find, find_api, merge, without_cleared
from limen.control.v2.integration_checks import check_integration
from limen.store.documents import Document

MEMBERS = (
    "connectionId",
    "connectionType",
    "credentialsArn",
    "description",
    "integrationMethod",
    "integrationSubtype",
    "integrationType",
    "integrationUri",
    "payloadFormatVersion",
    "requestParameters",
    "responseParameters",
    "timeoutInMillis",
    "tlsConfig",
)
WEBSOCKET_MEMBERS = (
    "contentHandlingStrategy",
    "requestTemplates",
    "templateSelectionExpression",
)
ONLY_PASSTHROUGH = "WHEN_NO_MATCH"
"""What every proxy integration does. AWS takes it and does not answer it; Terraform sends it with each integration."""


def create_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_api(call, members)["apiId"]
    quotas.check_room_in_api(call, "Integration", api_id)
    integration_id = put_integration(call, api_id, members)
    deploy_changes(call, api_id)
    return answer(find(call, "Integration", api_id, integration_id))


def get_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(find_integration(call, members))


def get_integrations(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Integration", find_api(call, members)["apiId"], members)


def update_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = _change(find_integration(call, members), members)
    _store(call, members["apiId"], changed)
    deploy_changes(call, members["apiId"])
    return answer(changed)


def delete_integration(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    integration = find_integration(call, members)
    if integration.get("apiGatewayManaged"):
        raise bad_request("You can't delete an integration that is managed by API Gateway")
    target = f"integrations/{integration['integrationId']}"
    routes = [key for key, route in call.documents.list("Route", members["apiId"]) if route.get("target") == target]
    if routes:
        users = ", ".join(routes)
        raise conflict(
            f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{users}]"
        )
    remove_integration(call, members["apiId"], integration["integrationId"])
    deploy_changes(call, members["apiId"])
    return {}


def put_integration(
    call: Call, api_id: str, members: dict[str, Any], integration_id: str | None = None, *, managed: bool = False
) -> str:
    """Creates an integration, or replaces the one with that id whole; its id."""
    bare: Document = {"integrationId": integration_id or fresh_id(call, "Integration", api_id)}
    if managed:
        bare["apiGatewayManaged"] = True
    integration = _change(bare, members)
    _store(call, api_id, integration)
    return str(integration["integrationId"])


def remove_integration(call: Call, api_id: str, integration_id: str) -> None:
    """Whatever uses it."""
    call.documents.delete("Integration", api_id, integration_id)


def find_integration(call: Call, members: dict[str, Any]) -> Document:
    find_api(call, members)
    return find(call, "Integration", members["apiId"], members["integrationId"])


def find_managed_integration(call: Call, api_id: str) -> Document | None:
    integrations = call.documents.list("Integration", api_id)
    return next((integration for _, integration in integrations if integration.get("apiGatewayManaged")), None)


def _change(integration: Document, members: dict[str, Any]) -> Document:
    """A changed copy: a mapping of the request goes by an empty value, those of a response's status by an empty map."""
    if members.get("passthroughBehavior") != ONLY_PASSTHROUGH:
        refuse_websocket_members(members, ("passthroughBehavior",))
    refuse_websocket_members(members, WEBSOCKET_MEMBERS)
    changes = given(members, MEMBERS)
    by_status = changes.pop("responseParameters", None)
    removals = {key: value for key, value in changes.get("requestParameters", {}).items() if key.startswith("remove:")}
    is_new = "integrationType" not in integration
    changed = merge(without_cleared(integration, changes, ("tlsConfig",)), changes)
    if changes.get("connectionType") == "INTERNET" and "connectionId" not in changes:
        changed.pop("connectionId", None)
    if is_new and removals:  # YAML writes '' for an empty text: on a new integration it can only mean AWS's own ''
        changed["requestParameters"] |= {key: value or "''" for key, value in removals.items()}
    if by_status is not None:
        kept = changed.get("responseParameters", {}) | by_status
        changed["responseParameters"] = {status: mapping for status, mapping in kept.items() if mapping}
    for name in ("requestParameters", "responseParameters", "tlsConfig"):
        if name in changed and not changed[name]:
            del changed[name]
    return changed


def _store(call: Call, api_id: str, integration: Document) -> None:
    check_lengths(integration)
    check_integration(call, integration)
    call.documents.put("Integration", api_id, integration["integrationId"], integration)
