"""Groups of users: CreateGroup, AddUserToGroup and those like them. A user knows its groups."""

from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.documents import GROUP, USER, key_of
from limen.control.iam.errors import delete_conflict, entity_exists
from limen.store.documents import Document


def create_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    name = members["GroupName"]
    if documents.look_up(call, GROUP, name) is not None:
        raise entity_exists(f"Group with name {name} already exists.")
    document = documents.new_document(call, GROUP, members)
    documents.put(call, GROUP, document)
    return {"Group": _answer(document)}


def get_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = documents.find(call, GROUP, members["GroupName"])
    users = [
        {name: value for name, value in _answer(each).items() if name != "Tags"} for each in _users_of(call, group)
    ]
    return {"Group": _answer(group)} | documents.list_page(users, members, "Users")


def list_groups(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    answer = documents.list_documents(call, GROUP, members, "Groups")
    return answer | {"Groups": [_answer(each) for each in answer["Groups"]]}


def list_groups_for_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    user = documents.find(call, USER, members["UserName"])
    found = [documents.look_up(call, GROUP, name) for name in user.get("_groups", [])]
    return documents.list_page([_answer(each) for each in found if each is not None], members, "Groups")


def update_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = documents.find(call, GROUP, members["GroupName"])
    renamed = documents.renamed(call, GROUP, group, members)
    before, after = key_of(group["GroupName"]), key_of(renamed["GroupName"])
    for user in _users_of(call, group):
        groups = [after if name == before else name for name in user["_groups"]]
        documents.put(call, USER, user | {"_groups": groups})
    documents.remove(call, GROUP, group)
    documents.put(call, GROUP, renamed)
    return {}


def delete_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = documents.find(call, GROUP, members["GroupName"])
    if _users_of(call, group):
        raise delete_conflict("Cannot delete entity, must remove users from group first.")
    for member, what in (("_policies", "delete policies"), ("_attached", "detach all policies")):
        if group.get(member):
            raise delete_conflict(f"Cannot delete entity, must {what} first.")
    documents.remove(call, GROUP, group)
    return {}


def add_user_to_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = documents.find(call, GROUP, members["GroupName"])
    user = documents.find(call, USER, members["UserName"])
    groups, key = user.get("_groups", []), key_of(group["GroupName"])
    if key not in groups:
        documents.put(call, USER, user | {"_groups": [*groups, key]})
    return {}


def remove_user_from_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    group = documents.find(call, GROUP, members["GroupName"])
    user = documents.find(call, USER, members["UserName"])
    kept = [name for name in user.get("_groups", []) if name != key_of(group["GroupName"])]
    documents.put(call, USER, user | {"_groups": kept})
    return {}


def _users_of(call: Call, group: Document) -> list[Document]:
    key = key_of(group["GroupName"])
    return [user for user in documents.all_of(call, USER) if key in user.get("_groups", [])]


def _answer(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}
