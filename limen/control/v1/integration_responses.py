"""Responses of integrations: which of the backend's answers becomes which of the method's responses, and how."""

from typing import Any

from limen.aws.errors import bad_request
from limen.aws.patch import ALL, PLAIN, REPLACE, Member, PatchPath, PatchPaths, any_text, enum, filled_text
from limen.control.call import Call
from limen.control.documents import given
from limen.control.v1 import mapping
from limen.control.v1.integration_checks import CONTENT_HANDLING
from limen.control.v1.method_answers import show_integration_response
from limen.control.v1.method_documents import (
    CONTENT_TYPE_UNKNOWN,
    PARAMETER_UNKNOWN,
    check_status_code,
    find_integration,
    find_response,
    store_method,
    with_response,
    without_response,
)
from limen.store.documents import Document

MEMBERS = ("selectionPattern", "responseParameters", "responseTemplates", "contentHandling")
_BAD_HANDLING = f"Invalid ContentHandlingStrategy specified. Valid options are {','.join(CONTENT_HANDLING)}"

PATCH_PATHS = PatchPaths(
    (
        PatchPath("/contentHandling", (REPLACE,), enum(CONTENT_HANDLING, _BAD_HANDLING, may_be_empty=True)),
        PatchPath("/selectionPattern", (REPLACE,), any_text),
        PatchPath(
            "/responseParameters/{name}",
            ALL,
            filled_text("Invalid null or empty value in responseParameters"),
            Member(("responseParameters", "{name}"), missing=PARAMETER_UNKNOWN),
        ),
        PatchPath(
            "/responseTemplates/{type}",
            ALL,
            any_text,
            Member(("responseTemplates", "{type}"), missing=CONTENT_TYPE_UNKNOWN),
        ),
    ),
    PLAIN,
)


def put_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """In place of one that is there."""
    method, _ = find_integration(call, members)
    response = make_integration_response(method, members["status_code"], members)
    _store(call, members, method, response)
    return show_integration_response(response)


def get_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    responses = find_integration(call, members)[1].get("integrationResponses")
    return show_integration_response(find_response(responses, members))


def update_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method, integration = find_integration(call, members)
    response = find_response(integration.get("integrationResponses"), members)
    changed = PATCH_PATHS.apply(response, members.get("patchOperations"))
    changed = make_integration_response(method, members["status_code"], changed)
    _store(call, members, method, changed)
    return show_integration_response(changed)


def delete_integration_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method, integration = find_integration(call, members)
    code = find_response(integration.get("integrationResponses"), members)["statusCode"]
    changed = without_response(integration, "integrationResponses", code)
    store_method(call, members["restapi_id"], method | {"methodIntegration": changed})
    return {}


def make_integration_response(method: Document, code: str, members: dict[str, Any]) -> Document:
    """Checked, not stored: it stands in the document of its method, whose responses say which headers it may set."""
    check_status_code(code)
    response = {"statusCode": code, **given(members, MEMBERS)}
    for name in ("responseParameters", "responseTemplates"):
        if not response.get(name):
            response.pop(name, None)
    if response.get("contentHandling") not in (None, *CONTENT_HANDLING):
        raise bad_request(_BAD_HANDLING)
    method_response = method.get("methodResponses", {}).get(code)
    declared = None if method_response is None else method_response.get("responseParameters", {})
    mapping.check_integration_response(response.get("responseParameters", {}), declared)
    mapping.check_templates(response.get("responseTemplates", {}))
    return response


def _store(call: Call, members: dict[str, Any], method: Document, response: Document) -> None:
    integration = with_response(method["methodIntegration"], "integrationResponses", response)
    store_method(call, members["restapi_id"], method | {"methodIntegration": integration})
