"""Columns: as wide as they must be, and harmless to a terminal."""

import pytest

from limen.cli.listing import callable_urls, print_columns, printable


def test_columns_are_as_wide_as_the_widest(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(["A", "LONG"], [["wide cell", None], ["x", 7]])
    assert capsys.readouterr().out == "A          LONG\nwide cell  -\nx          7\n"


def test_nothing_steers_the_terminal() -> None:
    assert printable("a\x1b]0;owned\x07\r\nb\u202e") == "a?]0;owned???b?"


def test_urls_on_domain_names_come_before_that_of_the_own_host() -> None:
    answer = {"url": "https://own", "domainUrls": ["https://a", "https://b"]}

    assert callable_urls(answer) == "https://a https://b https://own"
    assert callable_urls(answer | {"endpointDisabled": True}) == "https://a https://b"
    assert callable_urls({"url": "https://own", "domainUrls": [], "endpointDisabled": True}) == ""
