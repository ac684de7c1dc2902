"""JSONPath with the semantics of Jayway."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.templates.errors import Trouble
from limen.templates.jsonpath import compile_path

STORE = {
    "books": [
        {"title": "A", "price": 8.5, "tags": ["x", "y"], "isbn": "1", "pages": 10},
        {"title": "B", "price": 12, "tags": [], "note": None, "ok": False},
        {"title": "C", "price": 22, "tags": ["y"], "isbn": "3", "pages": "10"},
    ],
    "bike": {"color": "red", "price": 20},
    "limit": 10,
    "a b": {"c.d": 1},
    "numbers": [3, 1, 2],
    "deep": {"books": [{"title": "D"}]},
    "null": None,
}

DEFINITE = [
    ("$.limit", 10),
    ("$['limit']", 10),
    ('$["limit"]', 10),
    ("limit", 10),
    ("['limit']", 10),
    ("$['a b']['c.d']", 1),
    ("$.books[0].title", "A"),
    ("$.books[-1].title", "C"),
    ("$.books[ 1 ].title", "B"),
    ("$.books[3]", None),
    ("$.books[-4]", None),
    ("$.books.title", None),
    ("$.limit.x", None),
    ("$.limit[0]", None),
    ("$.null", None),
    ("$.nope.nope", None),
    ("$.bike['color','price']", {"color": "red", "price": 20}),
    ("$.bike['color','nope']", {"color": "red"}),
    ("$.books.length()", 3),
    ("$.bike.size()", 2),
    ("$.limit.length()", None),
    ("$.bike.keys()", ["color", "price"]),
    ("$.numbers.sum()", 6.0),
    ("$.numbers.min()", 1.0),
    ("$.numbers.max()", 3.0),
    ("$.numbers.avg()", 2.0),
    ("$.numbers.stddev()", pytest.approx(0.8165, abs=1e-4)),
    ("$.sum($.limit, $.bike.price, 1)", 31.0),
    ("$.numbers.first()", 3),
    ("$.numbers.last()", 2),
    ("$.numbers.index(1)", 1),
    ("$.numbers.append(9)", [3, 1, 2, 9]),
    ("$.concat($.bike.color, '-', $.limit)", "red-10"),
    ("$..price.sum()", 62.5),
    ("$..books.length()", 2),
]


@pytest.mark.parametrize(("path", "found"), DEFINITE)
def test_a_definite_path_finds_a_value_or_nothing(path: str, found: Any) -> None:
    assert compile_path(path).find(STORE) == found


INDEFINITE: list[tuple[str, list[Any]]] = [
    ("$.books[*].title", ["A", "B", "C"]),
    ("$.books.*.title", ["A", "B", "C"]),
    ("$.bike.*", ["red", 20]),
    ("$.limit.*", []),
    ("$.books[*].isbn", ["1", "3"]),
    ("$.books[0,2].title", ["A", "C"]),
    ("$.books[0:2].title", ["A", "B"]),
    ("$.books[1:].title", ["B", "C"]),
    ("$.books[:1].title", ["A"]),
    ("$.books[-2:].title", ["B", "C"]),
    ("$.books[9:].title", []),
    ("$.books[*]['title','isbn']", [{"title": "A", "isbn": "1"}, {"title": "B"}, {"title": "C", "isbn": "3"}]),
    ("$.bike['color','price'].x", []),
    ("$..title", ["A", "B", "C", "D"]),
    ("$..books[0].title", ["A", "D"]),
    ("$..nope", []),
    ("$.nope[*]", []),
    ("$.deep..*", [[{"title": "D"}], {"title": "D"}, "D"]),
    ("$..[?(@.isbn)].title", ["A", "C"]),
    ("$.books[*].tags.length()", [2, 0, 1]),
]


@pytest.mark.parametrize(("path", "found"), INDEFINITE)
def test_any_other_path_finds_a_list(path: str, found: list[Any]) -> None:
    assert compile_path(path).find(STORE) == found


FILTERS = [
    ("@.price < 10", "A"),
    ("@.price > 10 && @.price <= 12", "B"),
    ("@.price == 22 || @['title'] == 'A'", "AC"),
    ("@.price >= $.bike.price", "C"),
    ("@.isbn", "AC"),
    ("!@.isbn", "B"),
    ("!(@.isbn && @.pages)", "B"),
    ("@.note", "B"),
    ("@.note == null", "B"),
    ("@.ok == false", "B"),
    ("@.nope == null", ""),
    ("@.nope != null", "ABC"),
    ("@.pages == 10", "AC"),
    ("@.pages === 10", "A"),
    ("@.pages !== 10", "BC"),
    ("@.title > 'A'", "BC"),
    ('@.title != "A"', "BC"),
    ("@.title =~ /[a-b]/i", "AB"),
    ("@.title =~ /[a-b]/", ""),
    ("@.title in ['A', 'C']", "AC"),
    ("@.title nin ['A', 'C']", "B"),
    ("@.title IN ['A']", "A"),
    ("'x' in @.tags", "A"),
    ("@.tags contains 'y'", "AC"),
    ("@.title contains 'A'", "A"),
    ("@.tags size 2", "A"),
    ("@.tags empty true", "B"),
    ("@.tags empty false", "AC"),
    ("@.tags anyof ['x', 'z']", "A"),
    ("@.tags noneof ['x']", "BC"),
    ("@.tags subsetof ['y', 'z']", "BC"),
    ("@.tags all ['x', 'y']", "A"),
    ("@.tags.length() > 1", "A"),
    ("@.price type 'number'", "ABC"),
    ("@.pages type 'string'", "C"),
    ("@.price > -1.5e0", "ABC"),
]


@pytest.mark.parametrize(("condition", "titles"), FILTERS)
def test_filters(condition: str, titles: str) -> None:
    assert "".join(compile_path(f"$.books[?({condition})].title").find(STORE)) == titles


def test_a_filter_of_a_map_judges_the_map() -> None:
    assert compile_path("$.bike[?(@.price > 10)]").find(STORE) == [STORE["bike"]]
    assert compile_path("$.numbers[?(@ > 1)]").find(STORE) == [3, 2]


WRONG = [
    "$.",
    "$..",
    "$.books[",
    "$.books[]",
    "$.books['a'",
    "$.books[a]",
    "$.books[1",
    "$.books[:]",
    "$.books[?]",
    "$.books[?(]",
    "$.books[?(@.a ==)]",
    "$.books[?(@.a ~ 1)]",
    "$.books[?(@.a like 1)]",
    "$.books[?(@.a =~ /(?=a)/)]",
    "$.books.nope()",
    "$.length().x",
    "$ .x",
    "$.x y",
    "$x",
    "",
]


@pytest.mark.parametrize("path", WRONG)
def test_what_is_no_path_is_said(path: str) -> None:
    with pytest.raises(Trouble):
        compile_path(path)


def test_work_is_bounded() -> None:
    wide = [list(range(300))] * 300
    with pytest.raises(Trouble, match="visits more than 1,000,000 values"):
        compile_path("$..*..*..*..*").find([wide, wide, wide])
    with pytest.raises(Trouble, match="visits more than"):
        compile_path("$[?(@ in $)]").find(list(range(2_000)))
    with pytest.raises(Trouble, match="no numbers"):
        compile_path("$.sum()").find([])
    with pytest.raises(Trouble, match="nested deeper than 16"):
        compile_path("$[?(" + "(" * 40 + "@" + ")" * 40 + ")]")
    with pytest.raises(Trouble, match="more than 64 steps"):
        compile_path("$" + ".a" * 100)


def test_deep_documents_are_scanned() -> None:
    deep: Any = {"x": 1}
    for _ in range(5_000):
        deep = {"y": [deep]}
    assert compile_path("$..x").find(deep) == [1]


names = st.text("abc", min_size=1, max_size=2)
documents = st.recursive(
    st.integers(0, 3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
)
steps = st.one_of(
    names.map(lambda name: ("." + name, name)),
    names.map(lambda name: (f"['{name}']", name)),
    st.integers(-3, 3).map(lambda index: (f"[{index}]", index)),
    st.just(("[*]", None)),
)


@given(documents, st.lists(steps, max_size=4))
def test_paths_agree_with_a_walk(document: Any, path: list[tuple[str, Any]]) -> None:
    found = [document]
    for _, step in path:
        following = []
        for value in found:
            if isinstance(step, int):
                is_there = isinstance(value, list) and -len(value) <= step < len(value)
            else:
                is_there = isinstance(value, dict) and step in value
            if step is None and isinstance(value, dict | list):
                following += value.values() if isinstance(value, dict) else value
            elif is_there:
                following.append(value[step])
        found = following
    is_definite = all(step is not None for _, step in path)
    expected = (found[0] if found else None) if is_definite else found
    assert compile_path("$" + "".join(text for text, _ in path)).find(document) == expected


@given(st.text("$@.[]()'\"*?:,ab0 1-=<>&|!~/", max_size=30))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        path = compile_path(text)
        json.dumps(path.find(STORE))
    except Trouble:
        pass
