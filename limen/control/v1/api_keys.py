"""API keys: who calls, as usage plans know callers; values are unique in an account and region.

A value is not stored as it is: see api_key_values.
"""

from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.pages import V1
from limen.aws.patch import ADD, LISTING, REMOVE, REPLACE, Elements, PatchPath, PatchPaths, any_text, boolean
from limen.control.call import Call
from limen.control.documents import answer, fresh_id, given, search_page
from limen.control.tags import checked_tags
from limen.control.usage_plans.documents import INDEX, remove_key
from limen.control.v1 import quotas
from limen.control.v1.api_key_values import check_value, find_by_value, new_value, sealed, value_of
from limen.control.v1.documents import find, items
from limen.control.v1.usage_plans import check_stage
from limen.store.documents import Document

LONGEST_NAME = 1024
LONGEST_DESCRIPTION = 125_000
NO_DISTINCT_ID = (
    "generateDistinctId false is refused: logs and URLs show the id of a key, which would be its value. "
    "Leave it out, or make it true."
)
"""AWS gives such a key its value as its id, and calls that deprecated: whoever reads a log then has the key."""


def create_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    if members.get("generateDistinctId") is False:
        raise bad_request(NO_DISTINCT_ID)
    quotas.check_room_in_account(call, "ApiKey")
    value = members.get("value") or new_value()
    stages = [(key.get("restApiId", ""), key.get("stageName", "")) for key in members.get("stageKeys") or ()]
    for api_id, stage_name in stages:
        check_stage(call, api_id, stage_name)
    key: Document = {
        "enabled": False,
        "stageKeys": [f"{api_id}/{stage_name}" for api_id, stage_name in stages],
        **given(members, ("name", "description", "enabled", "customerId")),
    }
    if tags := checked_tags(members):
        key["tags"] = tags
    return answer(add_key(call, value, key)) | {"value": value}


def get_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_key(call, _find(call, members), with_value=bool(members.get("includeValue")))


def get_api_keys(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """The newest first; `name` is what a name begins with."""
    prefix, customer = members.get("name") or "", members.get("customerId")

    def read(after: str | None, limit: int) -> list[tuple[str, Document]]:
        return call.documents.list_newest("ApiKey", call.scope, after, limit)

    def is_wanted(key: Document) -> bool:
        return key.get("name", "").startswith(prefix) and customer in (None, key.get("customerId"))

    shown, position = search_page(read, is_wanted, members, V1)
    with_value = bool(members.get("includeValues"))
    return items([answer_key(call, key, with_value=with_value) for key in shown], position)


def update_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    key = _find(call, members)
    changed = PATCH_PATHS.apply(key, members.get("patchOperations"))
    changed.setdefault("stageKeys", [])
    for stage in set(changed["stageKeys"]) - set(key["stageKeys"]):
        api_id, _, stage_name = stage.partition("/")
        check_stage(call, api_id, stage_name)
    return answer(put_key(call, changed))


def delete_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """It leaves its usage plans."""
    remove_key(call.documents, call.scope, _find(call, members))
    return {}


def add_key(call: Call, value: str, key: Document) -> Document:
    """Stores a new key. Its id is always made: one that is the value, as AWS once gave, would tell it to the store."""
    check_value(value)
    if find_by_value(call, value) is not None:
        raise conflict("API Key already exists")
    key_id = fresh_id(call, "ApiKey", call.scope)
    new = {"id": key_id, "createdDate": call.now, **key, **sealed(call, key_id, value), "_plans": []}
    stored = put_key(call, new)
    call.documents.put(INDEX, call.scope, stored["_digest"], {"id": key_id})
    return stored


def put_key(call: Call, key: Document) -> Document:
    """Checks and stores."""
    if len(key.get("name", "")) > LONGEST_NAME:
        raise bad_request(f"Invalid API Key name, can be at most {LONGEST_NAME} characters.")
    if len(key.get("description", "")) > LONGEST_DESCRIPTION:
        raise bad_request("Invalid API Key description specified.")
    key["lastUpdatedDate"] = call.now
    call.documents.put("ApiKey", call.scope, key["id"], key)
    return key


def answer_key(call: Call, key: Document, *, with_value: bool) -> dict[str, Any]:
    return answer(key) | ({"value": value_of(call, key)} if with_value else {})


def _find(call: Call, members: dict[str, Any]) -> Document:
    return find(call, "ApiKey", call.scope, members["api_Key"])


PATCH_PATHS = PatchPaths(
    [
        PatchPath("/description", (REPLACE,), any_text),
        PatchPath("/enabled", (REPLACE,), boolean),
        PatchPath("/name", (REPLACE,), any_text),
        PatchPath("/customerId", (REPLACE,), any_text),
        PatchPath("/labels", (ADD, REMOVE), any_text, Elements(("_labels",))),
        PatchPath("/stages", (ADD, REMOVE), any_text, Elements(("stageKeys",))),
    ],
    LISTING,
)
