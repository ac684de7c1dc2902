"""The words of parameter mapping: what is understood, and what is named as wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.integrations.rest.expressions import (
    Expression,
    find_request_mapping_problems,
    find_response_mapping_problems,
    parse_request_expression,
    parse_request_target,
    parse_response_expression,
    parse_response_target,
)

REQUEST = [
    ("method.request.path.id", Expression("method.request.path", "id")),
    ("method.request.querystring.a-b_c.$1", Expression("method.request.querystring", "a-b_c.$1")),
    ("method.request.multivaluequerystring.q", Expression("method.request.multivaluequerystring", "q")),
    ("method.request.header.X", Expression("method.request.header", "X")),
    ("method.request.multivalueheader.X", Expression("method.request.multivalueheader", "X")),
    ("method.request.body", Expression("method.request.body", "")),
    ("method.request.body.a.b[0]", Expression("method.request.body", ".a.b[0]")),
    ("method.request.body[0]", Expression("method.request.body", "[0]")),
    ("stageVariables.v", Expression("stageVariables", "v")),
    ("context.identity.sourceIp", Expression("context", "identity.sourceIp")),
    ("'static text'", Expression("literal", "static text")),
    ("''", Expression("literal", "")),
]


@pytest.mark.parametrize(("text", "expected"), REQUEST)
def test_request_expressions_are_parsed(text: str, expected: Expression) -> None:
    assert parse_request_expression(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "'",
        "x",
        "true",
        "$context.a",
        "method.request.header.",
        "method.request.header.a b",
        "method.request.bodyx",
        "integration.response.header.X",
        "method.request.querystring",
        "'a\nb'",
        "stageVariables",
        "context.",
    ],
)
def test_other_request_expressions_are_refused(text: str) -> None:
    assert find_request_mapping_problems({"integration.request.header.X": text})


def test_response_expressions_are_parsed() -> None:
    assert parse_response_expression("integration.response.header.X") == Expression("integration.response.header", "X")
    assert parse_response_expression("integration.response.body.a") == Expression("integration.response.body", ".a")
    assert find_response_mapping_problems({"method.response.header.X": "method.request.header.X"})
    assert find_response_mapping_problems({"method.response.querystring.X": "'1'"})


@pytest.mark.parametrize(
    "key", ["header.X", "integration.request.body.X", "integration.request.header.", "integration.request.header.a b"]
)
def test_other_targets_are_refused(key: str) -> None:
    assert find_request_mapping_problems({key: "'1'"})


NAMES = st.from_regex(r"[a-zA-Z0-9._$-]{1,20}", fullmatch=True)


@given(st.sampled_from(["header", "querystring", "path", "multivalueheader", "multivaluequerystring"]), NAMES)
def test_any_name_is_read_back(place: str, name: str) -> None:
    assert str(parse_request_expression(f"method.request.{place}.{name}")) == f"method.request.{place}.{name}"
    if not place.startswith("multi"):
        target = parse_request_target(f"integration.request.{place}.{name}")
        assert (target.place, target.name) == (place, name)


@given(st.text(max_size=40))
def test_any_text_parses_or_is_refused(text: str) -> None:
    for parse in (parse_request_expression, parse_response_expression, parse_request_target, parse_response_target):
        try:
            parse(text)
        except ValueError:
            continue
