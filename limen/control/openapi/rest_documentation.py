"""Documentation parts: those that a document lists, and those that its descriptions are.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
"""

import json
from collections.abc import Iterator
from typing import Any

import orjson
from msgspec import Struct

from limen.control.openapi.base_path import whole_path
from limen.control.openapi.rest_document import Operation, RestDocument
from limen.control.openapi.rest_extensions import DOCUMENTATION_NAME
from limen.control.openapi.rest_keywords import find_schemes
from limen.control.openapi.shapes import Message, items, location, member

DEFAULT_PLACES = {"path": "/", "method": "*", "statusCode": "*"}
PLACES_OF = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": ("path", "method"),
    "PATH_PARAMETER": ("path", "method", "name"),
    "QUERY_PARAMETER": ("path", "method", "name"),
    "REQUEST_HEADER": ("path", "method", "name"),
    "REQUEST_BODY": ("path", "method"),
    "RESPONSE": ("path", "method", "statusCode"),
    "RESPONSE_HEADER": ("path", "method", "statusCode", "name"),
    "RESPONSE_BODY": ("path", "method", "statusCode"),
}
"""What says where a part belongs, by type."""

_OF_PARAMETER = {"path": "PATH_PARAMETER", "query": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}
Location = dict[str, str]


class ImportedPart(Struct, frozen=True):
    location: Location  # as AWS answers it, with defaults
    properties: str


def read_documentation(members: dict[str, Any], prefix: str, warnings: list[Message]) -> list[ImportedPart]:
    """Each place once: what the document lists counts before what it describes. `warnings` gets what is no part."""
    document = RestDocument(members, [])  # what cannot be followed is told where methods are read
    found = {location_key(where): ImportedPart(where, text) for where, text in _described(document, prefix)}
    for index, part in enumerate(items(member(members, DOCUMENTATION_NAME), "documentationParts")):
        where = complete_location(member(part, "location"))
        properties = part.get("properties") if isinstance(part, dict) else None
        if where is None or properties is None:
            continue
        text = _text(properties)
        if is_json_object(text):
            found[location_key(where)] = ImportedPart(where, text)
        else:
            pointer = (DOCUMENTATION_NAME, "documentationParts", str(index), "properties")
            warnings.append(Message(f"attribute {location(pointer)} is not of type `object`", pointer))
    return list(found.values())


def complete_location(given: dict[str, Any]) -> Location | None:
    """A location with the defaults of its type, None where it is none; what its type does not have is left out."""
    kind = str(given.get("type", "")).upper()
    if kind not in PLACES_OF:
        return None
    where = {"type": kind}
    for place in PLACES_OF[kind]:
        value = given.get(place, DEFAULT_PLACES.get(place))
        if value is None:
            return None
        where[place] = str(value)
    return where


def is_json_object(text: str) -> bool:
    """What the properties of a part must be."""
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def location_key(where: Location) -> tuple[str, ...]:
    return tuple(where.get(place, "") for place in ("type", "path", "method", "statusCode", "name"))


def _text(properties: Any) -> str:
    return properties if isinstance(properties, str) else json.dumps(properties, ensure_ascii=False)


def _described(document: RestDocument, prefix: str) -> Iterator[tuple[Location, str]]:
    info = _present(member(document.members, "info"), "description", "termsOfService", "contact", "license")
    api = ({"info": info} if info else {}) | _present(document.members, "externalDocs")
    if api:
        yield {"type": "API"}, _text(api)
    for name, scheme in find_schemes(document.members).items():
        if isinstance(scheme, dict) and scheme.get("description"):
            yield {"type": "AUTHORIZER", "name": name}, _text(_present(scheme, "description"))
    for path, pointer, item in document.path_items():
        whole = whole_path(prefix, path)
        if resource := _present(item, "summary", "description"):
            yield {"type": "RESOURCE", "path": whole}, _text(resource)
        for operation in document.operations(whole, pointer, item):
            yield from _described_operation(document, operation)


def _described_operation(document: RestDocument, operation: Operation) -> Iterator[tuple[Location, str]]:
    place = {"path": operation.path, "method": "*" if operation.verb == "ANY" else operation.verb}
    if method := _present(operation.members, "summary", "description", "tags", "externalDocs"):
        yield {"type": "METHOD", **place}, _text(method)
    for _, parameter in operation.parameters:
        kind = _OF_PARAMETER.get(str(parameter.get("in")))
        if kind is not None and parameter.get("description") and isinstance(parameter.get("name"), str):
            yield {"type": kind, **place, "name": parameter["name"]}, _text(_present(parameter, "description"))
    if description := document.request_body_description(operation):
        yield {"type": "REQUEST_BODY", **place}, _text({"description": description})
    for status, _, response in document.responses(operation):
        if response.get("description") not in (None, "", f"{status} response"):  # what an export fills in
            yield {"type": "RESPONSE", **place, "statusCode": status}, _text(_present(response, "description"))
        for name, header in member(response, "headers").items():
            if isinstance(header, dict) and header.get("description"):
                where = {"type": "RESPONSE_HEADER", **place, "statusCode": status, "name": name}
                yield where, _text(_present(header, "description"))


def _present(owner: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: owner[name] for name in names if owner.get(name)}
