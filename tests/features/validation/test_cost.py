"""Models that would take hours, and the bodies that would make them."""

import json
from typing import Any

import pytest

from limen.features.validation.cost import Costs
from limen.features.validation.models import URL, compile_model
from limen.gateway.errors import PlanError

NODE = {"$ref": "#"}


def costs(schema: dict[str, Any]) -> Costs:
    return Costs({"url": schema}, "url")


def reference(name: str) -> dict[str, str]:
    return {"$ref": URL.format(api="a", name=name)}


def nested(depth: int) -> Any:
    body: Any = 1
    for _ in range(depth):
        body = {"a": body}
    return body


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_a_model_of_more_ways_than_can_be_gone_is_refused(keyword: str) -> None:
    models = {f"M{level}": {keyword: [reference(f"M{level + 1}")] * 2} for level in range(40)} | {"M40": {}}
    with pytest.raises(PlanError, match="more than 5,000,000 schemas of one value"):
        compile_model("M0", {name: {"schema": json.dumps(schema)} for name, schema in models.items()}, "a")


def test_a_model_that_doubles_with_each_level_takes_flat_bodies_alone() -> None:
    doubling = costs({"anyOf": [{"properties": {"a": NODE}}, {"properties": {"a": NODE}, "required": ["b"]}]})
    assert doubling.of_level[:4] == [3, 8, 16, 32]
    assert not doubling.are_harmless
    assert doubling.are_bearable(nested(12))
    assert not doubling.are_bearable(nested(30))
    assert not doubling.are_bearable([nested(14)] * 10_000)


def test_what_is_said_of_others_adds_to_what_is_said_by_name() -> None:
    adding = costs({"allOf": [{"properties": {"a": NODE}}, {"additionalProperties": NODE}, {"items": NODE}]})
    assert adding.of_level[:3] == [4, 10, 20]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": NODE, "b": {"items": NODE}}},
        {"oneOf": [{"properties": {"and": {"items": NODE}}}, {"properties": {"or": {"items": NODE}}}]},
        {"definitions": {"tree": {"properties": {"left": NODE, "right": NODE}}}, "$ref": "#/definitions/tree"},
        {"allOf": [{"$ref": "#"}, {"not": NODE}]},
        {"patternProperties": {"^a": NODE}, "dependencies": {"a": {"required": ["b"]}, "c": ["d"]}},
        {"items": [{"type": "string"}, NODE], "additionalItems": NODE},
        {"$ref": "#/nowhere/0"},
    ],
)
def test_models_that_refer_to_themselves_once_are_harmless(schema: dict[str, Any]) -> None:
    assert costs(schema).are_harmless


def test_a_model_as_deep_as_can_be_is_refused_by_name() -> None:
    models = {f"M{level}": {"allOf": [reference(f"M{level + 1}")]} for level in range(2_000)} | {"M2000": {}}
    with pytest.raises(PlanError, match="model 'M0' is nested too deep"):
        compile_model("M0", {name: {"schema": json.dumps(schema)} for name, schema in models.items()}, "a")
