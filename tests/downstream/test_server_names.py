"""Which names an authority may sign for."""

import pytest

from limen.downstream.server_names import RESERVED, is_permitted, permitted_subtrees, server_names


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("api.shop.test", True),
        ("*.shop.test", True),
        ("test", True),
        ("nas.local", True),
        ("www.example.com", True),
        ("printer.home.arpa", True),
        ("shop.com", False),
        ("notest", False),
        ("test.com", False),
        ("notexample.com", False),
        ("arpa", False),
        ("", False),
    ],
)
def test_names_below_reserved_ones_are_permitted(name: str, may: bool) -> None:
    assert is_permitted(name, RESERVED) is may


def test_an_authority_is_asked_for_no_name_twice() -> None:
    subtrees = permitted_subtrees([*server_names("shop.test"), *RESERVED])

    assert "test" in subtrees and "shop.test" not in subtrees
    assert all(is_permitted(name, subtrees) for name in ("a.execute-api.us-east-1.shop.test", "localhost"))
