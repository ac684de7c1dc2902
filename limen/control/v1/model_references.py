"""References between models: https://apigateway.amazonaws.com/restapis/{api}/models/{name}."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from limen.control.model_templates import DEFINITIONS

_URL = re.compile(
    r"https://apigateway\.amazonaws\.com/restapis/[A-Za-z0-9]+/models/(?P<name>[A-Za-z0-9]+)(?P<rest>#.*)?"
)


def find_references(schema: Any) -> Iterator[str]:
    """Every `$ref` of a schema, at any depth."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            yield value["$ref"]
        waiting.extend(_inner(value))


def depth_of(schema: Any) -> int:
    """How many values stand inside one another."""
    depth, level = 0, [schema]
    while level:
        depth += 1
        level = [inner for value in level for inner in _inner(value)]
    return depth


def model_of(reference: str) -> str | None:
    """The name of the model that a reference is to; None where it is in no canonical form, or inside the schema."""
    form = _URL.fullmatch(reference)
    return None if form is None else form["name"]


def flatten(schema: dict[str, Any], find_schema: Callable[[str], Any]) -> dict[str, Any]:
    """The schema with those of the models that it refers to, however far, among its own definitions."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for reference in find_references(waiting.pop()):
            name = model_of(reference)
            if name is not None and name not in found:
                found[name] = find_schema(name)
                waiting.append(found[name])
    flat: dict[str, Any] = _inside(schema, "#")
    if found:
        nested = {name: _inside(each, DEFINITIONS + name) for name, each in found.items()}
        flat["definitions"] = {**flat.get("definitions", {}), **nested}
    return flat


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()


def _inside(value: Any, root: str) -> Any:
    """With references that are good where the schema stands now: `root` leads to it."""
    if isinstance(value, list):
        return [_inside(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _moved(each, root) if key == "$ref" and isinstance(each, str) else _inside(each, root)
        for key, each in value.items()
    }


def _moved(reference: str, root: str) -> str:
    form = _URL.fullmatch(reference)
    if form is not None:
        return DEFINITIONS + form["name"] + (form["rest"] or "#")[1:]
    return root + reference[1:] if reference.startswith("#") else reference
