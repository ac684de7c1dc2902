"""A request as maps of text."""

import pytest

from limen.gateway.request_view import parse_query, view_of
from tests.support.exchanges import exchange


def view(request_line="GET /", protocol="HTTP/1.1", **headers):
    asked = exchange(
        request_line, {name.replace("_", "-"): value for name, value in headers.items()}, protocol=protocol
    )
    asked.path_parameters = {"id": "7"}
    return view_of(asked)


def test_headers_keep_their_names_and_values():
    assert view(X_Ab="1", x_ab="2").headers == {"Host": ["localhost:8443"], "X-Ab": ["1"], "x-ab": ["2"]}


def test_what_belongs_to_the_connection_is_not_seen():
    dropped = view(Connection="close", Content_MD5="x", Expect="y", TE="z", Upgrade="h2c", Max_Forwards="1")
    assert list(dropped.headers) == ["Host"]


def test_header_names_match_by_case_over_http1():
    sent = view(X_Color="red")
    assert (sent.find_header("X-Color"), sent.find_header("x-color")) == ("red", None)


def test_header_names_match_any_case_over_http2():
    sent = view(protocol="HTTP/2.0", x_color="red")
    assert sent.find_header("X-Color") == "red"


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"a=1&a=2&b=", {"a": ["1", "2"], "b": [""]}),
        (b"a", {"a": [""]}),
        (b"q=a+b%20c%2Bd", {"q": ["a b c+d"]}),
        (b"u=%3A%2F&&", {"u": [":/"]}),
        (b"%61=%C3%A9", {"a": ["é"]}),
        (b"", {}),
    ],
)
def test_query_strings_are_decoded_once(raw, found):
    assert parse_query(raw) == found


def test_the_last_of_repeated_parameters_counts():
    sent = view("GET /?a=1&a=2")
    assert (sent.find_query("a"), sent.find_query("b"), dict(sent.path)) == ("2", None, {"id": "7"})


def test_a_view_is_made_once():
    asked = exchange()
    asked.path_parameters = {}
    assert view_of(asked) is view_of(asked)


def test_all_headers_are_found_in_any_case_over_http2_alone():
    over_http2 = view(protocol="HTTP/2.0", x_tenant="acme").last_headers()
    over_http1 = view(x_tenant="acme").last_headers()

    assert over_http2.get("X-Tenant") == over_http2["X-TENANT"] == "acme"
    assert "X-Tenant" in over_http2
    assert (over_http2.get("X-Other"), over_http2.get(7)) == (None, None)
    assert list(over_http2)[-1] == "x-tenant"
    assert (over_http1.get("X-Tenant"), over_http1.get("x-tenant")) == (None, "acme")
