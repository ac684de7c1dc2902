"""Pages go on after the last key shown."""

from limen.control.logs.pages import page


def test_what_comes_and_goes_between_pages_moves_nothing():
    shown, token = page([("a", 1), ("b", 2), ("c", 3)], {"limit": 2})
    rest, end = page([("aa", 9), ("c", 3)], {"limit": 2, "nextToken": token})

    assert (shown, rest, end) == ([1, 2], [3], None)
