"""The mapping template that API Gateway proposes for a model: its schema with sample values, in Velocity."""

from typing import Any

import orjson

DEEPEST = 16
"""Levels of a schema that are spelled out; deeper ones are left as an empty object."""

_SAMPLES = {"string": '"foo"', "integer": "42", "number": "42", "boolean": "true", "null": "null"}


def render_template(schema: dict[str, Any]) -> str:
    return "#set($inputRoot = $input.path('$'))\n" + _render(schema, "$inputRoot", 0)


def _render(schema: Any, source: str, depth: int) -> str:
    if not isinstance(schema, dict) or depth > DEEPEST:
        return "{ }"
    kind = schema.get("type")
    if kind == "array":
        return _render_array(schema.get("items"), source, depth)
    if isinstance(kind, str) and kind in _SAMPLES:
        return _SAMPLES[kind]
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        return "{ }"
    margin = "  " * (depth + 1)
    lines = [
        f"{margin}{orjson.dumps(name).decode()} : {_render(value, f'{source}.{name}', depth + 1)}"
        for name, value in properties.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"


def _render_array(item: Any, source: str, depth: int) -> str:
    margin = "  " * depth
    sample = _render(item, "$elem", depth + 1)
    return (
        f"[\n{margin}#foreach($elem in {source})\n{margin}  {sample}#if($foreach.hasNext),#end\n{margin}#end\n{margin}]"
    )
