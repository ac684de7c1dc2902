"""The JSON paths of parameter mapping."""

from typing import Any

import pytest

from limen.integrations.json_path import compile_json_path, parse_json_path

ORDER = {"id": 7, "customer": {"name": "Ann", "odd key": 1}, "items": [{"n": 1}, {"n": 2}, {"x": 3}], "empty": []}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("", ORDER),
        (".id", 7),
        (".customer.name", "Ann"),
        (".customer['odd key']", 1),
        ('["customer"].name', "Ann"),
        (".items[1].n", 2),
        (".items[9].n", None),
        (".items[*].n", [1, 2]),
        (".empty[*]", None),
        (".customer.*", ["Ann", 1]),
        (".missing.deep", None),
        (".id.deep", None),
        (".items.n", None),
    ],
)
def test_paths_select(path: str, selected: Any) -> None:
    assert compile_json_path(path)(ORDER) == selected


@pytest.mark.parametrize(
    "path", ["..id", ".items[?(@.n)]", ".items[", ".items[-1]", ".items[0:2]", ".", "id", ".a" * 40]
)
def test_what_is_not_supported_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="supported"):
        parse_json_path(path)
