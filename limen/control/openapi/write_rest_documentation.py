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
    addition = _Addition(document, format_)
    for part in sorted(documentation["parts"], key=lambda part: _precision(part["location"])):
        addition.put(part["location"], json.loads(part["properties"]))


class _Addition:
    def __init__(self, document: dict[str, Any], format_: Format) -> None:
        self._document = document
        is_swagger = format_ is Format.SWAGGER
        components = document if is_swagger else member(document, "components")
        self._schemes = member(components, "securityDefinitions" if is_swagger else "securitySchemes")
        self._schemas = member(components, "definitions" if is_swagger else "schemas")
        self._body_is_parameter = is_swagger
        self._below = _operations_below(document["paths"])

    def put(self, where: dict[str, str], properties: dict[str, Any]) -> None:
        kind = where["type"]
        if kind not in _KNOWN:
            return
        known = {name: value for name, value in properties.items() if _is_known(name, _KNOWN[kind])}
        for owner in self._owners(where):
            owner |= known
        if kind == "API":
            info = member(properties, "info")
            self._document["info"] |= {name: value for name, value in info.items() if _is_known(name, _INFO)}

    def _owners(self, where: dict[str, str]) -> list[dict[str, Any]]:
        """The objects that a part describes: those of its place and, for what is inherited, below it."""
        name = where.get("name", "")
        match where["type"]:
            case "API":
                return [self._document]
            case "AUTHORIZER":
                return _present(self._schemes, name)
            case "MODEL":
                return _present(self._schemas, name)
            case "RESOURCE":
                return _present(self._document["paths"], where.get("path", "/"))
            case kind:
                return [
                    owner for operation in self._operations(where) for owner in self._within(kind, operation, where)
                ]

    def _operations(self, where: dict[str, str]) -> list[dict[str, Any]]:
        verb = where.get("method", "*")
        below = self._below.get(where.get("path", "/").rstrip("/"), [])
        return [operation for own_verb, operation in below if verb in ("*", own_verb)]

    def _within(self, kind: str, operation: dict[str, Any], where: dict[str, str]) -> list[dict[str, Any]]:
        if kind == "METHOD":
            return [operation]
        if kind in _BY_RESPONSE:
            return _responses(operation, where)
        if kind == "REQUEST_BODY" and not self._body_is_parameter:
            return _present(operation, "requestBody")
        return [
            parameter
            for parameter in items(operation, "parameters")
            if parameter["in"] == _PLACES[kind] and (kind == "REQUEST_BODY" or parameter["name"] == where.get("name"))
        ]


def _operations_below(paths: dict[str, Any]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Verbs and operations at and below each path and each path above it."""
    below: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, item in paths.items():
        parts = path.rstrip("/").split("/")
        for name, operation in item.items():
            verb = "ANY" if name == ANY_METHOD_NAME else name.upper()
            for depth in range(len(parts)):
                below.setdefault("/".join(parts[: depth + 1]), []).append((verb, operation))
    return below


def _responses(operation: dict[str, Any], where: dict[str, str]) -> list[dict[str, Any]]:
    status = where.get("statusCode", "*")
    responses = [response for code, response in member(operation, "responses").items() if status in ("*", code)]
    if where["type"] == "RESPONSE":
        return responses
    return [owner for response in responses for owner in _present(member(response, "headers"), where.get("name", ""))]


def _is_known(name: str, known: tuple[str, ...]) -> bool:
    return name in known or (name.startswith("x-") and not name.startswith("x-amazon-apigateway-"))


def _precision(where: dict[str, str]) -> tuple[int, bool, bool]:
    return len(where.get("path", "/")), where.get("method", "*") != "*", where.get("statusCode", "*") != "*"


def _present(owner: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = owner.get(name)
    return [value] if isinstance(value, dict) else []
