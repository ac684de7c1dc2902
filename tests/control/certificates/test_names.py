"""Which domain names a certificate is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.control.certificates.names import covers

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@pytest.mark.parametrize(
    ("name", "wanted", "does"),
    [
        ("api.shop.test", "api.shop.test", True),
        ("API.Shop.Test", "api.shop.test", True),
        ("*.shop.test", "api.shop.test", True),
        ("*.shop.test", "shop.test", False),
        ("*.shop.test", "a.b.shop.test", False),
        ("*.shop.test", "*.shop.test", True),
        ("*.test", "*.shop.test", False),
        ("api.shop.test", "*.shop.test", False),
        ("*.shop.test", ".shop.test", False),
        ("", "", True),
        ("*.shop.test", "", False),
    ],
)
def test_a_wildcard_stands_for_the_first_label_alone(name: str, wanted: str, does: bool) -> None:
    assert covers([name], wanted) is does


@given(NAMES, LABELS, st.lists(NAMES, max_size=3))
def test_a_name_below_is_covered_by_the_wildcard_and_by_no_other(base: str, label: str, others: list[str]) -> None:
    below = f"{label}.{base}"

    assert covers([*others, f"*.{base}"], below)
    assert covers([*others, below], below.upper())
    assert not covers([f"*.{base}"], f"{label}.{below}")
    assert not covers([base], below)
    assert not covers([f"*.{base}"], base) or base.partition(".")[2] == base


@given(st.lists(st.text(max_size=12), max_size=3), st.text(max_size=20))
def test_any_texts_are_compared_without_an_error(names: list[str], wanted: str) -> None:
    assert covers(names, wanted) in (True, False)
    assert covers([*names, wanted], wanted)
