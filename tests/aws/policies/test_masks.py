"""Which of many statements want a value."""

import pytest

from limen.aws.policies.masks import as_it_is, find_addresses, find_equal, find_ordered, find_texts
from limen.aws.policies.scalars import read_number
from limen.aws.policies.variables import Variable


def test_texts() -> None:
    find = find_texts([(1, ("a",)), (2, ("A",)), (4, ("a",))], as_it_is)
    assert [find(value, {})[0] for value in "aAb"] == [0b101, 0b010, 0]
    folded = find_texts([(1, ("A",)), (2, ("b",))], str.lower)
    assert [folded(value, {})[0] for value in "aBc"] == [0b01, 0b10, 0]


def test_what_is_found_is_not_in_doubt() -> None:
    name = Variable("aws:username", None)
    for fold in (as_it_is, str.lower):
        find = find_texts([(1, ("a",)), (1, (name,)), (2, (name,))], fold)
        assert find("a", {}) == (0b01, 0b10)
        assert find("a", {"aws:username": "a"}) == (0b11, 0)


def test_addresses_of_nested_ranges() -> None:
    find = find_addresses([(1, ["10.0.0.0/8"]), (2, ["10.1.0.0/16", "2001:db8::/32"]), (4, ["0.0.0.0/0"])])
    assert find("10.1.2.3", {}) == (0b111, 0)
    assert find("::ffff:10.9.9.9", {}) == (0b101, 0)
    assert find("2001:db8::1", {}) == (0b010, 0)
    assert find("somewhere", {}) == (0, 0b111)


@pytest.mark.parametrize(
    ("is_less", "or_equal", "found"),
    [
        (True, False, [0b110, 0b100, 0b100, 0]),
        (True, True, [0b111, 0b110, 0b100, 0b100]),
        (False, False, [0, 0b001, 0b011, 0b011]),
        (False, True, [0b001, 0b011, 0b011, 0b111]),
    ],
)
def test_bounds(is_less: bool, or_equal: bool, found: list[int]) -> None:
    """1, 2 and 3 are the bounds of three statements."""
    find = find_ordered([(1, ["1"]), (2, ["2"]), (4, ["3"])], read_number, is_less=is_less, or_equal=or_equal)
    assert [find(there, {})[0] for there in ("1", "2", "2.5", "3")] == found
    assert find("x", {}) == (0, 0b111)


def test_what_cannot_be_compared_is_unsure_for_all() -> None:
    find = find_equal([(1, ["1", "2"]), (2, ["2.0"])], read_number, read_number)
    assert [find(there, {}) for there in ("1", "2", "x")] == [(0b01, 0), (0b11, 0), (0, 0b11)]
