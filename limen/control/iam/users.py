"""Users: CreateUser, GetUser and those like them."""

from typing import Any

from limen.control.call import Call
from limen.control.iam import documents
from limen.control.iam.attachments import boundary_of
from limen.control.iam.documents import USER
from limen.control.iam.errors import delete_conflict, entity_exists, validation
from limen.control.iam.tag_lists import checked_tags
from limen.store.documents import Document

_ACCOUNT_SINCE = "2020-01-01T00:00:00Z"
"""When the account began, which the credentials of its administrator stand for."""


def create_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    name = members["UserName"]
    if documents.look_up(call, USER, name) is not None:
        raise entity_exists(f"User with name {name} already exists.")
    document = documents.new_document(call, USER, members) | boundary_of(call, members)
    if members.get("Tags"):
        document["Tags"] = checked_tags(members["Tags"])
    documents.put(call, USER, document)
    return {"User": _answer(document)}


def get_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    caller = call.aws.caller
    if members.get("UserName") is None and caller is not None and caller.is_root:
        return {"User": _root(call)}
    return {"User": _answer(documents.find(call, USER, named_user(call, members)))}


def list_users(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    answer = documents.list_documents(call, USER, members, "Users")
    return answer | {"Users": [_answer(each) for each in answer["Users"]]}


def update_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, USER, members["UserName"])
    renamed = documents.renamed(call, USER, document, members)
    documents.remove(call, USER, document)
    documents.put(call, USER, renamed)
    return {}


def delete_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document = documents.find(call, USER, members["UserName"])
    for member, what in (
        ("_keys", "delete access keys"),
        ("_policies", "delete policies"),
        ("_attached", "detach all policies"),
        ("_groups", "remove users from group"),
    ):
        if document.get(member):
            raise delete_conflict(f"Cannot delete entity, must {what} first.")
    documents.remove(call, USER, document)
    return {}


def named_user(call: Call, members: dict[str, Any]) -> str:
    """The user that a call names, or the one who calls."""
    name = members.get("UserName")
    if name is not None:
        return str(name)
    if call.aws.caller is None or call.aws.caller.kind != "User":
        raise validation("Must specify userName when calling with non-User credentials")
    return call.aws.caller.name


def _root(call: Call) -> Document:
    account = call.aws.account
    arn = f"arn:aws:iam::{account}:root"
    return {"Path": "/", "UserId": account, "Arn": arn, "CreateDate": _ACCOUNT_SINCE, "UserName": "root"}


def _answer(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not name.startswith("_")}
