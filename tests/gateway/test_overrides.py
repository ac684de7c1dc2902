"""What templates may override."""

from typing import Any

import pytest

from limen.gateway.errors import GatewayError
from limen.gateway.overrides import Overrides, status_of, texts_of


def test_every_place_is_there_to_write_into() -> None:
    overrides = Overrides()
    assert overrides.request == {"header": {}, "path": {}, "querystring": {}}
    assert overrides.response == {"header": {}}


def test_texts_are_read_whatever_a_template_put_there() -> None:
    assert texts_of({"header": {1: 2, "a": ["b", True], "none": None}}, "header") == {"1": ["2"], "a": ["b", "true"]}
    assert texts_of({"header": "text"}, "header") == texts_of({}, "header") == {}


def test_an_override_without_an_end_fails_the_request() -> None:
    itself: list[object] = []
    itself.append(itself)
    with pytest.raises(GatewayError) as raised:
        texts_of({"path": {"id": [itself]}}, "path")
    assert raised.value.reason == "the override of a path: a text of more than 10,000,000 characters"


@pytest.mark.parametrize(
    ("set_to", "read"),
    [
        (418, 418),
        ("418", 418),
        (99, None),
        (600, None),
        ("٤١٨", None),
        ([418], None),
        (True, None),
        (4.18, None),
        ({}, None),
    ],
)
def test_only_a_status_is_a_status(set_to: Any, read: int | None) -> None:
    assert status_of({"status": set_to}) == read
    assert status_of({}) is None


def test_a_template_that_replaces_the_headers_overrides_none() -> None:
    overrides = Overrides()
    overrides.response = {"header": 5}
    overrides.begin_response_template()
    overrides.response.clear()
    overrides.response["header"] = "text"
    overrides.end_response_template()
    assert overrides.response == {"header": {}}
