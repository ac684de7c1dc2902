"""Documents as the operations of this package find, list, change and answer them."""

from collections.abc import Collection
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.aws.ids import new_id
from limen.aws.pages import read_page
from limen.control.call import Call
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

NAMES = {"Api": "API"}
"""How AWS's errors call a noun where it is not the noun itself."""

ID_LENGTHS = {"Api": 10, "Route": 7, "Integration": 7}
"""Of the ids that AWS gives; six for every other noun."""


def find(call: Call, noun: str, parent: str, key: str) -> Document:
    document = call.documents.get(noun, parent, key)
    if document is None:
        shown = f"{call.aws.account}:{key}" if noun == "Api" else key
        raise not_found(f"Invalid {NAMES.get(noun, noun)} identifier specified {shown}", noun)
    return document


def find_api(call: Call, members: dict[str, Any]) -> Document:
    """The API that an operation names; one of another account or region is not there."""
    return find(call, "Api", call.scope, members["apiId"])


def fresh_id(call: Call, noun: str, parent: str) -> str:
    """An id that nothing with this parent has; APIs share theirs with REST APIs, whose hosts they stand beside."""
    nouns = ("Api", "RestApi") if noun == "Api" else (noun,)
    while True:
        key = new_id(ID_LENGTHS.get(noun, 6))
        if all(call.documents.get(each, parent, key) is None for each in nouns):
            return key


def answer(document: Document) -> dict[str, Any]:
    """What the owner of a document sees of it: all but our own fields."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def list_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> tuple[list[Document], str | None]:
    """A page of documents in order of creation, and the token of the next; costs what the page holds."""

    def read_after(key: str | None, limit: int) -> list[tuple[str, Document]]:
        try:
            return call.documents.list(noun, parent, after=key, limit=limit)
        except UnknownKeyError:
            raise bad_request("Invalid nextToken specified") from None

    return read_page(read_after, members.get("maxResults"), members.get("nextToken"))


def answer_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(call, noun, parent, members)
    return items([answer(document) for document in found], token)


def items(answers: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    return {"items": answers} if token is None else {"items": answers, "nextToken": token}


def given(members: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The members of a call that have a name in `names`, save those sent as null."""
    return {name: members[name] for name in names if members.get(name) is not None}


def without_cleared(document: Document, changes: dict[str, Any], names: Collection[str]) -> Document:
    """A copy without the structures that `changes` send empty: with nothing to merge, that takes them away."""
    return {name: value for name, value in document.items() if name not in names or changes.get(name) != {}}


def merge(document: Document, changes: dict[str, Any]) -> Document:
    """A changed copy, as AWS's PATCH works: structures and maps member by member; an empty text takes a member away."""
    merged = dict(document)
    for name, value in changes.items():
        if isinstance(value, dict):
            old = merged.get(name)
            merged[name] = merge(old if isinstance(old, dict) else {}, value)
        elif value == "":
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged
