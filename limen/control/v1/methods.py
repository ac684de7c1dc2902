"""Methods: what a resource takes, and by whom it may be asked."""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.patch import (
    ADD,
    ALL,
    PLAIN,
    REMOVE,
    REPLACE,
    Elements,
    Member,
    PatchPath,
    PatchPaths,
    boolean,
    filled_text,
    text,
)
from limen.control.call import Call
from limen.control.documents import given
from limen.control.v1.documents import find
from limen.control.v1.integration_responses import make_integration_response
from limen.control.v1.integrations import make_integration
from limen.control.v1.mapping import check_content_type, check_method_request
from limen.control.v1.method_answers import show_method
from limen.control.v1.method_documents import (
    CONTENT_TYPE_UNKNOWN,
    PARAMETER_UNKNOWN,
    check_models,
    check_verb,
    find_method,
    store_method,
)
from limen.control.v1.method_responses import make_method_response
from limen.control.v1.resources import find_resource
from limen.store.documents import Document

MEMBERS = (
    "apiKeyRequired",
    "authorizationScopes",
    "authorizationType",
    "authorizerId",
    "operationName",
    "requestModels",
    "requestParameters",
    "requestValidatorId",
)
AUTHORIZERS = {"CUSTOM": ("TOKEN", "REQUEST"), "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",), "JWT": ("JWT",)}
"""Types of authorizers by authorization type."""
AUTHORIZATION_TYPES = ("NONE", "AWS_IAM", *AUTHORIZERS)
TAKES_SCOPES = ("COGNITO_USER_POOLS", "JWT")

PATCH_PATHS = PatchPaths(
    (
        PatchPath("/authorizationScopes", (ADD, REMOVE), text, Elements(("authorizationScopes",))),
        PatchPath("/authorizationType", (REPLACE,), text),
        PatchPath("/authorizerId", (REPLACE,), text),
        PatchPath("/apiKeyRequired", (REPLACE,), boolean),
        PatchPath("/operationName", (REPLACE,), text),
        PatchPath("/requestValidatorId", (REPLACE,), text),
        PatchPath(
            "/requestParameters/{name}",
            ALL,
            boolean,
            Member(("requestParameters", "{name}"), missing=PARAMETER_UNKNOWN),
        ),
        PatchPath(
            "/requestModels/{type}",
            ALL,
            filled_text("Invalid null or empty value in requestModels"),
            Member(("requestModels", "{type}"), missing=CONTENT_TYPE_UNKNOWN),
        ),
    ),
    PLAIN,
)


def put_method(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    resource = find_resource(call, members)
    api_id, verb = members["restapi_id"], members["http_method"]
    if call.documents.get("Method", api_id, f"{resource['id']}/{verb}") is not None:
        raise conflict("Method already exists for this resource")
    method = _make(call, api_id, resource["id"], verb, members)
    store_method(call, api_id, method)
    return show_method(method)


def get_method(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return show_method(find_method(call, members))


def update_method(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method = find_method(call, members)
    operations = members.get("patchOperations") or []
    changed = PATCH_PATHS.apply(method, operations)
    if changed.get("authorizationType") not in TAKES_SCOPES and not any(
        operation.get("path") == "/authorizationScopes" for operation in operations
    ):
        changed.pop("authorizationScopes", None)  # left over from another authorization type
    _check(call, members["restapi_id"], changed)
    store_method(call, members["restapi_id"], changed)
    return show_method(changed)


def delete_method(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method = find_method(call, members)
    remove_method(call, members["restapi_id"], method["_resourceId"], method["httpMethod"])
    return {}


def put_method_document(call: Call, api_id: str, resource_id: str, verb: str, method: dict[str, Any]) -> Document:
    """Stores a method whole, in place of one that is there: `method` is what GetMethod would answer.

    `methodResponses` and `methodIntegration.integrationResponses` are by status code, as there; each part is checked
    and filled in as the operation that puts it does. `httpMethod` at the top may be left out.
    """
    find(call, "Resource", api_id, resource_id)
    made = _make(call, api_id, resource_id, verb, {"authorizationType": "NONE"} | method)
    responses = method.get("methodResponses") or {}
    if responses:
        made["methodResponses"] = {
            code: make_method_response(call, api_id, code, responses[code] or {}) for code in sorted(responses)
        }
    if method.get("methodIntegration") is not None:
        given_integration = method["methodIntegration"]
        integration = make_integration(call, api_id, made, given_integration)
        selected = given_integration.get("integrationResponses") or {}
        if selected:
            integration["integrationResponses"] = {
                code: make_integration_response(made, code, selected[code] or {}) for code in sorted(selected)
            }
        made["methodIntegration"] = integration
    store_method(call, api_id, made)
    return made


def remove_method(call: Call, api_id: str, resource_id: str, verb: str) -> None:
    """With its responses and its integration."""
    call.documents.delete("Method", api_id, f"{resource_id}/{verb}")


def _make(call: Call, api_id: str, resource_id: str, verb: str, members: dict[str, Any]) -> Document:
    """A method without responses and integration, checked."""
    check_verb(verb)
    method = {"httpMethod": verb, "apiKeyRequired": False, **given(members, MEMBERS), "_resourceId": resource_id}
    _check(call, api_id, method)
    return method


def _check(call: Call, api_id: str, method: Document) -> None:
    """Fills in and takes away what AWS does, in place."""
    for name in ("authorizationScopes", "operationName", "requestModels", "requestParameters", "requestValidatorId"):
        if not method.get(name):
            method.pop(name, None)
    _check_authorization(call, api_id, method)
    check_method_request(method.get("requestParameters", {}))
    for content_type in method.get("requestModels", {}):
        check_content_type(content_type)
    check_models(call, api_id, method.get("requestModels", {}))
    validator_id = method.get("requestValidatorId")
    if validator_id is not None and call.documents.get("RequestValidator", api_id, validator_id) is None:
        raise bad_request("Invalid Request Validator identifier specified")


def _check_authorization(call: Call, api_id: str, method: Document) -> None:
    kind = method.setdefault("authorizationType", "NONE")
    if kind not in AUTHORIZATION_TYPES:
        raise bad_request(f"Invalid AuthorizationType specified. Valid options are {','.join(AUTHORIZATION_TYPES)}")
    if method.get("authorizationScopes") and kind not in TAKES_SCOPES:
        raise bad_request("Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization type")
    if kind not in AUTHORIZERS:
        method.pop("authorizerId", None)
        return
    authorizer_id = method.get("authorizerId")
    authorizer = call.documents.get("Authorizer", api_id, authorizer_id) if authorizer_id else None
    if authorizer is None or authorizer["type"] not in AUTHORIZERS[kind]:
        named = "JWT" if kind == "JWT" else "CUSTOM or COGNITO_USER_POOLS"
        raise bad_request(
            f"Invalid authorizer ID specified. Setting the authorization type to {named} requires a valid authorizer."
        )
