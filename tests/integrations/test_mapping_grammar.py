"""Keys and values of parameter mappings: what they say, and what is refused before anything runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.integrations.mapping_grammar import (
    Destination,
    Source,
    Value,
    find_mapping_problems,
    find_response_mapping_problems,
    parse_destination,
    parse_value,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("constant", ("constant",)),
        ("", ()),
        ("price: $5", ("price: $5",)),
        ("$5", ("$5",)),
        ("$request.header.X-Name", (Source("request.header", "X-Name"),)),
        ("${request.querystring.a b}", (Source("request.querystring", "a b"),)),
        ("$request.body", (Source("request.body", ""),)),
        ("$request.body.a.b[0]", (Source("request.body", ".a.b[0]"),)),
        ("$request.path", (Source("request.path", ""),)),
        ("$request.path.id", (Source("request.path", "id"),)),
        ("$context.authorizer.claims.sub", (Source("context", "authorizer.claims.sub"),)),
        ("$stageVariables.env", (Source("stageVariables", "env"),)),
        ("${request.path.a} ${request.path.b}", (Source("request.path", "a"), " ", Source("request.path", "b"))),
        ("Bearer ${context.x}!", ("Bearer ", Source("context", "x"), "!")),
    ],
)
def test_values_are_text_and_variables(text: str, value: Value) -> None:
    assert parse_value(text, is_response=False) == value


@pytest.mark.parametrize(
    "text",
    [
        "$unknown.x",
        "$request",
        "$request.header",
        "$request.header.",
        "$request.header.a b",
        "$request.cookie.a",
        "$response.header.a",
        "$context",
        "$stageVariables",
        "${request.header.a",
        "${}",
        "a $request.header.b",
        "$request.body..a",
        "$request.body[?(@.a)]",
        "$request.body.a[",
        "line\r\nbreak",
        "$request.path/x",
        "$foo",
    ],
)
def test_values_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_value(text, is_response=False)
    assert find_mapping_problems({"overwrite:header.x": text}) != []


@pytest.mark.parametrize(
    ("key", "destination"),
    [
        ("append:header.X-New", Destination("append", "header", "X-New")),
        ("overwrite:querystring.page", Destination("overwrite", "querystring", "page")),
        ("remove:querystring.a.b", Destination("remove", "querystring", "a.b")),
        ("overwrite:path", Destination("overwrite", "path", "")),
        ("overwrite:header.Host", Destination("overwrite", "header", "Host")),
    ],
)
def test_keys_say_what_is_done_where(key: str, destination: Destination) -> None:
    assert parse_destination(key, is_response=False) == destination


@pytest.mark.parametrize(
    "key",
    [
        "",
        "header.x",
        "replace:header.x",
        "append:path",
        "remove:path",
        "overwrite:statuscode",
        "append:header.",
        "append:querystring.",
        "append:cookie.x",
        "append:header.a b",
        "append:header.a\r\nb",
        "overwrite:path.x",
    ],
)
def test_keys_that_mean_nothing_are_refused(key: str) -> None:
    assert len(find_mapping_problems({key: "x"})) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Access-Control-Allow-Origin",
        "apigw-x",
        "Authorization",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Location",
        "Forwarded",
        "Keep-Alive",
        "Origin",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailers",
        "Transfer-Encoding",
        "Upgrade",
        "x-amz-date",
        "X-Amzn-Trace-Id",
        "X-Forwarded-For",
        "Via",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Expect",
        "Trailer",
    ],
)
def test_reserved_headers_are_not_mapped(name: str) -> None:
    for action in ("append", "overwrite", "remove"):
        (problem,) = find_mapping_problems({f"{action}:header.{name}": "x"})
        assert f"Operations on header {name} are restricted" in problem
        assert find_response_mapping_problems({"200": {f"{action}:header.{name}": "x"}}) != []


def test_responses_have_their_own_words() -> None:
    good = {"overwrite:statuscode": "403", "append:header.a": "$response.body.x", "remove:header.b": "''"}
    bad = {"overwrite:path": "/x", "append:querystring.a": "x", "append:header.a": "$request.header.x"}

    assert find_response_mapping_problems({"500": good, "404": {"overwrite:statuscode": "$context.x"}}) == []
    assert len(find_response_mapping_problems({"200": bad})) == 3


@pytest.mark.parametrize("status", ["100", "199", "600", "20", "2000", "abc", "2xx", ""])
def test_statuses_are_from_200_to_599(status: str) -> None:
    assert find_response_mapping_problems({status: {}}) != []
    assert find_response_mapping_problems({"200": {"overwrite:statuscode": status}}) != []


def test_the_value_of_a_removal_does_not_matter() -> None:
    assert find_mapping_problems({"remove:header.x": "''", "remove:querystring.y": "", "remove:header.z": "${"}) == []


@given(st.text(max_size=30), st.text(max_size=30), st.booleans())
def test_no_text_makes_the_grammar_fall_over(key: str, value: str, is_response: bool) -> None:
    if is_response:
        find_response_mapping_problems({"200": {key: value, "overwrite:header.x": value}})
    else:
        find_mapping_problems({key: value, "overwrite:header.x": value})
