"""One view of the two formats of a document: operations, parameters, bodies and responses, with references followed."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

from msgspec import Struct

from limen.aws.patch import unescape
from limen.control.openapi.extensions import ANY_METHOD_NAME
from limen.control.openapi.keywords import METHODS
from limen.control.openapi.rest_schemas import MEDIA_TYPE
from limen.control.openapi.shapes import Message, items, location, member
from limen.control.openapi.source import Pointer


class Format(Enum):
    SWAGGER = "swagger"
    OPENAPI = "oas30"

    @property
    def schema_prefix(self) -> str:
        """How references to named schemas begin."""
        return "#/definitions/" if self is Format.SWAGGER else "#/components/schemas/"


MOST_REFERENCES = 20
"""That follow one another: more is a circle."""

Placed = tuple[Pointer, dict[str, Any]]


class Body(Struct, frozen=True):
    """What one media type of a body holds; `schema` as the document has it, or None."""

    media_type: str
    schema: Any
    pointer: Pointer


class Operation(Struct, frozen=True):
    path: str
    verb: str
    pointer: Pointer
    members: dict[str, Any]
    parameters: list[Placed]  # those of the path included, save what the operation has under the same name


class RestDocument:
    """`warnings` gets what cannot be followed."""

    def __init__(self, document: dict[str, Any], warnings: list[Message]) -> None:
        self.members = document
        self.format = Format.SWAGGER if "swagger" in document else Format.OPENAPI
        self._warnings = warnings

    @property
    def schemas(self) -> dict[str, Any]:
        if self.is_swagger:
            return member(self.members, "definitions")
        return member(member(self.members, "components"), "schemas")

    @property
    def is_swagger(self) -> bool:
        return self.format is Format.SWAGGER

    def path_items(self) -> Iterator[tuple[str, Pointer, dict[str, Any]]]:
        for path, item in member(self.members, "paths").items():
            if isinstance(item, dict) and not path.startswith("x-"):
                pointer, resolved = self.resolve(("paths", path), item)
                yield path, pointer if "$ref" in item else ("paths", path), resolved

    def operations(self, path: str, pointer: Pointer, item: dict[str, Any]) -> Iterator[Operation]:
        for name in (*METHODS, ANY_METHOD_NAME):
            operation = item.get(name)
            if isinstance(operation, dict):
                verb = "ANY" if name == ANY_METHOD_NAME else name.upper()
                here = (*pointer, name)
                yield Operation(path, verb, here, operation, self._parameters(pointer, item, here, operation))

    def request_bodies(self, operation: Operation) -> list[Body]:
        if self.is_swagger:
            bodies = [placed for placed in operation.parameters if placed[1].get("in") == "body"]
            media_types = self._media_types(operation, "consumes")
            return [
                Body(media_type, body.get("schema"), (*pointer, "schema"))
                for pointer, body in bodies
                for media_type in media_types
            ]
        body = operation.members.get("requestBody")
        if not isinstance(body, dict):
            return []
        return _contents(*self.resolve((*operation.pointer, "requestBody"), body))

    def request_body_description(self, operation: Operation) -> str:
        if self.is_swagger:
            bodies = [body for _, body in operation.parameters if body.get("in") == "body"]
            return str(bodies[0].get("description") or "") if bodies else ""
        body = operation.members.get("requestBody")
        if not isinstance(body, dict):
            return ""
        return str(self.resolve(operation.pointer, body)[1].get("description") or "")

    def responses(self, operation: Operation) -> Iterator[tuple[str, Pointer, dict[str, Any]]]:
        """Those with a status code: a method response has one."""
        for status, response in member(operation.members, "responses").items():
            if status.isdigit() and isinstance(response, dict):
                yield status, *self.resolve((*operation.pointer, "responses", status), response)

    def response_bodies(self, operation: Operation, pointer: Pointer, response: dict[str, Any]) -> list[Body]:
        if not self.is_swagger:
            return _contents(pointer, response)
        if "schema" not in response:
            return []
        media_types = self._media_types(operation, "produces")
        return [Body(media_type, response["schema"], (*pointer, "schema")) for media_type in media_types]

    def resolve(self, pointer: Pointer, value: dict[str, Any]) -> Placed:
        """Follows references within the document; an empty object, with a warning, where they lead nowhere."""
        for _ in range(MOST_REFERENCES):
            reference = value.get("$ref")
            if reference is None:
                return pointer, value
            where = (*pointer, "$ref")
            found = self._at(str(reference))
            if found is None:
                message = f"Parse issue: attribute {location(where)} is missing: {reference}"
                self._warnings.append(Message(message, where, is_loss=True))
                return pointer, {}
            pointer, value = found
        self._warnings.append(Message(f"Parse issue: attribute {location(pointer)} refers to itself", pointer, True))
        return pointer, {}

    def _at(self, reference: str) -> Placed | None:
        if not reference.startswith("#/"):
            return None
        pointer = tuple(unescape(part) for part in reference[2:].split("/"))
        value: Any = self.members
        for part in pointer:
            value = value.get(part) if isinstance(value, dict) else None
        return (pointer, value) if isinstance(value, dict) else None

    def _parameters(
        self, path_pointer: Pointer, item: dict[str, Any], pointer: Pointer, operation: dict[str, Any]
    ) -> list[Placed]:
        found: dict[tuple[str, str], Placed] = {}
        for where, owner in ((path_pointer, item), (pointer, operation)):
            for index, parameter in enumerate(items(owner, "parameters")):
                if isinstance(parameter, dict):
                    placed = self.resolve((*where, "parameters", str(index)), parameter)
                    found[str(placed[1].get("name")), str(placed[1].get("in"))] = placed
        return list(found.values())

    def _media_types(self, operation: Operation, name: str) -> list[str]:
        own = items(operation.members, name) if name in operation.members else items(self.members, name)
        return [str(media_type) for media_type in own] or [MEDIA_TYPE]


def _contents(pointer: Pointer, owner: dict[str, Any]) -> list[Body]:
    return [
        Body(media_type, content["schema"], (*pointer, "content", media_type, "schema"))
        for media_type, content in member(owner, "content").items()
        if isinstance(content, dict) and "schema" in content
    ]
