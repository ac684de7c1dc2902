"""Redirects that hold what they should, and no line of a header more."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from limen.control.oauth.replies import with_parameters

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(TEXT, TEXT, st.booleans())
def test_whatever_an_app_says_comes_back_as_it_was(state: str, error: str, in_fragment: bool) -> None:
    location = with_parameters("https://a.example/b?c=d", {"state": state, "error": error}, in_fragment=in_fragment)

    assert location.isascii() and location.isprintable() and " " not in location
    parts = urlsplit(location)
    found = dict(parse_qsl(parts.fragment if in_fragment else parts.query, keep_blank_values=True))
    assert (found["state"], found["error"]) == (state, error)


def test_a_url_keeps_its_own_parameters() -> None:
    assert with_parameters("myapp://back", {"code": "1", "none": None}) == "myapp://back?code=1"
    assert with_parameters("https://a.example/ü?x=1", {"code": "1"}) == "https://a.example/%C3%BC?x=1&code=1"
