"""Each keyword of draft 4 in API Gateway's words."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.features.validation.explanations import explain
from limen.features.validation.models import compile_model

MESSAGES: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "object", "required": ["b", "a"]}, {}, 'object has missing required properties (["a","b"])'),
    (
        {"type": "integer"},
        "x",
        'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
    ),
    (
        {"type": ["string", "number"]},
        None,
        'instance type (null) does not match any allowed primitive type (allowed: ["integer","number","string"])',
    ),
    (
        {"type": "integer"},
        1.0,
        'instance type (number) does not match any allowed primitive type (allowed: ["integer"])',
    ),
    ({"enum": [1, "a"]}, True, 'instance value (true) not found in enum (possible values: [1,"a"])'),
    ({"minimum": 3}, 2, "numeric instance is lower than the required minimum (minimum: 3, found: 2)"),
    (
        {"minimum": 3, "exclusiveMinimum": True},
        3,
        "numeric instance is not strictly greater than the required minimum 3",
    ),
    ({"maximum": 3}, 4.5, "numeric instance is greater than the required maximum (maximum: 3, found: 4.5)"),
    ({"maximum": 3, "exclusiveMaximum": True}, 3, "numeric instance is not strictly lower than the required maximum 3"),
    ({"multipleOf": 2}, 3, "remainder of division is not zero (3 / 2)"),
    ({"minLength": 2}, "é", 'string "é" is too short (length: 1, required minimum: 2)'),
    ({"maxLength": 1}, "ab", 'string "ab" is too long (length: 2, maximum allowed: 1)'),
    ({"pattern": "^a$"}, "b", 'ECMA 262 regex "^a$" does not match input string "b"'),
    ({"minItems": 1}, [], "array is too short: must have at least 1 elements but instance has 0 elements"),
    ({"maxItems": 1}, [1, 2], "array is too long: must have at most 1 elements but instance has 2 elements"),
    ({"uniqueItems": True}, [1, 1.0], "array must not contain duplicate elements"),
    (
        {"items": [{}], "additionalItems": False},
        [1, 2],
        "schema only allows 1 elements in array but instance has 2 elements",
    ),
    ({"minProperties": 1}, {}, "object has too few properties (found 0 but schema requires at least 1)"),
    ({"maxProperties": 0}, {"a": 1}, "object has too many properties (found 1 but schema requires at most 0)"),
    (
        {"properties": {"a": {}}, "patternProperties": {"^x-": {}}, "additionalProperties": False},
        {"c": 1, "b": 1, "a": 1, "x-y": 1},
        'object instance has properties which are not allowed by the schema: ["b","c"]',
    ),
    (
        {"dependencies": {"a": ["c", "b"]}},
        {"a": 1, "c": 1},
        'property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["b"])',
    ),
    ({"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}, 'object has missing required properties (["b"])'),
    (
        {"allOf": [{"type": "string"}, {"minLength": 2}]},
        "a",
        "instance failed to match all required schemas (matched only 1 out of 2)",
    ),
    (
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        1,
        "instance failed to match at least one required schema among 2",
    ),
    ({"oneOf": [{}, {}]}, 1, "instance failed to match exactly one schema (matched 2 out of 2)"),
    ({"not": {}}, 1, "instance matched a schema which it should not have"),
    ({"format": "email"}, "x", 'string "x" is not a valid email address'),
    ({"format": "ipv4"}, "x", 'string "x" is not a valid IPv4 address'),
    ({"format": "ipv6"}, "x", 'string "x" is not a valid IPv6 address'),
    ({"format": "hostname"}, "x y", 'string "x y" is not a valid hostname'),
    ({"format": "uri"}, "x y", 'string "x y" is not a valid URI'),
    (
        {"format": "date-time"},
        "x",
        "string \"x\" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, "
        "yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]",
    ),
]


def explained(schema: dict[str, Any], content: Any, **others: dict[str, Any]) -> tuple[list[str], str]:
    models = {name: {"schema": orjson.dumps(each)} for name, each in {"Root": schema, **others}.items()}
    model = compile_model("Root", models, "abc")
    assert not model.is_valid(content)
    explanation = model.explain(content)
    return explanation.messages, explanation.pointer


@pytest.mark.parametrize(("schema", "content", "message"), MESSAGES)
def test_each_keyword_has_its_words(schema: dict[str, Any], content: Any, message: str) -> None:
    assert explained(schema, content) == ([message], "")


def test_members_come_by_name_with_their_pointer() -> None:
    schema = {"properties": {"b/c": {"type": "string"}, "a": {"items": {"type": "null"}}}}

    messages, pointer = explained(schema, {"b/c": 1, "a": [None, 2]})

    assert messages == [
        'instance type (integer) does not match any allowed primitive type (allowed: ["null"])',
        'instance type (integer) does not match any allowed primitive type (allowed: ["string"])',
    ]
    assert pointer == "/a/1"


def test_below_what_failed_nothing_is_looked_into() -> None:
    schema = {"required": ["x"], "properties": {"a": {"type": "string"}}}

    assert explained(schema, {"a": 1})[0] == ['object has missing required properties (["x"])']


def test_keywords_of_one_place_come_in_order() -> None:
    assert explained({"minLength": 3, "enum": ["abc"], "format": "ipv4"}, "x")[0] == [
        'instance value ("x") not found in enum (possible values: ["abc"])',
        'string "x" is too short (length: 1, required minimum: 3)',
        'string "x" is not a valid IPv4 address',
    ]


def test_references_are_followed() -> None:
    schema = {
        "properties": {
            "pet": {"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Pet"},
            "tag": {"$ref": "#/definitions/Tag~1x"},
        },
        "definitions": {"Tag/x": {"type": "string"}},
    }
    pet = {"properties": {"name": {"$ref": "#/definitions/Name"}}, "definitions": {"Name": {"minLength": 1}}}

    assert explained(schema, {"pet": {"name": ""}}, Pet=pet) == (
        ['string "" is too short (length: 0, required minimum: 1)'],
        "/pet/name",
    )
    assert explained(schema, {"tag": 1}, Pet=pet)[1] == "/tag"


def test_a_large_body_is_explained_in_bounded_time() -> None:
    messages, _ = explained({"items": {"type": "string"}}, [1] * 100_000)

    assert len(messages) == 100


def test_what_is_far_down_a_large_body_is_found() -> None:
    schema = {"items": {"required": ["a"], "properties": {"a": {"properties": {"b/c": {"minimum": 1}}}}}}

    assert explained(schema, [{"a": {}}] * 10_000 + [{}]) == (
        ['object has missing required properties (["a"])'],
        "/10000",
    )
    assert explained(schema, [{"a": {}}] * 10_000 + [{"a": {"b/c": 0}}])[1] == "/10000/a/b~1c"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-4, 4) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3, unique_by=repr),
            "minimum": st.integers(-3, 3),
            "maxLength": st.integers(0, 3),
            "minItems": st.integers(0, 2),
            "uniqueItems": st.booleans(),
            "pattern": st.sampled_from(["a", "^b", "(?=a)"]),
            "required": st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True),
            "additionalProperties": st.booleans(),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            "patternProperties": st.dictionaries(st.sampled_from(["a", "b|c"]), inner, max_size=2),
            "additionalProperties": inner,
            "items": inner | st.lists(inner, min_size=1, max_size=2),
            "additionalItems": inner | st.booleans(),
            "dependencies": st.dictionaries(st.sampled_from("abc"), inner, max_size=1),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
        },
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(schema=SCHEMAS, content=VALUES)
def test_whatever_is_refused_is_explained_and_nothing_else(schema: dict[str, Any], content: Any) -> None:
    model = compile_model("Root", {"Root": {"schema": orjson.dumps(schema)}}, "abc")

    url = "https://apigateway.amazonaws.com/restapis/abc/models/Root"
    assert bool(explain({url: schema}, url, content).messages) is not model.is_valid(content)
