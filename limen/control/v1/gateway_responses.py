"""Gateway responses: how the gateway itself answers, by type of failure; those that were put, and the defaults.

Developer guide, Gateway responses in API Gateway.
"""

import re
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.aws.pages import V1, page
from limen.aws.patch import ALL, PLAIN, REPLACE, Member, PatchPath, PatchPaths, filled_text, text
from limen.control.call import Call
from limen.control.v1.documents import find_rest_api, given, items
from limen.control.v1.mapping import check_gateway_response, check_templates
from limen.control.v1.method_documents import PARAMETER_UNKNOWN
from limen.gateway.rest_errors import DEFAULT_TEMPLATE, GATEWAY_RESPONSE_TYPES
from limen.store.documents import Document

MEMBERS = ("statusCode", "responseParameters", "responseTemplates")
_STATUS = re.compile(r"[1-5]\d\d")

PATCH_PATHS = PatchPaths(
    (
        PatchPath("/statusCode", (REPLACE,), text, wrong_op="Invalid patch path /statusCode"),
        PatchPath(
            "/responseParameters/{name}",
            ALL,
            filled_text("Invalid null or empty value in responseParameters"),
            Member(("responseParameters", "{name}"), missing=PARAMETER_UNKNOWN),
        ),
        PatchPath(
            "/responseTemplates/{type}",
            ALL,
            filled_text("Invalid null or empty value in responseTemplates"),
            Member(("responseTemplates", "{type}"), missing=PARAMETER_UNKNOWN),
        ),
    ),
    PLAIN,
)


def put_gateway_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    return _answer(put_response(call, api_id, members["response_type"], members))


def get_gateway_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return _find(call, find_rest_api(call, members["restapi_id"])["id"], members["response_type"])


def get_gateway_responses(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """All types, always, by name."""
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    answers = [(kind, _find(call, api_id, kind)) for kind in sorted(GATEWAY_RESPONSE_TYPES)]
    limit = members.get("limit", len(answers))
    return items(*page(answers, limit, members.get("position"), V1))


def update_gateway_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    kind = members["response_type"]
    changed = PATCH_PATHS.apply(_find(call, api_id, kind), members.get("patchOperations"))
    return _answer(put_response(call, api_id, kind, changed))


def delete_gateway_response(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    api_id = find_rest_api(call, members["restapi_id"])["id"]
    if not remove_gateway_response(call, api_id, members["response_type"]):
        raise not_found("Gateway response type not defined on api")
    return {}


def put_response(call: Call, api_id: str, kind: str, members: dict[str, Any]) -> Document:
    """Sets the response of a type, in place of what was set before: what is not given is as by default."""
    if kind not in GATEWAY_RESPONSE_TYPES:
        raise bad_request(f"Invalid gateway response type specified: {kind}")
    response: Document = {"responseType": kind} | given(members, MEMBERS)
    status = response.setdefault("statusCode", GATEWAY_RESPONSE_TYPES[kind])
    if not status:
        del response["statusCode"]
    elif not _STATUS.fullmatch(str(status)):
        raise bad_request(f"Invalid status code specified: {status}")
    response.setdefault("responseParameters", {})
    if not response.get("responseTemplates"):
        response["responseTemplates"] = {"application/json": DEFAULT_TEMPLATE}
    check_gateway_response(response["responseParameters"])
    check_templates(response["responseTemplates"])
    call.documents.put("GatewayResponse", api_id, kind, response)
    return response


def remove_gateway_response(call: Call, api_id: str, kind: str) -> bool:
    """False where it was never set."""
    return call.documents.delete("GatewayResponse", api_id, kind)


def _find(call: Call, api_id: str, kind: str) -> dict[str, Any]:
    """As answered: what was set, else what is inherited from DEFAULT_4XX or DEFAULT_5XX, else the default."""
    own = call.documents.get("GatewayResponse", api_id, kind)
    if own is not None:
        return _answer(own)
    default_status = GATEWAY_RESPONSE_TYPES[kind]
    response: Document = {
        "responseType": kind,
        "responseParameters": {},
        "responseTemplates": {"application/json": DEFAULT_TEMPLATE},
        "defaultResponse": True,
    }
    if default_status is None:
        return response
    inherited = call.documents.get("GatewayResponse", api_id, f"DEFAULT_{default_status[0]}XX") or {}
    return response | {"statusCode": default_status} | given(inherited, MEMBERS)


def _answer(response: Document) -> dict[str, Any]:
    return response | {"defaultResponse": False}
