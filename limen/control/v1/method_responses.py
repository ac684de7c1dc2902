"""Responses of methods: the headers and models that a status code is answered with."""

from typing import Any

from limen.aws.errors import conflict
from limen.aws.patch import ALL, PLAIN, Member, PatchPath, PatchPaths, boolean, filled_text
from limen.control.call import Call
from limen.control.documents import given
from limen.control.v1.mapping import check_content_type, check_method_response
from limen.control.v1.method_documents import (
    CONTENT_TYPE_UNKNOWN,
    PARAMETER_UNKNOWN,
    check_models,
    check_status_code,
    find_method,
    find_response,
    store_method,
    with_response,
    without_response,
)
from limen.store.documents import Document

MEMBERS = ("responseModels", "responseParameters")

PATCH_PATHS = PatchPaths(
    (
        PatchPath(
            "/responseParameters/{name}",
            ALL,
            boolean,
            Member(("responseParameters", "{name}"), missing=PARAMETER_UNKNOWN),
        ),
        PatchPath(
            "/responseModels/{type}",
            ALL,
            filled_text("Invalid null or empty value in responseModels"),
            Member(("responseModels", "{type}"), missing=CONTENT_TYPE_UNKNOWN),
        ),
    ),
    PLAIN,
)


def put_method_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method = find_method(call, members)
    if members["status_code"] in method.get("methodResponses", {}):
        raise conflict("Response already exists for this resource")
    response = make_method_response(call, members["restapi_id"], members["status_code"], members)
    store_method(call, members["restapi_id"], with_response(method, "methodResponses", response))
    return response


def get_method_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return find_response(find_method(call, members).get("methodResponses"), members)


def update_method_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method = find_method(call, members)
    response = find_response(method.get("methodResponses"), members)
    changed = PATCH_PATHS.apply(response, members.get("patchOperations"))
    _check(call, members["restapi_id"], changed)
    store_method(call, members["restapi_id"], with_response(method, "methodResponses", changed))
    return changed


def delete_method_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    method = find_method(call, members)
    code = find_response(method.get("methodResponses"), members)["statusCode"]
    store_method(call, members["restapi_id"], without_response(method, "methodResponses", code))
    return {}


def make_method_response(call: Call, api_id: str, code: str, members: dict[str, Any]) -> Document:
    """Checked, not stored: it stands in its method's document."""
    check_status_code(code)
    response = {"statusCode": code, **given(members, MEMBERS)}
    _check(call, api_id, response)
    return response


def _check(call: Call, api_id: str, response: Document) -> None:
    for name in MEMBERS:
        if not response.get(name):
            response.pop(name, None)
    check_method_response(response.get("responseParameters", {}))
    for content_type in response.get("responseModels", {}):
        check_content_type(content_type)
    check_models(call, api_id, response.get("responseModels", {}))
