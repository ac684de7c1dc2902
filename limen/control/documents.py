"""Documents as the operations of both APIs of API Gateway name, list and answer them."""

from collections.abc import Callable, Collection
from typing import Any

from limen.aws.errors import bad_request
from limen.aws.ids import new_id
from limen.aws.pages import PageWords, read_page
from limen.control.call import Call
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

ID_LENGTHS = {"Api": 10, "ApiKey": 10, "Integration": 7, "RestApi": 10, "Route": 7}
"""Of the ids that AWS gives; six for every other noun."""

SHARED_IDS = (("Api", "RestApi"), ("VpcLink", "RestVpcLink"))
"""Nouns that share one space of ids: each API has a host by its id, and each VPC link an ARN, whatever its kind."""


SEARCHED = 500
"""Documents read at once where most are not wanted."""


def fresh_id(call: Call, noun: str, parent: str, length: int | None = None) -> str:
    """An id that nothing with this parent has, nor anything that shares its ids."""
    nouns = next((shared for shared in SHARED_IDS if noun in shared), (noun,))
    while True:
        key = new_id(length or ID_LENGTHS.get(noun, 6))
        if all(call.documents.get(each, parent, key) is None for each in nouns):
            return key


def answer(document: Document) -> dict[str, Any]:
    """What the owner of a document sees of it: all but our own fields."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def list_page(
    call: Call, noun: str, parent: str, members: dict[str, Any], words: PageWords
) -> tuple[list[Document], str | None]:
    """A page of documents in order of creation, and the token of the next; costs what the page holds."""

    def read_after(key: str | None, limit: int) -> list[tuple[str, Document]]:
        try:
            return call.documents.list(noun, parent, after=key, limit=limit)
        except UnknownKeyError:
            raise bad_request(f"Invalid {words.token} specified") from None

    return read_page(read_after, members.get(words.size), members.get(words.token), words)


def search_page(
    read: Callable[[str | None, int], list[tuple[str, Document]]],
    is_wanted: Callable[[Document], bool],
    members: dict[str, Any],
    words: PageWords,
) -> tuple[list[Document], str | None]:
    """A page of the documents that are wanted; `read(key or None, limit)` gives those after a key, in their order."""

    def read_after(key: str | None, limit: int) -> list[tuple[str, Document]]:
        found: list[tuple[str, Document]] = []
        size = limit
        while True:
            try:
                read_now = read(key, size)
            except UnknownKeyError:
                raise bad_request(f"Invalid {words.token} specified") from None
            found += [each for each in read_now if is_wanted(each[1])]
            if len(found) >= limit or len(read_now) < size:
                return found[:limit]
            key, size = read_now[-1][0], SEARCHED

    return read_page(read_after, members.get(words.size), members.get(words.token), words)


def given(members: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The members of a call that have a name in `names`, save those sent as null."""
    return {name: members[name] for name in names if members.get(name) is not None}
