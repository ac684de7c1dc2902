"""Request validators: what of a request is checked before its integration is called."""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.patch import LISTING, REPLACE, PatchPath, PatchPaths, boolean, filled_text
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given
from limen.control.v1.documents import answer_page, find_child, find_rest_api
from limen.control.v1.method_documents import label_of
from limen.store.documents import Document

MEMBERS = ("name", "validateRequestBody", "validateRequestParameters")
_BLANK = "Request Validator name cannot be blank"

PATCH_PATHS = PatchPaths(
    (
        PatchPath("/name", (REPLACE,), filled_text(_BLANK)),
        PatchPath("/validateRequestBody", (REPLACE,), boolean),
        PatchPath("/validateRequestParameters", (REPLACE,), boolean),
    ),
    LISTING,
)


def create_request_validator(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    unknown = bad_request("Invalid REST API identifier specified")
    api_id = find_rest_api(call, members["restapi_id"], unknown)["id"]
    _check_name(call, api_id, members)
    return answer(put_request_validator(call, api_id, members))


def get_request_validator(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer(_find(call, members))


def get_request_validators(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_page(call, "RequestValidator", find_rest_api(call, members["restapi_id"])["id"], members)


def update_request_validator(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed = PATCH_PATHS.apply(_find(call, members), members.get("patchOperations"))
    _check_name(call, members["restapi_id"], changed)
    call.documents.put("RequestValidator", members["restapi_id"], changed["id"], changed)
    return answer(changed)


def delete_request_validator(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Refused where a method uses it, as deleting a model is: that method could validate nothing."""
    validator = _find(call, members)
    for _, method in call.documents.list("Method", members["restapi_id"]):
        if method.get("requestValidatorId") == validator["id"]:
            label = label_of(call, members["restapi_id"], method)
            shown = validator.get("name", validator["id"])
            raise conflict(f"Cannot delete request validator '{shown}', is referenced in method request: {label}")
    remove_request_validator(call, members["restapi_id"], validator["id"])
    return {}


def put_request_validator(
    call: Call, api_id: str, members: dict[str, Any], validator_id: str | None = None
) -> Document:
    """Creates a validator, or replaces the one with that id whole."""
    validator = {
        "id": validator_id or fresh_id(call, "RequestValidator", api_id),
        "validateRequestBody": False,
        "validateRequestParameters": False,
        **given(members, MEMBERS),
    }
    if validator.get("name") == "":
        raise bad_request(_BLANK)
    call.documents.put("RequestValidator", api_id, validator["id"], validator)
    return validator


def remove_request_validator(call: Call, api_id: str, validator_id: str) -> None:
    """Whatever uses it."""
    call.documents.delete("RequestValidator", api_id, validator_id)


def _check_name(call: Call, api_id: str, validator: dict[str, Any]) -> None:
    name = validator.get("name")
    for key, other in call.documents.list("RequestValidator", api_id) if name else ():
        if other.get("name") == name and key != validator.get("id"):
            raise bad_request(
                f"Request Validator name must be unique. Request Validator {name} already exists in this RestApi."
            )


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find_child(call, "RequestValidator", members, members["requestvalidator_id"])
