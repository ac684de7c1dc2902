"""Parameters as the RFC reads them."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.control.oauth.errors import OAuthError
from limen.control.oauth.places import Place
from limen.control.oauth.requests import OAuthRequest, read_parameters

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.dictionaries(NAMES, NAMES, max_size=8))
def test_what_was_written_is_read(parameters: dict[str, str]) -> None:
    assert read_parameters(urlencode(parameters)) == parameters


@given(st.text(max_size=60))
def test_nothing_breaks_the_reader(text: str) -> None:
    try:
        assert all(read_parameters(text).values())
    except OAuthError as error:
        assert error.code == "invalid_request"


@pytest.mark.parametrize("text", ["a=1&a=1", "a=1&a=", "a=%00", "&".join(f"n{i}=1" for i in range(60)), "a=%ff"])
def test_unclear_parameters_are_refused(text: str) -> None:
    with pytest.raises(OAuthError):
        read_parameters(text)


def test_a_parameter_without_a_value_is_left_out() -> None:
    assert read_parameters("a=&b=1&c") == {"b": "1"}


def test_of_cookies_with_one_name_the_first_counts() -> None:
    request = OAuthRequest("GET", Place("", "/"), b"", {"cookie": "a=1; b=x=y; a=2; junk"}, b"", "")

    assert request.cookies == {"a": "1", "b": "x=y"}
