"""From URI and request to what a call asks for; nothing that a client sends changes more than its own place."""

import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.paths import Edit, PathError, Paths
from limen.integrations.segments import encode_path, encode_query, encode_segment
from limen.integrations.target import Target, compile_private_target, compile_target
from limen.upstream.origin import Origin
from tests.integrations.proxying import routed
from tests.support.exchanges import exchange


def path_of(target: Target, path: str, parameters: dict[str, str] | None = None) -> str:
    return target.make_path(routed(exchange(f"GET {path}"), parameters)).decode()


@pytest.mark.parametrize(
    ("uri", "route", "path", "expected"),
    [
        ("http://b/pets/{id}", "GET /pets/{id}", "/pets/7", "/pets/7"),
        ("http://b/x/{id}/y", "GET /pets/{id}", "/pets/7", "/x/7/y"),
        ("http://b/{b}/{a}", "GET /{a}/{b}", "/1/2", "/2/1"),
        ("http://b/a-{a}-{b}-c", "GET /{a}/{b}", "/1/2", "/a-1-2-c"),
        ("http://b/fixed", "GET /pets/{id}", "/pets/7", "/fixed"),
        ("http://b", "GET /pets/{id}", "/pets/7", "/"),
        ("http://b/", "GET /pets", "/pets", "/"),
        ("http://b/base/{proxy}", "ANY /parent/{proxy+}", "/parent/a/b%2Fc/d", "/base/a/b%2Fc/d"),
        ("http://b/base/{proxy+}", "ANY /{proxy+}", "/a/b/", "/base/a/b/"),
        ("http://b", "ANY /parent/{proxy+}", "/parent/a/b", "/parent/a/b"),
        ("http://b/", "$default", "/any/thing", "/any/thing"),
        ("http://b/base", "$default", "/any/thing", "/base/any/thing"),
        ("http://b/base/", "$default", "/any/thing", "/base/any/thing"),
        ("http://b/base", "$default", "/", "/base/"),
        ("http://b/base", "ANY /{proxy+}", "/any/thing", "/base"),
        ("http://b/{id}", "GET /pets/{id}", "/pets/a%2Fb", "/a%2Fb"),
        ("http://b/{id}", "GET /pets/{id}", "/pets/a%20b%3Fc%23d", "/a%20b%3Fc%23d"),
        ("http://b/{id}", "GET /pets/{id}", '/pets/a"b<>|', "/a%22b%3C%3E%7C"),
        ("http://b/{id}", "GET /pets/{id}", "/pets/caf%C3%A9", "/caf%C3%A9"),
        ("http://b/{id}", "GET /pets/{id}", "/pets/...", "/..."),
        ("http://b/{id}", "GET /pets/{id}", "/pets/a.b", "/a.b"),
        ("http://b/ä b", "GET /pets/{id}", "/pets/7", "/%C3%A4%20b"),
    ],
)
def test_paths_are_made_from_the_uri(uri: str, route: str, path: str, expected: str) -> None:
    assert path_of(compile_target(uri, route), path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/pets/..",
        "/pets/%2e%2e",
        "/pets/.",
        "/pets/%2E.",
        "/pets/..%2Fadmin",
        "/pets/a%2F..%2Fb",
        "/pets/..%5Cadmin",
        "/pets/..;x",
        "/pets/..%3Bx=1",
        "/pets/x\\..\\y",
        "/pets/%2e%2e%5c",
    ],
)
def test_segments_that_climb_are_refused(path: str) -> None:
    with pytest.raises(GatewayError) as raised:
        path_of(compile_target("http://b/x/{id}", "GET /pets/{id}"), path)
    assert raised.value.failure.status == 400
    with pytest.raises(GatewayError):
        path_of(compile_target("http://b", "$default"), path)


@pytest.mark.parametrize(
    ("uri", "origin", "host"),
    [
        ("http://Example.com/x", Origin("http", "example.com", 80), b"Example.com"),
        ("https://example.com", Origin("https", "example.com", 443), b"example.com"),
        ("HTTPS://example.com:8443/", Origin("https", "example.com", 8443), b"example.com:8443"),
        ("http://[::1]:81/x", Origin("http", "::1", 81), b"[::1]:81"),
        ("http://my_service:3000", Origin("http", "my_service", 3000), b"my_service:3000"),
        ("http://example.com/x#part", Origin("http", "example.com", 80), b"example.com"),
    ],
)
def test_origin_and_host_come_from_the_uri_alone(uri: str, origin: Origin, host: bytes) -> None:
    target = compile_target(uri, "GET /x")

    assert (target.origin, target.host) == (origin, host)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "example.com",
        "ftp://example.com",
        "http://",
        "http:///x",
        "http://user:secret@example.com/",
        "http://a b/",
        "http://{id}/x",
        "http://{id}.example.com/",
        "http://example.com:{id}/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:80:80/",
        "//example.com/x",
        "http://ex\r\nample.com/",
        "http://example.com/{unknown}",
        "http://example.com/?x={unknown}",
        "http://example.com/a/../b",
    ],
)
def test_uris_that_cannot_be_called_do_not_compile(uri: str) -> None:
    with pytest.raises(PlanError, match="integration URI"):
        compile_target(uri, "GET /pets/{id}")


def test_variables_in_the_query_of_a_uri_stay_values() -> None:
    target = compile_target("http://b/x?fixed=1&id={id}", "GET /pets/{id}")
    assert target.make_query is not None

    asked = routed(exchange("GET /pets/x"), {"id": "a&b=c d/é"})
    assert target.make_query(asked) == b"fixed=1&id=a%26b%3Dc%20d%2F%C3%A9"
    assert path_of(target, "/pets/x") == "/x"


def test_a_private_target_is_scheme_host_and_port() -> None:
    target = compile_private_target("http://10.0.0.5:8080", b"/prod", None)

    assert target.origin == Origin("http", "10.0.0.5", 8080)
    assert path_of(target, "/pets/7") == "/prod/pets/7"
    with pytest.raises(GatewayError):
        path_of(target, "/../admin")
    with pytest.raises(PlanError, match="more than scheme, host and port"):
        compile_private_target("http://10.0.0.5:8080/base", b"", None)


def test_a_server_name_asks_for_https() -> None:
    target = compile_private_target("http://10.0.0.5:8443", b"", "inner.example.com")

    assert target.origin == Origin("https", "10.0.0.5", 8443, "inner.example.com")
    assert target.host == b"inner.example.com"


@given(st.binary(max_size=40))
def test_an_encoded_path_is_a_path(raw: bytes) -> None:
    try:
        encoded = encode_path(raw)
    except GatewayError:
        assert b"." in unquote_to_bytes(raw)
        return
    assert re.fullmatch(rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*", encoded)
    assert encoded.count(b"/") == raw.count(b"/")
    assert encode_path(encoded) == encoded
    assert not {b".", b".."} & set(unquote_to_bytes(encoded).split(b"/"))


@given(st.binary(max_size=40))
def test_an_encoded_segment_is_one_segment(raw: bytes) -> None:
    try:
        encoded = encode_segment(raw)
    except GatewayError:
        return
    assert not set(b"/?# \r\n") & set(encoded)


@given(st.binary(max_size=60))
def test_an_encoded_query_stays_in_its_line(raw: bytes) -> None:
    encoded = encode_query(raw)

    assert re.fullmatch(rb"[\x21\x24-\x7e]*", encoded)
    assert encoded.count(b"&") == raw.count(b"&")
    assert encode_query(encoded) == encoded


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(texts, texts)
def test_what_was_matched_is_what_the_backend_is_asked_for(first: str, rest: str) -> None:
    """The router's reading of a path and the backend's are the same, whatever was sent and however it was encoded."""
    route = "GET /a/{first}/{rest+}"
    edit: Edit[str] = Paths[str]().edit()
    edit.put(route, "target")
    raw = f"/a/{quote(first, safe='')}/{quote(rest, safe='/')}".encode()
    try:
        found = edit.done().match(b"GET", raw)
    except PathError:
        return
    if found is None:
        return
    target = compile_target("http://b/{first}/x/{rest}", route)
    asked: Any = routed(exchange("GET /"), found[1])
    asked.route_path = raw
    segments = target.make_path(asked).split(b"/")

    assert unquote_to_bytes(segments[1]).decode() == found[1]["first"]
    assert segments[2] == b"x"
    assert b"/".join(unquote_to_bytes(segment) for segment in segments[3:]).decode() == found[1]["rest"]
