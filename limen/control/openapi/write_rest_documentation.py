"""Puts documentation parts into the parts of an exported document that they describe.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-quick-start-publishing.html
"""

import json
from typing import Any

from limen.control.openapi.extensions import ANY_METHOD_NAME
from limen.control.openapi.rest_document import Format
from limen.control.openapi.shapes import items, member
from limen.store.documents import Document

# What OpenAPI has where a part of this type is put; anything else stays in the part. `x-...` is welcome everywhere.
_KNOWN = {
    "API": ("tags", "externalDocs"),
    "RESOURCE": (),
    "METHOD": ("summary", "description", "tags", "externalDocs"),
    "AUTHORIZER": ("description",),
    "MODEL": ("title", "description"),
    "PATH_PARAMETER": ("description",),
    "QUERY_PARAMETER": ("description",),
    "REQUEST_HEADER": ("description",),
    "REQUEST_BODY": ("description",),
    "RESPONSE": ("description",),
    "RESPONSE_HEADER": ("description",),
}
_INFO = ("description", "termsOfService", "contact", "license")
_PLACES = {"PATH_PARAMETER": "path", "QUERY_PARAMETER": "query", "REQUEST_HEADER": "header", "REQUEST_BODY": "body"}
_BY_RESPONSE = ("RESPONSE", "RESPONSE_HEADER")


def add_documentation(document: dict[str, Any], documentation: Document, format_: Format) -> None:
    """Parts of a more general place come first, so that what is said of the place itself stays."""
    for part in sorted(documentation["parts"], key=lambda part: _precision(part["location"])):
        properties = _object(part["properties"])
        kind = part["location"]["type"]
        if kind not in _KNOWN:
            continue
        known = {name: value for name, value in properties.items() if _is_known(name, _KNOWN[kind])}
        for owner in _owners(document, part["location"], format_):
            owner |= known
        if kind == "API":
            info = member(properties, "info")
            document["info"] |= {name: value for name, value in info.items() if _is_known(name, _INFO)}


def _is_known(name: str, known: tuple[str, ...]) -> bool:
    return name in known or (name.startswith("x-") and not name.startswith("x-amazon-apigateway-"))


def _object(properties: str) -> dict[str, Any]:
    value = json.loads(properties)
    return value if isinstance(value, dict) else {}


def _precision(where: dict[str, str]) -> tuple[int, bool, bool]:
    return len(where.get("path", "/")), where.get("method", "*") != "*", where.get("statusCode", "*") != "*"


def _owners(document: dict[str, Any], where: dict[str, str], format_: Format) -> list[dict[str, Any]]:
    """The objects that the part describes: those of its place and, for what is inherited, below it."""
    kind, name = where["type"], where.get("name", "")
    if kind == "API":
        return [document]
    components = document if format_ is Format.SWAGGER else member(document, "components")
    if kind == "AUTHORIZER":
        schemes = "securityDefinitions" if format_ is Format.SWAGGER else "securitySchemes"
        return _present(member(components, schemes), name)
    if kind == "MODEL":
        return _present(member(components, "definitions" if format_ is Format.SWAGGER else "schemas"), name)
    if kind == "RESOURCE":
        return _present(document["paths"], where.get("path", "/"))
    operations = _operations(document, where)
    if kind == "METHOD":
        return operations
    if kind in _BY_RESPONSE:
        return [owner for operation in operations for owner in _responses(operation, where)]
    if kind == "REQUEST_BODY" and format_ is Format.OPENAPI:
        return [owner for operation in operations for owner in _present(operation, "requestBody")]
    return [
        parameter
        for operation in operations
        for parameter in items(operation, "parameters")
        if parameter["in"] == _PLACES[kind] and (kind == "REQUEST_BODY" or parameter["name"] == name)
    ]


def _operations(document: dict[str, Any], where: dict[str, str]) -> list[dict[str, Any]]:
    path, verb = where.get("path", "/").rstrip("/"), where.get("method", "*")
    return [
        operation
        for own_path, item in document["paths"].items()
        if own_path.rstrip("/") == path or own_path.startswith(path + "/")
        for name, operation in item.items()
        if isinstance(operation, dict) and verb in ("*", "ANY" if name == ANY_METHOD_NAME else name.upper())
    ]


def _responses(operation: dict[str, Any], where: dict[str, str]) -> list[dict[str, Any]]:
    status = where.get("statusCode", "*")
    responses = [response for code, response in member(operation, "responses").items() if status in ("*", code)]
    if where["type"] == "RESPONSE":
        return responses
    return [owner for response in responses for owner in _present(member(response, "headers"), where.get("name", ""))]


def _present(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = owner.get(name)
    return [value] if isinstance(value, dict) else []
