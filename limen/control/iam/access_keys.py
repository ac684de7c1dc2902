"""Access keys of users. A secret is told once, by CreateAccessKey, and is kept sealed: signatures need it."""

import secrets
from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import USER
from limen.control.iam.errors import limit_exceeded, no_such_entity
from limen.control.iam.users import named_user
from limen.store.documents import Document

MOST_KEYS = 2
"""Of a user, where the counts of AWS are enforced."""


def create_access_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user = documents.find(call, USER, named_user(call, members))
    keys = user.get("_keys", [])
    if call.settings.quotas_enforced and len(keys) >= MOST_KEYS:
        raise limit_exceeded(f"Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}")
    key_id, secret = documents.new_unique_id("AKIA"), secrets.token_urlsafe(30)
    key = {"UserName": user["UserName"], "AccessKeyId": key_id, "Status": "Active", "CreateDate": call.now}
    sealed = call.settings.secrets_seal.close(secret.encode(), key_id)
    documents.put(call, USER, user | {"_keys": [*keys, _stored(key) | {"_secret": sealed}]})
    return {"AccessKey": key | {"SecretAccessKey": secret}}


def list_access_keys(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user = documents.find(call, USER, named_user(call, members))
    listed = [
        {"UserName": user["UserName"], **{name: key[name] for name in ("AccessKeyId", "Status", "CreateDate")}}
        for key in user.get("_keys", [])
    ]
    return documents.list_page(listed, members, "AccessKeyMetadata")


def update_access_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user, key = _find(call, members)
    changed = [each | {"Status": members["Status"]} if each is key else each for each in user["_keys"]]
    documents.put(call, USER, user | {"_keys": changed})
    return {}


def delete_access_key(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user, key = _find(call, members)
    documents.put(call, USER, user | {"_keys": [each for each in user["_keys"] if each is not key]})
    return {}


def get_access_key_last_used(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """On the admin port, since the control process began."""
    wanted = members["AccessKeyId"]
    for user in documents.all_of(call, USER):
        if any(key["AccessKeyId"] == wanted for key in user.get("_keys", [])):
            used = call.settings.last_used.find(wanted)
            told = {"ServiceName": "N/A", "Region": "N/A"} if used is None else used
            return {"UserName": user["UserName"], "AccessKeyLastUsed": told}
    raise _unknown(wanted)


def _find(call: Call, members: dict[str, Any]) -> tuple[Document, Document]:
    """A user and one of its keys."""
    wanted = members["AccessKeyId"]
    user = documents.find(call, USER, named_user(call, members))
    for key in user.get("_keys", []):
        if key["AccessKeyId"] == wanted:
            return user, key
    raise _unknown(wanted)


def _stored(key: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name != "UserName"}


def _unknown(key_id: str) -> Exception:
    return no_such_entity(f"The Access Key with id {key_id} cannot be found.")
