"""Documents as the operations of this package find, list and change them."""

from collections.abc import Collection
from typing import Any

from limen.aws.errors import not_found
from limen.aws.pages import V2
from limen.control import documents
from limen.control.call import Call
from limen.control.documents import answer
from limen.store.documents import Document

NAMES = {"Api": "API"}
"""How AWS's errors call a noun where it is not the noun itself."""


def find(call: Call, noun: str, parent: str, key: str) -> Document:
    document = call.documents.get(noun, parent, key)
    if document is None:
        shown = f"{call.aws.account}:{key}" if noun == "Api" else key
        raise not_found(f"Invalid {NAMES.get(noun, noun)} identifier specified {shown}", noun)
    return document


def find_api(call: Call, members: dict[str, Any]) -> Document:
    """The API that an operation names; one of another account or region is not there."""
    return find(call, "Api", call.scope, members["apiId"])


def list_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> tuple[list[Document], str | None]:
    return documents.list_page(call, noun, parent, members, V2)


def answer_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> dict[str, Any]:
    found, token = list_page(call, noun, parent, members)
    return items([answer(document) for document in found], token)


def items(answers: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    return {"items": answers} if token is None else {"items": answers, "nextToken": token}


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
