"""The one document of a method: found by its resource and verb, stored, answered, named in messages."""

import re
from typing import Any

from limen.aws.errors import bad_request, not_found
from limen.control.call import Call
from limen.control.v1.documents import find
from limen.control.v1.resources import METHODS, find_resource
from limen.store.documents import Document

RESPONSE_UNKNOWN = "Invalid Response status code specified"
PARAMETER_UNKNOWN = "Invalid parameter name specified"
CONTENT_TYPE_UNKNOWN = "Content-Type specified was not found"

_STATUS_CODE = re.compile(r"[1-5]\d\d", re.ASCII)


def find_method(call: Call, members: dict[str, Any]) -> Document:
    """The method that an operation names by `restapi_id`, `resource_id` and `http_method`."""
    resource = find_resource(call, members)
    return find(call, "Method", members["restapi_id"], f"{resource['id']}/{members['http_method']}")


def find_integration(call: Call, members: dict[str, Any]) -> tuple[Document, Document]:
    """A method and its integration."""
    method = find_method(call, members)
    integration = method.get("methodIntegration")
    if integration is None:
        raise not_found("Invalid Integration identifier specified")
    return method, integration


def find_response(responses: dict[str, Document] | None, members: dict[str, Any]) -> Document:
    """Of a method's or an integration's responses, by `status_code`."""
    response = (responses or {}).get(members["status_code"])
    if response is None:
        raise not_found(RESPONSE_UNKNOWN)
    return response


def store_method(call: Call, api_id: str, method: Document) -> None:
    call.documents.put("Method", api_id, key_of(method), method)


def key_of(method: Document) -> str:
    return f"{method['_resourceId']}/{method['httpMethod']}"


def with_response(owner: Document, name: str, response: Document) -> Document:
    """A copy of a method or integration with one response more, or another in its place, in order of status."""
    responses = {**owner.get(name, {}), response["statusCode"]: response}
    return owner | {name: dict(sorted(responses.items()))}


def without_response(owner: Document, name: str, code: str) -> Document:
    responses = {key: response for key, response in owner.get(name, {}).items() if key != code}
    changed = owner | {name: responses}
    if not responses:
        del changed[name]
    return changed


def label_of(call: Call, api_id: str, method: Document) -> str:
    """How AWS's messages name a method: /pets/GET, and //GET at the root."""
    resource = call.documents.get("Resource", api_id, method["_resourceId"]) or {}
    return f"{resource.get('path', '')}/{method['httpMethod']}"


def check_verb(verb: str) -> None:
    if verb not in METHODS:
        raise bad_request(f"Invalid HttpMethod specified. Valid options are {','.join(METHODS)}")


def check_status_code(code: str) -> None:
    """Of a response in a whole method; operations name theirs in a path that the service model checks."""
    if not _STATUS_CODE.fullmatch(code):
        raise bad_request(RESPONSE_UNKNOWN)


def check_models(call: Call, api_id: str, models: dict[str, str]) -> None:
    """By content type: each is a model of the API."""
    for name in models.values():
        if not name or call.documents.get("Model", api_id, name) is None:
            raise bad_request(f"Invalid model identifier specified: {name}")
