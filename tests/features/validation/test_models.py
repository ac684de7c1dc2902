"""Models that refer to each other, and those that cannot be compiled."""

import json
import time
from typing import Any

import orjson
import pytest

from limen.features.validation.models import compile_model
from limen.gateway.errors import PlanError

HERE = "https://apigateway.amazonaws.com/restapis/abc/models/"


def models(**schemas: Any) -> dict[str, dict[str, Any]]:
    return {name: {"name": name, "schema": json.dumps(schema)} for name, schema in schemas.items()}


def test_models_refer_to_each_other_in_circles() -> None:
    compiled = compile_model(
        "Tree",
        models(
            Tree={"type": "object", "properties": {"leaf": {"$ref": HERE + "Leaf"}}},
            Leaf={
                "properties": {"tree": {"$ref": HERE + "Tree"}, "size": {"$ref": "#/definitions/Size"}},
                "definitions": {"Size": {"type": "integer"}},
            },
        ),
        "abc",
    )

    assert compiled.is_valid({"leaf": {"tree": {"leaf": {"size": 1}}}})
    assert not compiled.is_valid({"leaf": {"tree": {"leaf": {"size": "1"}}}})
    assert not compiled.is_valid({"leaf": {"tree": 1}})


def test_a_model_nobody_refers_to_does_not_matter() -> None:
    compile_model("Good", models(Good={"type": "object"}, Bad={"type": "nonsense"}), "abc")


@pytest.mark.parametrize("form", ["date", "time", "int32", "idn-email"])
def test_formats_that_draft_4_does_not_have_are_not_looked_at(form: str) -> None:
    assert compile_model("A", models(A={"format": form}), "abc").is_valid("anything")


def test_patterns_take_linear_time() -> None:
    compiled = compile_model("A", models(A={"pattern": "^(a+)+$"}), "abc")

    began = time.perf_counter()
    assert not compiled.is_valid("a" * 5000 + "!")
    assert time.perf_counter() - began < 0.5


def test_patterns_that_look_around_are_bounded() -> None:
    compiled = compile_model("A", models(A={"pattern": "^(?=a)(a|aa)+$"}), "abc")

    assert compiled.is_valid("aaa")
    began = time.perf_counter()
    assert not compiled.is_valid("a" * 5000 + "!")
    assert time.perf_counter() - began < 0.5
    assert compiled.explain("a" * 50 + "!").messages


def test_a_deeply_nested_body_is_judged() -> None:
    compiled = compile_model("A", models(A={"items": {"$ref": HERE + "A"}, "type": "array"}), "abc")

    assert compiled.is_valid(orjson.loads(b"[" * 900 + b"]" * 900))
    deep = orjson.loads(b"[" * 900 + b"1" + b"]" * 900)
    assert not compiled.is_valid(deep)
    assert compiled.explain(deep).messages


def test_a_schema_of_a_later_draft_is_read_as_draft_4() -> None:
    later = {"$schema": "http://json-schema.org/draft-07/schema#", "const": 1}

    assert compile_model("A", models(A=later), "abc").is_valid(2)


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nonsense"}, "model 'A' is no JSON schema of draft 4: at /type: "),
        ({"properties": {"a": {"required": True}}}, "at /properties/a/required: true is not of type"),
        ({"pattern": "("}, "at /pattern: .* is not a .*regex"),
        ({"$ref": "#/definitions/Gone"}, "model 'A' does not compile: "),
        ({"$ref": "https://example.com/schema"}, "model 'A' does not compile: "),
        ({"$ref": HERE + "Gone"}, "model 'Gone' does not exist"),
        ({"$ref": HERE.replace("abc", "other") + "A"}, "model 'A' refers to .*/other/models/A, which is no model of"),
        ([], "model 'A' is not a JSON object"),
    ],
)
def test_what_cannot_be_compiled_is_refused(schema: Any, reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        compile_model("A", models(A=schema), "abc")


def test_a_schema_nested_deeper_than_python_calls_is_refused() -> None:
    schema = '{"properties": {"a": ' * 505 + "{}" + "}}" * 505

    with pytest.raises(PlanError, match="model 'A' does not compile: Recursion limit reached"):
        compile_model("A", {"A": {"name": "A", "schema": schema}}, "abc")


def test_a_schema_that_is_no_json_is_refused() -> None:
    with pytest.raises(PlanError, match="model 'A' is not JSON"):
        compile_model("A", {"A": {"schema": "{"}}, "abc")
