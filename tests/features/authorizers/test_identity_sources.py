"""What identity sources read, and that two requests that differ in it never have one identity."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.features.authorizers.identity_sources import (
    compile_identity,
    parse_http_sources,
    parse_rest_sources,
    read_texts,
)
from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import PlanError
from limen.gateway.failures import failure_plan
from limen.gateway.request_view import parse_query
from limen.gateway.rest_errors import FORBIDDEN
from limen.wire import Headers
from tests.integrations.proxying import stage_plan
from tests.support.client_certificates import SHOWN
from tests.support.exchanges import exchange as make_exchange


def asked(request: str = "GET /", headers: list[tuple[bytes, bytes]] | None = None) -> Any:
    made = make_exchange(request)
    made.headers = Headers((name.lower(), name, value) for name, value in headers or [])
    made.stage, made.plan = stage_plan("prod"), failure_plan(FORBIDDEN, "GET /x")
    return made


@pytest.mark.parametrize(
    ("source", "identity"),
    [
        ("method.request.header.X-A", b"1"),
        ("method.request.header.x-twice", (b"1", b"2")),
        ("method.request.header.Missing", None),
        ("method.request.header.Empty", None),
        ("method.request.header.X_A", None),
        ("method.request.querystring.q", "a b"),
        ("method.request.querystring.t", ("1", "")),
        ("method.request.querystring.e", None),
        ("method.request.querystring.Q", None),
        ("stageVariables.v", "w"),
        ("stageVariables.none", None),
        ("context.httpMethod", "GET"),
        ("context.identity.sourceIp", "192.0.2.1"),
        ("context.nothing", None),
        ("context.given", "told"),
    ],
)
def test_what_a_source_reads(source: str, identity: Any) -> None:
    headers = [(b"X-A", b"1"), (b"X-Twice", b"1"), (b"x-twice", b"2"), (b"Empty", b"")]
    exchange = asked("GET /?q=a%20b&t=1&t=&e=", headers)
    sources = parse_rest_sources(source, {"v": "w"}, {"given": "told"})
    assert compile_identity(sources)(exchange) == identity


def test_a_client_s_certificate_is_a_source_of_both_types_of_apis() -> None:
    request = asked()
    request.domain = DomainMatch("", certificate=SHOWN)

    for source in (
        parse_rest_sources("context.identity.clientCert.subjectDN", {}, {}),
        parse_http_sources(["$context.identity.clientCert.subjectDN"], {}),
    ):
        read = compile_identity(source)
        assert (read(request), read(asked())) == (SHOWN.subject_dn, None)


def test_sources_of_http_apis() -> None:
    names = ["$request.header.A", "$request.querystring.q", "$context.routeKey", "$stageVariables.v"]
    sources = parse_http_sources(names, {"v": "w"})
    exchange = asked("GET /?q=2", [(b"a", b"1")])
    assert compile_identity(sources)(exchange) == (b"1", "2", "GET /x", "w")
    assert read_texts(sources, exchange) == ["1", "2", "GET /x", "w"]
    assert compile_identity(sources)(asked("GET /?q=2")) is None
    assert read_texts(sources, asked("GET /?q=2")) == ["", "2", "GET /x", "w"]


@pytest.mark.parametrize("name", ["method.request.path.id", "method.request.header.", "cookies.a", "nonsense"])
def test_what_is_no_source_does_not_compile(name: str) -> None:
    with pytest.raises(PlanError, match="identity source"):
        parse_rest_sources(name, {}, {})


VALUES = st.lists(st.binary(max_size=4).filter(lambda value: b"\n" not in value), max_size=3)


@given(VALUES, VALUES, VALUES, VALUES)
def test_identities_are_equal_only_where_all_values_are(
    one_a: list[bytes], one_b: list[bytes], two_a: list[bytes], two_b: list[bytes]
) -> None:
    read = compile_identity(parse_rest_sources("method.request.header.A, method.request.header.B", {}, {}))
    first = read(asked(headers=[(b"A", value) for value in one_a] + [(b"B", value) for value in one_b]))
    second = read(asked(headers=[(b"B", value) for value in two_b] + [(b"A", value) for value in two_a]))
    assert (first is None) == (not (any(one_a) and any(one_b)))
    if first is not None:
        assert (first == second) == ((one_a, one_b) == (two_a, two_b))
        hash(first)


@given(st.text("qx&=%41+", max_size=12), st.sampled_from(["q", "x", "A", "qx"]))
def test_a_query_is_read_as_it_is_parsed(query: str, name: str) -> None:
    found = compile_identity(parse_rest_sources(f"method.request.querystring.{name}", {}, {}))(asked(f"GET /?{query}"))
    values = parse_query(query.encode()).get(name, [])
    expected: Any = None if not any(values) else values[0] if len(values) == 1 else tuple(values)
    assert found == expected
