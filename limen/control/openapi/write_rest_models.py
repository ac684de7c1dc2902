"""Models as schemas of an exported document: those that its operations refer to, and those that these refer to."""

import json
import re
from collections.abc import Iterator
from typing import Any

from limen.control.openapi.rest_document import Format
from limen.store.documents import Document

_MODEL_URL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/([^/#]+)\Z")
# Those of JSON Schema that a schema of OpenAPI does not have.
_NOT_OPENAPI = ("$schema", "id")


def write_models(models: dict[str, Document], paths: dict[str, Any], format_: Format) -> dict[str, Any]:
    prefix = format_.schema_prefix
    schemas = {}
    wanted = list(dict.fromkeys(_references(paths, prefix)))
    for name in wanted:
        if name in models and name not in schemas:
            schemas[name] = _schema(models[name], prefix)
            wanted.extend(_references(schemas[name], prefix))
    return dict(sorted(schemas.items()))


def _schema(model: Document, prefix: str) -> Any:
    schema = json.loads(model["schema"])
    if isinstance(schema, dict):
        schema = {name: value for name, value in schema.items() if name not in _NOT_OPENAPI}
    return _with_references(schema, prefix)


def _with_references(value: Any, prefix: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_reference(key, item, prefix) for key, item in value.items()}
    return [_with_references(item, prefix) for item in value] if isinstance(value, list) else value


def _with_reference(key: str, value: Any, prefix: str) -> Any:
    match = _MODEL_URL.match(value) if key == "$ref" and isinstance(value, str) else None
    return prefix + match.group(1) if match else _with_references(value, prefix)


def _references(value: Any, prefix: str) -> Iterator[str]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(prefix):
            yield reference.removeprefix(prefix)
        for item in value.values():
            yield from _references(item, prefix)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item, prefix)
