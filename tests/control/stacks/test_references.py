"""What refers to what, and in which order resources are made."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.control.stacks.errors import TemplateError
from limen.control.stacks.references import references, sorted_by_dependency


def test_names_are_found_in_every_function() -> None:
    value = {
        "a": {"Ref": "A"},
        "b": [{"Fn::GetAtt": ["B", "Arn"]}, {"Fn::GetAtt": "C.Arn"}],
        "c": {"Fn::Sub": "${D}/${E.Arn}/${!F}"},
        "d": {"Fn::Sub": ["${G}/${H}", {"G": {"Ref": "I"}}]},
        "e": {"Fn::If": ["Yes", {"Ref": "J"}, {"Ref": "K"}]},
        "f": {"Fn::If": ["No", {"Ref": "L"}, {"Ref": "M"}]},
    }

    assert sorted(references(value, lambda name: name == "Yes")) == ["A", "B", "C", "D", "E", "H", "I", "J", "M"]


def test_what_is_needed_comes_first_then_priority_then_place() -> None:
    needs = {"Stage": {"Deployment"}, "Deployment": {"Api"}, "Method": {"Api"}, "Api": set()}

    assert sorted_by_dependency(needs, {"Deployment": 1}) == ["Api", "Method", "Deployment", "Stage"]


def test_a_circle_is_named() -> None:
    needs = {"Free": set(), "A": {"B"}, "B": {"C", "Free"}, "C": {"A"}, "User": {"A"}}

    with pytest.raises(TemplateError, match="the resources depend on each other in a circle: A -> B -> C -> A"):
        sorted_by_dependency(needs, {})


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_every_order_respects_every_need(edges: list[tuple[int, int]]) -> None:
    needs: dict[str, set[str]] = {str(number): set() for number in range(9)}
    for one, other in edges:
        needs[str(one)].add(str(other))
    try:
        order = sorted_by_dependency(needs, {"3": 1})
    except TemplateError as error:
        circle = error.message.rpartition(": ")[2].split(" -> ")
        assert circle[0] == circle[-1]
        assert all(after in needs[before] for before, after in pairwise(circle))
    else:
        assert sorted(order) == sorted(needs)
        assert all(order.index(other) < order.index(name) for name, others in needs.items() for other in others)
