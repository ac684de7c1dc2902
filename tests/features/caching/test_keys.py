"""What of a request a kept response is found by: no two requests that differ in it share one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.caching.keys import compile_key, encode_key, show_key
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.wire import Headers
from tests.support.exchanges import exchange

VALUES = st.recursive(
    st.none() | st.booleans() | st.binary(max_size=4) | st.text(st.characters(codec=None), max_size=4),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)


def asked(target: str = "/", headers: dict[str, str] | None = None, **parts: Any) -> Exchange:
    made = exchange(f"GET {target}", headers, **parts)
    made.route_path = made.path
    made.path_parameters = {}
    return made


def key(parameter: str, made: Exchange, **mapping: str) -> Any:
    found = {f"integration.request.{name}": source for name, source in mapping.items()}
    return compile_key([parameter], found, "/a/{id}/{other}", {"v": "one"})(made)


@given(VALUES, VALUES)
def test_different_keys_never_encode_to_the_same(one: Any, other: Any) -> None:
    assert (encode_key(one) == encode_key(other)) == (one == other and type(one) is type(other))


@given(st.lists(st.tuples(st.sampled_from(["q", "Q", "r"]), st.text(max_size=3)), max_size=4))
def test_values_of_the_query_string_tell_requests_apart(pairs: list[tuple[str, str]]) -> None:
    """The key is all values of the declared name, in their order, and nothing else."""
    from urllib.parse import quote

    target = "/?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    values = [value for name, value in pairs if name == "q"]
    expected = None if not values else values[0] if len(values) == 1 else ("several", *values)
    assert key("method.request.querystring.q", asked(target)) == (expected,)


def test_absent_empty_and_present_are_three_values() -> None:
    found = [key("method.request.querystring.q", asked(target)) for target in ("/", "/?q=", "/?q", "/?q=1", "/?r=1")]
    assert found == [(None,), ("",), ("",), ("1",), (None,)]
    headers: list[dict[str, str]] = [{}, {"X": ""}, {"X": "1"}]
    assert [key("method.request.header.X", asked(headers=each)) for each in headers] == [(None,), (b"",), (b"1",)]


def test_a_query_value_has_one_key_however_it_is_encoded() -> None:
    targets = ("/?q=a%20b", "/?q=a+b", "/?%71=a+b")
    assert {key("method.request.querystring.q", asked(target)) for target in targets} == {("a b",)}


def test_a_header_that_comes_twice_is_another_key_than_its_last_value() -> None:
    one, two = asked(headers={"X-User": "b"}), asked(headers={"X-User": "a"})
    two.headers = Headers([*two.headers, (b"x-user", b"X-User", b"b")])
    assert key("method.request.header.X-User", one) != key("method.request.header.X-User", two)
    assert key("method.request.multivalueheader.X-User", two) == key("method.request.header.X-User", two)


def test_a_header_in_another_case_is_neither_absent_nor_the_same() -> None:
    """A mapping does not see it over HTTP/1.1, a backend does."""
    found = [
        key("method.request.header.X-User", asked(headers=each)) for each in ({}, {"X-User": "a"}, {"x-user": "a"})
    ]
    assert len(set(found)) == 3
    over_http2 = asked(headers={"x-user": "a"}, protocol="HTTP/2.0")
    assert key("method.request.header.X-User", over_http2) == (b"a",)


def test_a_path_that_is_encoded_is_found_as_it_was_sent() -> None:
    plain, encoded, other = asked("/a/b;c/x"), asked("/a/b%3Bc/x"), asked("/a/b;c/%78")
    for made in (plain, encoded, other):
        made.path_parameters = {"id": "b;c", "other": "x"}
    found = [key("method.request.path.id", made) for made in (plain, encoded, other)]
    assert found[0] == found[2] == ("b;c",)
    assert found[1] == (("encoded", b"b%3Bc"),)


def test_parameters_of_the_integration_are_read_where_they_are_mapped_from() -> None:
    made = asked("/?q=1", {"X": "2"}, body=b"{}")
    name = "integration.request.querystring.x"
    for source, expected in (
        ("method.request.querystring.q", "1"),
        ("method.request.header.X", b"2"),
        ("'constant'", "constant"),
        ("stageVariables.v", "one"),
        ("context.identity.sourceIp", "192.0.2.1"),
        ("method.request.body", b"{}"),
        ("method.request.body.a.b", b"{}"),
    ):
        assert key(name, made, **{"querystring.x": source}) == (expected,)


def test_large_bodies_are_told_apart_by_a_digest() -> None:
    name, found = "integration.request.header.x", []
    for body in (bytes(10_000), b"1" + bytes(9_999)):
        found.append(key(name, asked(body=body), **{"header.x": "method.request.body"})[0])
    assert found[0] != found[1]
    assert {len(each) for each in found} == {32}


def test_a_parameter_that_there_is_not_is_refused() -> None:
    for name in ("integration.request.header.x", "method.request.cookie.x", "nonsense"):
        with pytest.raises(PlanError, match="cache key parameter"):
            key(name, asked())


def test_keys_have_as_many_values_as_parameters() -> None:
    names = [f"method.request.querystring.{name}" for name in "abcd"]
    made = asked("/?a=1&c=3")
    for count in range(5):
        assert compile_key(names[:count], {}, "/", {})(made) == ("1", None, "3", None)[:count]


def test_keys_are_shown_by_parameter() -> None:
    assert show_key(("a", "b", "c"), (b"\xff", ("several", "1", "2"), None, True)) == {
        "a": "\ufffd",
        "b": ["several", "1", "2"],
    }
