"""The mapping template that API Gateway proposes for a model: its schema with sample values, in Velocity."""

from typing import Any

import orjson

DEEPEST = 16
"""Levels of a schema that are spelled out; deeper ones are left as an empty object."""

MOST_VALUES = 1000
"""Of a schema that are spelled out: models that refer to each other can stand for far more than a template may hold."""

DEFINITIONS = "#/definitions/"

_SAMPLES = {"string": '"foo"', "integer": "42", "number": "42", "boolean": "true", "null": "null"}


def render_template(schema: dict[str, Any]) -> str:
    """`schema` refers to its own definitions at most."""
    skeleton = _Skeleton(schema.get("definitions")).render(schema, "$inputRoot", 0)
    return "#set($inputRoot = $input.path('$'))\n" + skeleton


class _Skeleton:
    def __init__(self, definitions: Any) -> None:
        self._definitions = definitions if isinstance(definitions, dict) else {}
        self._open: list[str] = []
        """References that are being spelled out: one inside itself is left as an empty object."""
        self._values_left = MOST_VALUES

    def render(self, schema: Any, source: str, depth: int) -> str:
        if not isinstance(schema, dict) or depth > DEEPEST or not self._values_left:
            return "{ }"
        self._values_left -= 1
        if isinstance(schema.get("$ref"), str):
            return self._render_reference(schema["$ref"], source, depth)
        kind = schema.get("type")
        if kind == "array":
            return self._render_array(schema.get("items"), source, depth)
        if isinstance(kind, str) and kind in _SAMPLES:
            return _SAMPLES[kind]
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            return "{ }"
        margin = "  " * (depth + 1)
        lines = [
            f"{margin}{orjson.dumps(name).decode()} : {self.render(value, f'{source}.{name}', depth + 1)}"
            for name, value in properties.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"

    def _render_reference(self, reference: str, source: str, depth: int) -> str:
        if reference in self._open:
            return "{ }"
        self._open.append(reference)
        rendered = self.render(self._definitions.get(reference.removeprefix(DEFINITIONS)), source, depth)
        self._open.pop()
        return rendered

    def _render_array(self, item: Any, source: str, depth: int) -> str:
        margin = "  " * depth
        sample = self.render(item, "$elem", depth + 1)
        return (
            f"[\n{margin}#foreach($elem in {source})\n{margin}  {sample}#if($foreach.hasNext),#end\n"
            f"{margin}#end\n{margin}]"
        )
