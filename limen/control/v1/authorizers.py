"""Authorizers of REST APIs: TOKEN and REQUEST for a Lambda function, COGNITO_USER_POOLS, and JWT."""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.patch import (
    ADD,
    ALL,
    PLAIN,
    REMOVE,
    REPLACE,
    Elements,
    PatchPath,
    PatchPaths,
    any_text,
    enum,
    integer,
    json_object,
    text,
)
from limen.control.call import Answer, Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v1 import quotas
from limen.control.v1.authorizer_checks import LONGEST_TTL, TYPES, WRONG_TTL, check_authorizer
from limen.control.v1.documents import answer_page, find, find_child, find_rest_api
from limen.control.v1.jwt_configuration import discover, when_discovered
from limen.store.documents import Document

MEMBERS = (
    "authType",
    "authorizerCredentials",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "identitySource",
    "identityValidationExpression",
    "jwtConfiguration",
    "name",
    "providerARNs",
    "type",
)
AUTH_TYPES = {"TOKEN": "custom", "REQUEST": "custom", "COGNITO_USER_POOLS": "cognito_user_pools", "JWT": "jwt"}
"""What OpenAPI documents call a type, where the owner does not say."""
DEFAULT_TTL = 300

_CONCURRENT = "Unable to complete operation due to concurrent modification. Please try again later."

PATCH_PATHS = PatchPaths(
    [
        PatchPath("/authorizerUri", (REPLACE,), any_text),
        PatchPath("/authorizerCredentials", (REPLACE,), text),
        PatchPath("/authorizerResultTtlInSeconds", (REPLACE,), integer(0, LONGEST_TTL, WRONG_TTL)),
        PatchPath("/authType", (REPLACE,), text),
        PatchPath("/identityValidationExpression", (REPLACE,), text),
        PatchPath("/name", (REPLACE,), any_text),
        PatchPath("/type", (REPLACE,), enum(TYPES, "Invalid authorizer type specified: {value}")),
        PatchPath("/identitySource", ALL, text),
        PatchPath("/jwtConfiguration", (REPLACE,), json_object),
        PatchPath("/providerARNs", (ADD, REMOVE), any_text, Elements(("providerARNs",))),
    ],
    PLAIN,
)


def create_authorizer(call: Call, members: dict[str, Any]) -> Answer:
    if members["type"] == "JWT":
        return when_discovered(call, members.get("jwtConfiguration"), lambda later: _create(later, members))
    return _create(call, members)


def _create(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    # Of an API that is not there, AWS speaks so (observed); every other operation says what is wrong.
    api_id = find_rest_api(call, members["restapi_id"], conflict(_CONCURRENT))["id"]
    quotas.check_room_in_api(call, "Authorizer", api_id)
    return answer(find(call, "Authorizer", api_id, put_authorizer(call, api_id, members)))


def get_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_authorizers(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "Authorizer", find_rest_api(call, members["restapi_id"])["id"], members)


def update_authorizer(call: Call, members: dict[str, Any]) -> Answer:
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    if changed["type"] == "JWT":
        return when_discovered(call, changed.get("jwtConfiguration"), lambda later: _update(later, members))
    return _update(call, members)


def _update(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    authorizer = _find(call, members)
    changed = PATCH_PATHS.apply(authorizer, members.get("patchOperations"))
    if changed["type"] != authorizer["type"] and changed.get("authType") == AUTH_TYPES[authorizer["type"]]:
        del changed["authType"]  # it was that of the old type
    return answer(_store(call, members["restapi_id"], changed))


def delete_authorizer(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    authorizer, api_id = _find(call, members), members["restapi_id"]
    for _, method in call.documents.list("Method", api_id):
        if method.get("authorizerId") == authorizer["id"]:
            path = find(call, "Resource", api_id, method["_resourceId"])["path"]
            raise conflict(
                f"Cannot delete authorizer '{authorizer['name']}', is referenced in method: {method['httpMethod']} "
                f"{path}"
            )
    remove_authorizer(call, api_id, authorizer["id"])
    return {}


def put_authorizer(call: Call, api_id: str, members: dict[str, Any], authorizer_id: str | None = None) -> str:
    """Creates an authorizer, or replaces the one with that id whole; its id."""
    authorizer = {"id": authorizer_id or fresh_id(call, "Authorizer", api_id), **given(members, MEMBERS)}
    if authorizer["type"] == "COGNITO_USER_POOLS":  # AWS ignores them here and takes them by PATCH (Terraform's note)
        authorizer.pop("authorizerCredentials", None)
    return str(_store(call, api_id, authorizer)["id"])


def remove_authorizer(call: Call, api_id: str, authorizer_id: str) -> None:
    """Whatever uses it."""
    call.documents.delete("Authorizer", api_id, authorizer_id)


def _store(call: Call, api_id: str, authorizer: Document) -> Document:
    if not authorizer.get("name"):
        raise bad_request("Authorizer name cannot be empty")
    for key, other in call.documents.list("Authorizer", api_id):
        if other["name"] == authorizer["name"] and key != authorizer["id"]:
            raise bad_request(
                f"Authorizer name must be unique. Authorizer {authorizer['name']} already exists in this RestApi."
            )
    authorizer.setdefault("authType", AUTH_TYPES.get(authorizer["type"]))
    if authorizer["type"] in ("TOKEN", "REQUEST"):
        authorizer.setdefault("authorizerResultTtlInSeconds", DEFAULT_TTL)
    check_authorizer(authorizer)
    if authorizer["type"] == "JWT":
        before = call.documents.get("Authorizer", api_id, authorizer["id"])
        discover(call, authorizer["jwtConfiguration"], (before or {}).get("jwtConfiguration"))
    call.documents.put("Authorizer", api_id, authorizer["id"], authorizer)
    return authorizer


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "Authorizer", members, members["authorizer_id"])
