"""API keys: who calls, as usage plans know callers; values are unique in an account and region."""

import re
import secrets
import string
from typing import Any

from limen.aws.errors import bad_request, conflict
from limen.aws.pages import V1, page
from limen.aws.patch import ADD, LISTING, REMOVE, REPLACE, Elements, PatchPath, PatchPaths, any_text, boolean
from limen.control.call import Call
from limen.control.tags import checked_tags
from limen.control.v1 import quotas
from limen.control.v1.documents import answer, find, fresh_id, given, items
from limen.control.v1.usage_plans import check_stage
from limen.store.documents import Document

VALUES = "ApiKeyValue"
"""Noun of an index: the id of a key by its value."""

SHORTEST_VALUE, LONGEST_VALUE = 20, 128
LONGEST_NAME = 1024
LONGEST_DESCRIPTION = 125_000
GENERATED_LENGTH = 40

_ALPHABET = string.ascii_letters + string.digits
_SENDABLE = re.compile(r"[\x20-\x7e]*")
"""What a header can carry."""


def create_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    quotas.check_room_in_account(call, "ApiKey")
    value = members.get("value") or "".join(secrets.choice(_ALPHABET) for _ in range(GENERATED_LENGTH))
    if len(value) < SHORTEST_VALUE:
        raise bad_request(f"API Key value should be at least {SHORTEST_VALUE} characters")
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
    is_own_id = members.get("generateDistinctId") is False
    return answer(add_key(call, value, key, value if is_own_id else None))


def get_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return answer_key(_find(call, members), with_value=bool(members.get("includeValue")))


def get_api_keys(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """The newest first; `name` is what a name begins with."""
    prefix, customer = members.get("name") or "", members.get("customerId")
    found = [
        (key_id, key)
        for key_id, key in reversed(call.documents.list("ApiKey", call.scope))
        if key.get("name", "").startswith(prefix) and customer in (None, key.get("customerId"))
    ]
    shown, position = page(found, members.get("limit"), members.get("position"), V1)
    with_value = bool(members.get("includeValues"))
    return items([answer_key(key, with_value=with_value) for key in shown], position)


def update_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    key = _find(call, members)
    changed = PATCH_PATHS.apply(key, members.get("patchOperations"))
    changed.setdefault("stageKeys", [])
    for stage in set(changed["stageKeys"]) - set(key["stageKeys"]):
        api_id, _, stage_name = stage.partition("/")
        check_stage(call, api_id, stage_name)
    return answer_key(put_key(call, changed), with_value=False)


def delete_api_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """It leaves its usage plans."""
    key = _find(call, members)
    for plan_id, _ in call.documents.list("UsagePlan", call.scope):
        call.documents.delete("UsagePlanKey", f"{plan_id}/keys", key["id"])
    call.documents.delete(VALUES, call.scope, key["value"])
    call.documents.delete("ApiKey", call.scope, key["id"])
    return {}


def add_key(call: Call, value: str, key: Document, key_id: str | None = None) -> Document:
    """Stores a new key; its id is made unless it is given."""
    if len(value) > LONGEST_VALUE:
        raise bad_request(f"API Key value exceeds maximum size of {LONGEST_VALUE} characters")
    if not _SENDABLE.fullmatch(value):
        raise bad_request("API Key value should only contain characters that a header can carry")
    key_id = key_id or fresh_id(call, "ApiKey", call.scope)
    has_id = call.documents.get("ApiKey", call.scope, key_id) is not None
    if has_id or find_by_value(call, value) is not None:
        raise conflict("API Key already exists")
    stored = put_key(call, {"id": key_id, "createdDate": call.now, "value": value, **key})
    call.documents.put(VALUES, call.scope, value, {"id": key_id})
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


def find_by_value(call: Call, value: str) -> Document | None:
    entry = call.documents.get(VALUES, call.scope, value)
    return None if entry is None else call.documents.get("ApiKey", call.scope, entry["id"])


def answer_key(key: Document, *, with_value: bool) -> dict[str, Any]:
    shown = answer(key)
    if not with_value:
        del shown["value"]
    return shown


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
