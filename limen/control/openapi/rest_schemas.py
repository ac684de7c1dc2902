"""Schemas of a document as models of a REST API: JSON Schema draft 4, with references to other models by URL.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from msgspec import Struct

from limen.control.openapi.shapes import Message, location
from limen.control.openapi.source import Pointer

_URL_START = "https://apigateway.amazonaws.com/restapis/"
MEDIA_TYPE = "application/json"
_NAME = re.compile(r"[a-zA-Z0-9]+\Z")
_UNSUPPORTED = frozenset(
    (
        *("discriminator", "example", "examples", "readOnly", "writeOnly", "nullable", "deprecated", "xml"),
        *("externalDocs", "default", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"),
    )
)
"""Keywords that AWS leaves out of a model: a body is not checked for them."""

_MAPS = ("properties", "patternProperties", "definitions", "dependencies")
_LISTS = ("allOf", "anyOf", "oneOf")
_SCHEMAS = ("items", "additionalProperties", "additionalItems", "not")
# What a schema may have under any name: a value, not a schema.
_VALUES = ("enum", "required", "type")


class ImportedModel(Struct):
    name: str
    schema: dict[str, Any]  # references to models as "#/models/NAME"
    pointer: Pointer
    is_inline: bool = False  # named by Limen, not by the document


class SchemaError(Exception):
    """A schema that cannot be a model, in AWS's words."""


def unsupported_keywords(schema: Any) -> list[str]:
    """The keywords of a schema, at any depth, that models of API Gateway do not have; in order, each once."""
    return list(dict.fromkeys(_find_unsupported(schema)))


def _find_unsupported(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    for name, value in schema.items():
        if name in _UNSUPPORTED:
            yield name
        for inner in _inner_schemas(name, value):
            yield from _find_unsupported(inner)


def _inner_schemas(name: str, value: Any) -> list[Any]:
    if name in _MAPS:
        return list(value.values()) if isinstance(value, dict) else []
    if name in _LISTS:
        return value if isinstance(value, list) else []
    if name in _SCHEMAS:
        return value if isinstance(value, list) else [value]
    return []


def schema_text(model: ImportedModel, api_id: str) -> str:
    """As the Model document keeps it."""
    url = f"{_URL_START}{api_id}/models/"
    return json.dumps(_map_references(model.schema, lambda name: url + name), indent=2, ensure_ascii=False)


def _map_references(schema: Any, rename: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: rename(value.removeprefix(_OWN))
            if name == "$ref" and isinstance(value, str) and value.startswith(_OWN)
            else (value if name in _VALUES and not isinstance(value, dict) else _map_references(value, rename))
            for name, value in schema.items()
        }
    return [_map_references(item, rename) for item in schema] if isinstance(schema, list) else schema


_OWN = "#/models/"


class Models:
    """The models that a document asks for: those it names, and one for each schema that stands where it is used."""

    def __init__(self, named: dict[str, Any], prefix: str, warnings: list[Message], errors: list[Message]) -> None:
        self.found: dict[str, ImportedModel] = {}
        self._named = named
        self._prefix = prefix  # of references to named schemas: "#/definitions/"
        self._warnings = warnings
        self._errors = errors

    def read_named(self) -> None:
        where = tuple(self._prefix.removeprefix("#/").rstrip("/").split("/"))
        for name, schema in self._named.items():
            pointer = (*where, name)
            if not _NAME.match(name):
                self._fail(name, f"Model name must be alphanumeric: {name}", pointer)
            elif not isinstance(schema, dict):
                self._fail(name, "Model schema must be an object", pointer)
            else:
                self._add(name, schema, pointer)

    def of_body(self, schema: Any, pointer: Pointer) -> str | None:
        """The name of the model for a schema where a body is described; None where there is none to make."""
        if not isinstance(schema, dict) or not schema:
            return None
        if "$ref" in schema:
            return self._of_reference(schema["$ref"], pointer)
        return self._of_inline(schema, pointer)

    def of_response(self, schema: Any, pointer: Pointer) -> str | None:
        """AWS makes no model of a response that is a text or a number and has no name."""
        kind = schema.get("type") if isinstance(schema, dict) else None
        if kind in ("string", "number", "integer", "boolean", "file"):
            return None
        return self.of_body(schema, pointer)

    def _of_reference(self, reference: Any, pointer: Pointer) -> str | None:
        name = str(reference).removeprefix(self._prefix)
        if name in self._named and str(reference).startswith(self._prefix):
            return name
        if str(reference).startswith(_URL_START):
            return str(reference).rpartition("/")[2]
        where = (*pointer, "$ref")
        self._warnings.append(
            Message(f"Parse issue: attribute {location(where)} is missing: {reference}", where, is_loss=True)
        )
        return None

    def _of_inline(self, schema: dict[str, Any], pointer: Pointer) -> str | None:
        try:
            clean = self._clean(schema)
        except SchemaError as error:
            self._fail("inline", str(error), pointer)
            return None
        name = self._inline_name(clean)
        self.found.setdefault(name, ImportedModel(name, clean, pointer, is_inline=True))
        return name

    def _inline_name(self, schema: dict[str, Any]) -> str:
        """As AWS names them, ArrayOfPet or MODEL and six digits; by content, so that a later import finds it again."""
        if schema.keys() == {"type", "items"} and schema["type"] == "array" and isinstance(schema["items"], dict):
            reference = schema["items"].get("$ref")
            name = f"ArrayOf{str(reference).rpartition('/')[2]}"
            if reference and self._is_free(name, schema):
                return name
        digest = sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
        length = 6
        while not self._is_free(f"MODEL{digest[:length]}", schema):
            length += 1
        return f"MODEL{digest[:length]}"

    def _is_free(self, name: str, schema: dict[str, Any]) -> bool:
        found = self.found.get(name)
        return name not in self._named and (found is None or found.schema == schema)

    def _add(self, name: str, schema: dict[str, Any], pointer: Pointer) -> None:
        try:
            self.found[name] = ImportedModel(name, self._clean(schema), pointer)
        except SchemaError as error:
            self._fail(name, str(error), pointer)

    def _clean(self, schema: Any) -> Any:
        """Without what models do not have, and with references to models."""
        if not isinstance(schema, dict):
            return schema
        cleaned: dict[str, Any] = {}
        for name, value in schema.items():
            if name in _UNSUPPORTED or name.startswith("x-"):
                continue
            if name == "$ref":
                cleaned[name] = self._reference(value)
            elif name in _MAPS and isinstance(value, dict):
                cleaned[name] = {key: self._clean(item) for key, item in value.items()}
            elif (name in _LISTS or name in _SCHEMAS) and isinstance(value, list):
                cleaned[name] = [self._clean(item) for item in value]
            else:
                cleaned[name] = self._clean(value) if name in _SCHEMAS else value
        return cleaned

    def _reference(self, reference: Any) -> str:
        text = str(reference)
        name = text.removeprefix(self._prefix)
        if text.startswith(_URL_START):
            return _OWN + text.rpartition("/")[2]
        if name == text or not _NAME.match(name):
            raise SchemaError(f"Model reference must be in canonical form: {text}")
        if name not in self._named:
            raise SchemaError(f"Model reference {text} is missing")
        return _OWN + name

    def _fail(self, name: str, reason: str, pointer: Pointer) -> None:
        self._errors.append(Message(f"Unable to create model for '{name}': {reason}", pointer))
