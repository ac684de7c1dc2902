"""PATCH as a noun declares it: what changes, what is refused, and in whose words."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.aws.patch import (
    ADD,
    ALL,
    COPY,
    LISTING,
    PLAIN,
    REMOVE,
    REPLACE,
    Elements,
    Member,
    PatchPath,
    PatchPaths,
    any_text,
    boolean,
    enum,
    escape,
    filled_text,
    integer,
    number,
    text,
    unescape,
)

ROWS = (
    PatchPath("/name", (REPLACE,), filled_text("Invalid value '{value}' for {path}")),
    PatchPath("/note", (ADD, REPLACE, REMOVE, COPY), text),
    PatchPath("/size", (REPLACE,), integer(0, 10, "bad size {value}", may_be_empty=True)),
    PatchPath("/rate", (REPLACE,), number(0, 1, "bad rate")),
    PatchPath("/kind", (REPLACE,), enum(("A", "B"), "bad kind")),
    PatchPath("/open", (REPLACE,), boolean),
    PatchPath("/maps/{name}", ALL, any_text, Member(("maps", "{name}"), missing="no such entry")),
    PatchPath("/types/{type}", ALL, text, Elements(("types",), "type")),
    PatchPath("/labels", (ADD, REMOVE), text, Elements(("labels",), missing="no such label")),
    PatchPath("/logs/{path+}/level", (REPLACE,), text),
)
PATHS = PatchPaths(ROWS, PLAIN)


def patched(document: dict[str, Any], *operations: tuple[str, str, str | None], paths: PatchPaths = PATHS) -> Any:
    return paths.apply(document, [{"op": op, "path": path, "value": value} for op, path, value in operations])


def refusal(*operations: tuple[str, str, str | None], paths: PatchPaths = PATHS, **document: Any) -> tuple[int, str]:
    with pytest.raises(AwsError) as raised:
        patched(document, *operations, paths=paths)
    return raised.value.status, raised.value.message


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"name": "a"}, ("replace", "/name", "b"), {"name": "b"}),
        ({"note": "a"}, ("replace", "/note", ""), {}),
        ({"note": "a"}, ("remove", "/note", None), {}),
        ({}, ("replace", "/size", "7"), {"size": 7}),
        ({"size": 7}, ("replace", "/size", None), {}),
        ({}, ("replace", "/rate", "0.5"), {"rate": 0.5}),
        ({}, ("replace", "/kind", "B"), {"kind": "B"}),
        ({"open": True}, ("replace", "/open", "certainly"), {"open": False}),
        ({}, ("replace", "/open", "true"), {"open": True}),
        ({}, ("add", "/maps/a~1b~0c", "x"), {"maps": {"a/b~c": "x"}}),
        ({"maps": {"a": "x", "b": "y"}}, ("remove", "/maps/a", None), {"maps": {"b": "y"}}),
        ({"maps": {"a": "x"}}, ("remove", "/maps/a", None), {}),
        ({"maps": {"a": "x"}}, ("replace", "/maps/a", None), {"maps": {"a": ""}}),
        ({"types": ["b/c"]}, ("add", "/types/image~1png", None), {"types": ["b/c", "image/png"]}),
        ({"types": ["b/c"]}, ("replace", "/types/b~1c", "d/e"), {"types": ["d/e"]}),
        ({"types": ["b/c"]}, ("remove", "/types/b~1c", None), {}),
        ({"labels": ["a"]}, ("add", "/labels", "b"), {"labels": ["a", "b"]}),
        ({"labels": ["a"]}, ("add", "/labels", "a"), {"labels": ["a"]}),
        ({"labels": ["a"]}, ("remove", "/labels", "a"), {}),
        ({}, ("replace", "/logs/a/b/level", "INFO"), {"logs": {"a/b": {"level": "INFO"}}}),
    ],
)
def test_one_operation(document: dict[str, Any], operation: tuple[str, str, str | None], expected: dict[str, Any]):
    assert patched(document, operation) == expected


@pytest.mark.parametrize(
    ("operation", "status", "message"),
    [
        (("replace", "/other", "x"), 400, "Invalid patch path /other"),
        (("replace", "name", "x"), 400, "Invalid patch path name"),
        (("replace", "/maps", "x"), 400, "Invalid patch path /maps"),
        (("replace", "/types/image/png", "x"), 400, "Invalid patch path /types/image/png"),
        (("add", "/name", "x"), 400, "Invalid patch operation specified. Must be one of: [replace]"),
        (
            ("test", "/note", "x"),
            400,
            "Invalid patch operation specified. Must be one of: [add, replace, remove, copy]",
        ),
        (("replace", "/name", ""), 400, "Invalid value '' for /name"),
        (("replace", "/name", None), 400, "Invalid value 'null' for /name"),
        (("replace", "/size", "11"), 400, "bad size 11"),
        (("replace", "/size", "1.5"), 400, "bad size 1.5"),
        (("replace", "/size", "9" * 5000), 400, f"bad size {'9' * 5000}"),
        (("replace", "/rate", "1.1"), 400, "bad rate"),
        (("replace", "/rate", "nan"), 400, "bad rate"),
        (("replace", "/kind", "C"), 400, "bad kind"),
        (("replace", "/maps/x", "x"), 404, "no such entry"),
        (("remove", "/maps/x", None), 404, "no such entry"),
        (("remove", "/labels", "x"), 404, "no such label"),
    ],
)
def test_what_is_not_declared_is_refused(operation: tuple[str, str, str | None], status: int, message: str):
    assert refusal(operation) == (status, message)


def test_a_noun_may_list_its_paths():
    paths = PatchPaths(ROWS[:1] + ROWS[5:6], LISTING)

    assert refusal(("replace", "/x", "y"), paths=paths) == (
        400,
        "Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/name, /open]",
    )
    unsupported = (400, "Invalid patch path  '/name' specified for op 'add'. Please choose supported operations")
    assert refusal(("add", "/name", "y"), paths=paths) == unsupported
    assert refusal(("add", "/x", "y"), paths=paths)[1].endswith("Please choose supported operations")


def test_missing_fields_of_an_operation_are_refused():
    with pytest.raises(AwsError, match="Invalid patch path null"):
        PATHS.apply({}, [{"op": "replace", "value": "x"}])
    with pytest.raises(AwsError, match="Invalid patch operation specified"):
        PATHS.apply({}, [{"path": "/name", "value": "x"}])
    assert PATHS.apply({"name": "a"}, None) == {"name": "a"}


def test_a_member_is_copied_from_another():
    document = {"name": "a", "note": "b"}
    assert PATHS.apply(document, [{"op": "copy", "path": "/note", "from": "/name"}]) == {"name": "a", "note": "a"}
    with pytest.raises(AwsError, match="Invalid patch path /other"):
        PATHS.apply(document, [{"op": "copy", "path": "/note", "from": "/other"}])


def test_all_or_nothing_and_in_order():
    document = {"labels": ["a"], "maps": {"x": "1"}}
    before = deepcopy(document)

    refusal(("add", "/labels", "b"), ("remove", "/maps/x", None), ("replace", "/other", "x"), **document)

    assert document == before
    assert patched(document, ("remove", "/labels", "a"), ("add", "/labels", "a"))["labels"] == ["a"]


NAMES = st.text(st.sampled_from("ab/~01"), min_size=1, max_size=4)
MAP_OPERATIONS = st.lists(st.tuples(st.sampled_from(ALL), NAMES, st.sampled_from(["", "x", "y"])), max_size=8)


@given(MAP_OPERATIONS)
def test_maps_change_as_a_dictionary_does(operations: list[tuple[str, str, str]]):
    expected: dict[str, str] = {}
    is_refused = False
    for op, name, value in operations:
        is_refused = is_refused or (op != ADD and name not in expected)
        if is_refused:
            break
        if op == REMOVE:
            del expected[name]
        else:
            expected[name] = value
    sent = [(op, f"/maps/{escape(name)}", value) for op, name, value in operations]

    if is_refused:
        assert refusal(*sent) == (404, "no such entry")
    else:
        assert patched({}, *sent) == ({"maps": expected} if expected else {})


@given(MAP_OPERATIONS)
def test_lists_change_as_an_ordered_set_does(operations: list[tuple[str, str, str]]):
    expected: list[str] = []
    for op, name, value in operations:
        if op == ADD:
            expected = [*expected, name]
        else:
            put = [value] if op == REPLACE and value else []
            expected = [each for old in expected for each in (put if old == name else [old])]
        expected = [each for at, each in enumerate(expected) if each not in expected[:at]]

    sent = [(op, f"/types/{escape(name)}", value) for op, name, value in operations]
    assert patched({}, *sent).get("types", []) == expected


@given(st.text())
def test_pointer_escapes_come_back(name: str):
    assert unescape(escape(name)) == name
    assert "/" not in escape(name)
