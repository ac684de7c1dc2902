"""URIs with placeholders: bytes in, bytes out, and nothing that a client sends leaves its place."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import compile_request_mapping
from limen.integrations.rest.uri import compile_path, compile_uri, fill_path, fill_query
from tests.support.exchanges import exchange

MAPPED = {
    "integration.request.path.id": "method.request.path.id",
    "integration.request.path.h": "method.request.header.X-H",
}


def sent(path: str, header: str = "") -> Exchange:
    made = exchange(f"GET {path}", {"X-H": header})
    made.route_path = made.path
    made.path_parameters = {"id": unquote_to_bytes(path.lstrip("/").split("/")[1]).decode("utf-8", "replace")}
    return made


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/pets/7", b"/v/7"),
        ("//pets/7", b"/v/7"),
        ("/pets/a%20b", b"/v/a%20b"),
        ("/pets/a;b", b"/v/a;b"),
        ("/pets/7/", b"/v/7"),
    ],
)
def test_a_path_variable_keeps_its_encoding(path: str, expected: bytes) -> None:
    make = compile_path(compile_uri("http://b/v/{id}"), compile_request_mapping(MAPPED, {}).path, "/pets/{id}")
    assert make(sent(path)) == expected


def test_both_ways_make_the_same_path() -> None:
    uri, entries = compile_uri("http://b/{id}/x/{id}"), compile_request_mapping(MAPPED, {}).path
    received = sent("/pets/a%2Fb")
    slow = fill_path(uri, entries, Reading(received, None, b""), "/pets/{id}", {})
    assert compile_path(uri, entries, "/pets/{id}")(received) == slow == b"/a%2Fb/x/a%2Fb"


@given(st.text(max_size=12))
def test_a_value_never_leaves_the_path(value: str) -> None:
    uri, entries = compile_uri("http://b/a/{h}/z"), compile_request_mapping(MAPPED, {}).path
    received = exchange("GET /", {"X-H": value} if value.isprintable() else None)
    received.path_parameters = {}
    try:
        path = fill_path(uri, entries, Reading(received, None, b""), "/", {} if value.isprintable() else {"h": value})
    except GatewayError:
        return
    assert path.startswith(b"/a/")
    assert path.endswith(b"/z")
    assert not set(path) & set(b" \r\n?#\\")
    assert b".." not in path.split(b"/")


def test_query_placeholders_are_values() -> None:
    uri = compile_uri("http://b/?fixed=1&h={h}")
    entries = compile_request_mapping(MAPPED, {}).path
    received = sent("/pets/7", "a&b=c")
    assert fill_query(uri, entries, Reading(received, None, b""), {}) == b"fixed=1&h=a%26b%3Dc"
    assert fill_query(uri, entries, Reading(received, None, b""), {"h": "2"}) == b"fixed=1&h=2"
