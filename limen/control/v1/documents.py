"""Documents as the operations of this package find and list them, and what they say of one that is not there."""

from typing import Any

from limen.aws.errors import AwsError, not_found
from limen.aws.pages import V1
from limen.control import documents
from limen.control.call import Call
from limen.control.documents import answer
from limen.store.documents import Document

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
    """`parent`: an API that has been found before, or the scope of the call."""
    document = call.documents.get(noun, parent, key)
    if document is None:
        raise not_found(UNKNOWN[noun])
    return document


def find_child(call: Call, noun: str, members: dict[str, Any], key: str) -> Document:
    """A child of the API that the members name."""
    return find(call, noun, find_rest_api(call, members["restapi_id"])["id"], key)


def list_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> tuple[list[Document], str | None]:
    return documents.list_page(call, noun, parent, members, V1)


def answer_page(call: Call, noun: str, parent: str, members: dict[str, Any]) -> dict[str, Any]:
    found, position = list_page(call, noun, parent, members)
    return items([answer(document) for document in found], position)


def items(answers: list[dict[str, Any]], position: str | None) -> dict[str, Any]:
    """A list as this API answers it: what SDKs show as `items` is `item` on the wire."""
    return {"item": answers} if position is None else {"item": answers, "position": position}
