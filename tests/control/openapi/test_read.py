"""Texts and the documents in them."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from limen.control.openapi.read import read_source
from limen.control.openapi.source import MAX_BYTES, SourceError

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9)
)

REFUSED = {
    "empty": ("", (1, 1), "the document is empty"),
    "list": ("- 1", (1, 1), "the document must be an object"),
    "json comma": ('{"a": 1\n "b": 2}', (2, 2), "Expecting ',' delimiter"),
    "json key twice": ('{"a": {"b": 1,\n       "b": 2}}', (2, 8), "the key 'b' occurs twice"),
    "json deep": ('{"a":' * 200 + "1" + "}" * 200, (1, 1), "the document is nested deeper than 100 levels"),
    "json very deep": ('{"a":' * 100_000, (1, 1), "the document is nested deeper than 100 levels"),
    "yaml indentation": ("a:\n  b: 1\n c: 2", (3, 2), "did not find expected"),
    "yaml list without end": ("a: [1,\n  2\n", (1, 4), "while parsing a flow sequence, did not find"),
    "yaml key twice": ("a: 1\nb: 2\na: 3", (3, 1), "the key 'a' occurs twice"),
    "yaml number as key twice": ("200: 1\n'200': 3", (2, 1), "the key '200' occurs twice"),
    "yaml two documents": ("a: 1\n---\nb: 1", (2, 1), "expected a single document in the stream"),
    "yaml unknown alias": ("a: *b", (1, 4), "found undefined alias"),
    "yaml cycle": ("a: &a {b: *a}", (1, 4), "nested deeper"),
    "yaml bomb": (BOMB, None, "aliases add more than 100000 values"),
    "yaml deep": ("a: " + "[" * 500 + "]" * 500, None, "nested deeper"),
    "yaml deep enough to end a process": ("a: " + "[" * 100_000, (1, 104), "nested deeper"),
    "yaml deep in one line": ("- " * 50_000 + "a", None, "nested deeper"),
    "yaml deep in keys": ("? " * 50_000 + "a", None, "nested deeper"),
    "json long number": ('{"a": ' + "9" * 5_000 + "}", (1, 1), "a number of more than 4,300 digits"),
    "json half a character": ('{"a": "\\ud800"}', (1, 1), "half of a character"),
    "yaml python": ("a: !!python/object/apply:os.system [id]", (1, 4), "is not supported"),
    "yaml function": ("a: !Sub x", (1, 4), "the tag !Sub is not supported"),
    "yaml list as key": ("? [a]\n: 1", (1, 3), "a key must be a text"),
    "yaml control character": ("a: 1\nb: \x07", (2, 1), "a character that YAML does not allow"),
    "too large": ("x" * (MAX_BYTES + 1), (1, 1), "more than the 6291456 that can be imported"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_text_that_is_no_document_is_refused_where_it_is_wrong(name: str) -> None:
    text, place, message = REFUSED[name]

    with pytest.raises(SourceError) as refused:
        read_source(text)

    assert message in refused.value.message
    if place is not None:
        assert (refused.value.line, refused.value.column) == place


def test_bytes_that_are_not_utf_8_are_refused_where_they_are() -> None:
    with pytest.raises(SourceError) as refused:
        read_source(b"a: 1\nb: \xff")

    assert (refused.value.line, refused.value.column) == (2, 4)


def test_a_byte_order_mark_is_skipped() -> None:
    assert read_source(b'\xef\xbb\xbf{"a": 1}').document == {"a": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1.0),
        ("1.10", "1.10"),
        ("12", 12),
        ("000012", "000012"),
        ("0x10", "0x10"),
        ("on", "on"),
        ("no", "no"),
        ("true", True),
        ("~", None),
        ("2020-01-01", "2020-01-01"),
        ("1:30", "1:30"),
        (".inf", ".inf"),
        ("'1'", "1"),
        ("=", "="),
    ],
)
def test_yaml_has_the_scalars_of_json(text: str, value: Any) -> None:
    read = read_source(f"a: {text}").document["a"]

    assert read == value
    assert type(read) is type(value)


def test_a_number_keeps_the_text_that_a_float_would_lose() -> None:
    assert read_source('{"version": 1.10, "half": 0.5}').document == {"version": "1.10", "half": 0.5}


def test_yaml_keys_are_texts() -> None:
    assert read_source("200: a\ntrue: b\n1.0: c").document == {"200": "a", "true": "b", "1.0": "c"}


def test_an_alias_is_a_copy() -> None:
    document = read_source("a: &a {x: [1]}\nb: *a\nc: {<<: *a, y: 2}\nd: {<<: [{x: 9}], x: 3}").document

    document["a"]["x"].append(2)
    assert document["b"] == {"x": [1]}
    assert document["c"] == {"x": [1], "y": 2}
    assert document["d"] == {"x": 3}


def test_variables_are_put_in() -> None:
    source = read_source("uri: arn:${AWS::Region}:${AWS::Unknown}", {"AWS::Region": "us-east-1"})

    assert source.document == {"uri": "arn:us-east-1:${AWS::Unknown}"}


YAML = "a: 1\npaths:\n  /x:\n    - name: first\n    - name: second\n"
JSON = '{"a": 1,\n "paths": {\n  "/x": [\n    {"name": "first"},\n    {"name": "second"}]}}'


@pytest.mark.parametrize(("text", "column"), [(YAML, 7), (JSON, 6)])
def test_a_pointer_has_a_position(text: str, column: int) -> None:
    source = read_source(text)

    assert source.position(("paths", "/x", "1", "name")) == (5, column)


def test_the_position_of_what_is_missing_is_that_of_its_owner() -> None:
    assert read_source(YAML).position(("paths", "/x", "7", "name")) == (3, 3)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, min_size=1))
def test_json_reads_back(document: dict[str, Any]) -> None:
    source = read_source(json.dumps(document))

    assert source.document == document
    source.position(("nowhere",))  # the walk for positions gets through


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"))


@given(st.dictionaries(TEXT, TEXT | st.integers(-1000, 1000) | st.booleans() | st.none() | st.lists(TEXT), min_size=1))
def test_yaml_reads_back(document: dict[str, Any]) -> None:
    source = read_source(yaml.safe_dump(document, allow_unicode=True))

    assert source.document == document
    source.position(("nowhere",))


@given(st.text(max_size=200))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    try:
        document = read_source(text).document
    except SourceError as refused:
        assert refused.line >= 1
        assert refused.column >= 1
    else:
        assert isinstance(document, dict)
