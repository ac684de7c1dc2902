"""Documents of IAM as its operations find, list and answer them. They belong to the account, whatever the region."""

import secrets
import string
from typing import Any

from limen.aws.errors import AwsError
from limen.aws.pages import PageWords, read_page
from limen.control.call import Call
from limen.control.iam.errors import entity_exists, no_such_entity, validation
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

USER, ROLE, GROUP, POLICY = "IamUser", "IamRole", "IamGroup", "IamPolicy"
NAME_OF = {USER: "UserName", ROLE: "RoleName", GROUP: "GroupName", POLICY: "PolicyName"}
"""By noun: the member that names it."""
ID_OF = {USER: "UserId", ROLE: "RoleId", GROUP: "GroupId", POLICY: "PolicyId"}
ID_PREFIXES = {USER: "AIDA", ROLE: "AROA", GROUP: "AGPA", POLICY: "ANPA"}
_RESOURCES = {USER: "user", ROLE: "role", GROUP: "group", POLICY: "policy"}
_BASE32 = string.ascii_uppercase + "234567"

MOST_ITEMS = 1000
WORDS = PageWords("MaxItems", "Marker")


def parent_of(account: str) -> str:
    return f"{account}/iam"


def key_of(name: str) -> str:
    """Names differ by more than their case."""
    return name.lower()


def new_unique_id(prefix: str) -> str:
    """AKIA, AIDA ... and 16 characters of Base32, as AWS makes them."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(16))


def arn_of(account: str, noun: str, path: str, name: str) -> str:
    return f"arn:aws:iam::{account}:{_RESOURCES[noun]}{path}{name}"


def find(call: Call, noun: str, name: str) -> Document:
    """The document of a user, role or group by its name; NoSuchEntity where there is none."""
    document = look_up(call, noun, name)
    if document is None:
        raise no_such_entity(f"The {_RESOURCES[noun]} with name {name} cannot be found.")
    return document


def look_up(call: Call, noun: str, name: str) -> Document | None:
    return call.documents.get(noun, parent_of(call.aws.account), key_of(name))


def put(call: Call, noun: str, document: Document) -> None:
    call.documents.put(noun, parent_of(call.aws.account), key_of(document[NAME_OF[noun]]), document)


def remove(call: Call, noun: str, document: Document) -> None:
    call.documents.delete(noun, parent_of(call.aws.account), key_of(document[NAME_OF[noun]]))


def all_of(call: Call, noun: str) -> list[Document]:
    return [document for _, document in call.documents.list(noun, parent_of(call.aws.account))]


def new_document(call: Call, noun: str, members: dict[str, Any]) -> Document:
    """What users, roles and groups begin as."""
    name, path = members[NAME_OF[noun]], members.get("Path") or "/"
    return {
        "Path": path,
        NAME_OF[noun]: name,
        ID_OF[noun]: new_unique_id(ID_PREFIXES[noun]),
        "Arn": arn_of(call.aws.account, noun, path, name),
        "CreateDate": call.now,
    }


def renamed(call: Call, noun: str, document: Document, members: dict[str, Any]) -> Document:
    """A user or group by the members NewPath and NewUserName or NewGroupName."""
    member = NAME_OF[noun]
    name, path = members.get(f"New{member}") or document[member], members.get("NewPath") or document["Path"]
    if key_of(name) != key_of(document[member]) and look_up(call, noun, name) is not None:
        raise entity_exists(f"{_RESOURCES[noun].capitalize()} with name {name} already exists.")
    return document | {member: name, "Path": path, "Arn": arn_of(call.aws.account, noun, path, name)}


def list_documents(call: Call, noun: str, members: dict[str, Any], member: str) -> dict[str, Any]:
    """A page of those below PathPrefix, as lists show them: without their tags and boundary."""
    prefix = members.get("PathPrefix") or "/"

    def read_after(key: str | None, limit: int) -> list[tuple[str, Document]]:
        try:
            found = call.documents.list(noun, parent_of(call.aws.account), after=key)
        except UnknownKeyError:
            raise validation("The marker is not valid.") from None
        return [(each, document) for each, document in found if document["Path"].startswith(prefix)][:limit]

    try:
        shown, marker = read_page(read_after, members.get("MaxItems", 100), members.get("Marker"), WORDS)
    except AwsError as error:
        raise validation(error.message) from None
    hidden = ("Tags", "PermissionsBoundary")
    listed = [{name: value for name, value in each.items() if name not in hidden} for each in shown]
    return with_marker({member: listed}, marker)


def list_page(items: list[Any], members: dict[str, Any], member: str) -> dict[str, Any]:
    """A page of what one document holds; the marker is the position."""
    size, marker = int(members.get("MaxItems", 100)), str(members.get("Marker") or "0")
    if not marker.isascii() or not marker.isdigit() or len(marker) > 9:
        raise validation("The marker is not valid.")
    start = int(marker)
    shown = items[start : start + size]
    return with_marker({member: shown}, str(start + size) if start + size < len(items) else None)


def with_marker(answer: dict[str, Any], marker: str | None) -> dict[str, Any]:
    return answer | ({"IsTruncated": True, "Marker": marker} if marker is not None else {"IsTruncated": False})
