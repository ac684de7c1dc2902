"""Tags of users, roles and managed policies."""

from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.policies import find_policy
from limen.control.iam.tag_lists import checked_tags
from limen.store.documents import Document


def tag(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    added = checked_tags(members["Tags"])
    replaced = {each["Key"].lower() for each in added}
    kept = [each for each in document.get("Tags", []) if each["Key"].lower() not in replaced]
    documents.put(call, noun, document | {"Tags": checked_tags([*kept, *added])})
    return {}


def untag(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = _find(noun, call, members)
    gone = {key.lower() for key in members["TagKeys"]}
    kept = [each for each in document.get("Tags", []) if each["Key"].lower() not in gone]
    documents.put(call, noun, document | {"Tags": kept})
    return {}


def list_tags(noun: str, call: Call, members: dict[str, Any]) -> dict[str, Any]:
    return documents.list_page(_find(noun, call, members).get("Tags", []), members, "Tags")


def _find(noun: str, call: Call, members: dict[str, Any]) -> Document:
    if noun == documents.POLICY:
        return find_policy(call, members["PolicyArn"])
    return documents.find(call, noun, members[documents.NAME_OF[noun]])
