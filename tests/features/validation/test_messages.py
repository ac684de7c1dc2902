"""The words for types and values."""

from typing import Any

import pytest

from limen.features.validation.messages import FORMATS, LEAVES, type_of


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (True, "boolean"),
        (1, "integer"),
        (1.0, "number"),
        ("", "string"),
        (None, "null"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_types_go_by_how_a_value_is_written(value: Any, name: str) -> None:
    assert type_of(value) == name


def test_every_leaf_looks_at_types_that_there_are() -> None:
    kinds = {"array", "boolean", "integer", "null", "number", "object", "string"}

    assert all(looked_at <= kinds for looked_at, _ in LEAVES.values())


def test_formats_name_the_text() -> None:
    assert all('string "x{}" is' in words.format("x{}") for words in FORMATS.values())
