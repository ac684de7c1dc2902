"""Documents as the operations of this package find, list, change and answer them."""

from collections.abc import Collection
from typing import Any

from limen.aws.errors import AwsError, bad_request, not_found
from limen.aws.ids import new_id
from limen.aws.pages import V1, read_page
from limen.control.call import Call
from limen.store.documents import Document
from limen.store.errors import UnknownKeyError

ID_LENGTHS = {"RestApi": 10, "ApiKey": 10}
"""Of the ids that AWS gives; six for every other noun."""
ROOT_ID_LENGTH = 10
"""The root resource alone has a longer id than other resources."""

SHARED_IDS = {"RestApi": ("RestApi", "Api"), "RestVpcLink": ("RestVpcLink", "VpcLink")}
"""Nouns that share one space of ids: each API has a host by its id, whatever its kind."""

UNKNOWN = {
    "Resource": "Invalid Resource identifier specified",
    "Method": "Invalid Method identifier specified",
    "RequestValidator": "Invalid Request Validator identifier specified",
    "Authorizer": "Invalid Authorizer identifier specified",
    "Deployment": "Invalid Deployment identifier specified",
    "Stage": "Invalid stage identifier specified",
    "ApiKey": "Invalid API Key identifier specified",
    "UsagePlan": "Invalid Usage Plan ID specified",
    "RestVpcLink": "Invalid Vpc Link identifier specified",
    "ClientCertificate": "Invalid Client Certificate identifier specified",
    "DocumentationPart": "Invalid Documentation part identifier specified",
    "DocumentationVersion": "Invalid Documentation version identifier specified",
    "DomainName": "Invalid domain name identifier specified",
    "ApiMapping": "Invalid base path mapping identifier specified",
}
"""What the 404 says of a noun that is not there."""


def find_rest_api(call: Call, api_id: str, unknown: AwsError | None = None) -> Document:
    """The API of an operation, which its members call `restapi_id`; one of another account or region is not there.

    `unknown`: what is raised where it is not there, for the operations that speak of something else then.
    """
    document = call.documents.get("RestApi", call.scope, api_id)
    if document is None:
        raise unknown or not_found(f"Invalid API identifier specified {call.aws.account}:{api_id}")
    return document


def find(call: Call, noun: str, parent: str, key: str) -> Document:
    """Of an API's children: the API has been found before."""
    document = call.documents.get(noun, parent, key)
    if document is None:
        raise not_found(UNKNOWN[noun])
    return document


def find_child(call: Call, noun: str, members: dict[str, Any], key: str) -> Document:
    """A child of the API that the members name."""
    return find(call, noun, find_rest_api(call, members["restapi_id"])["id"], key)


def fresh_id(call: Call, noun: str, parent: str, length: int | None = None) -> str:
    """An id that nothing with this parent has, nor anything that shares its ids."""
    while True:
        key = new_id(length or ID_LENGTHS.get(noun, 6))
        if all(call.documents.get(each, parent, key) is None for each in SHARED_IDS.get(noun, (noun,))):
            return key


def answer(document: Document) -> dict[str, Any]:
    """What the owner of a document sees of it: all but our own fields."""
    return {name: value for name, value in document.items() if not name.startswith("_")}


def list_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> tuple[list[Document], str | None]:
    """A page of documents in order of creation, and the position of the next; costs what the page holds."""

    def read_after(key: str | None, limit: int) -> list[tuple[str, Document]]:
        try:
            return call.documents.list(noun, parent, after=key, limit=limit)
        except UnknownKeyError:
            raise bad_request("Invalid position specified") from None

    return read_page(read_after, members.get("limit"), members.get("position"), V1)


def answer_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> dict[str, Any]:
    found, position = list_page(call, noun, parent, members)
    return items([answer(document) for document in found], position)


def items(answers: list[dict[str, Any]], position: str | None) -> dict[str, Any]:
    """A list as this API answers it: what SDKs show as `items` is `item` on the wire."""
    return {"item": answers} if position is None else {"item": answers, "position": position}


def given(members: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The members of a call that have a name in `names`, save those sent as null."""
    return {name: members[name] for name in names if members.get(name) is not None}
