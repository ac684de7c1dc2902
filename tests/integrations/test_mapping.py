"""Parameter mapping at work: requests and responses changed, and nothing changed that was not to be."""

import re
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import GatewayError, PlanError
from limen.integrations.mapping import (
    compile_request_mapping,
    compile_response_mappings,
    map_request,
    map_response,
)
from limen.integrations.sources import EVALUATED_BODY
from limen.wire import header
from tests.integrations.proxying import routed
from tests.support.client_certificates import SHOWN
from tests.support.exchanges import exchange

ROUTE = "ANY /pets/{id}/{proxy+}"


def mapped(
    parameters: dict[str, str],
    request_line: str = "GET /pets/7/a/b?x=1",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    path_parameters: dict[str, str] | None = None,
    domain: DomainMatch | None = None,
) -> tuple[list[tuple[str, str]], str, str]:
    """Headers beside Host, path and query of the call."""
    asked = routed(exchange(request_line, headers, body), path_parameters or {"id": "7", "proxy": "a/b"})
    asked.domain = domain
    mapping = compile_request_mapping(parameters, ROUTE, {"env": "blue"})
    assert mapping is not None
    found, path, query = map_request(mapping, asked, asked.headers[1:], b"/made/of/uri", asked.query)
    return (
        [(name.decode(), value.decode("utf-8", "replace")) for _, name, value in found],
        path.decode(),
        query.decode(),
    )


def headers_after(parameters: dict[str, str], headers: dict[str, str], body: bytes = b"") -> list[tuple[str, str]]:
    return mapped(parameters, headers=headers, body=body)[0]


def test_nothing_mapped_costs_nothing() -> None:
    assert compile_request_mapping({}, ROUTE, {}) is None
    assert compile_response_mappings({}, {}) == {}
    assert compile_response_mappings({"200": {}}, {}) == {}


def test_headers_are_appended_overwritten_and_removed() -> None:
    sent = {"X-A": "1", "X-B": "2", "x-a": "3"}

    assert headers_after({"append:header.X-A": "4"}, sent)[-1] == ("X-A", "4")
    assert headers_after({"append:header.X-A": "4"}, sent)[:-1] == list(sent.items())
    assert headers_after({"overwrite:header.X-A": "4"}, sent) == [("X-B", "2"), ("X-A", "4")]
    assert headers_after({"remove:header.x-A": "''"}, sent) == [("X-B", "2")]


def test_values_are_read_before_anything_is_changed() -> None:
    renamed = {"append:header.header2": "$request.header.header1", "remove:header.header1": "''"}

    assert headers_after(renamed, {"Header1": "v"}) == [("header2", "v")]
    assert headers_after(dict(reversed(renamed.items())), {"Header1": "v"}) == [("header2", "v")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("$request.header.X-Many", "1,2"),
        ("$request.querystring.q", "a b,c+d"),
        ("$request.querystring.Q", None),
        ("$request.path", "/pets/7/a/b"),
        ("$request.path.id", "7"),
        ("$request.path.proxy", "a/b"),
        ("$request.body.owner.name", "Ann"),
        ("$request.body.owner", '{"name":"Ann","age":3}'),
        ("$request.body.owner.age", "3"),
        ("$request.body.flag", "true"),
        ("$request.body.none", None),
        ("$request.body.missing", None),
        ("$stageVariables.env", "blue"),
        ("$stageVariables.missing", None),
        ("$context.httpMethod", "POST"),
        ("$context.stage", "$default"),
        ("$context.nonsense", None),
        ("${request.path.id}-${stageVariables.env}", "7-blue"),
        ("<${request.header.missing}>", "<>"),
        ("constant", "constant"),
    ],
)
def test_every_source_is_read(value: str, expected: str | None) -> None:
    body = b'{"owner":{"name":"Ann","age":3},"flag":true,"none":null}'
    line = "POST /pets/7/a/b?q=a%20b&q=c%2Bd&other=1"

    headers, _, _ = mapped({"overwrite:header.x": value}, line, {"X-Many": "1", "x-many": "2"}, body)

    assert dict(headers).get("x") == expected


def test_the_whole_body_is_a_source() -> None:
    assert headers_after({"overwrite:header.x": "$request.body"}, {}, b"text") == [("x", "text")]


def test_a_missing_value_leaves_nothing_of_what_the_client_sent() -> None:
    assert headers_after({"overwrite:header.x-user": "$context.authorizer.sub"}, {"X-User": "forged"}) == []
    assert mapped({"overwrite:querystring.x": "$request.header.none"})[2] == ""


def test_a_json_path_sees_the_beginning_of_a_body() -> None:
    short = b'{"a":"' + b"x" * 10 + b'"}'
    long = short + b" " * EVALUATED_BODY
    cut = b'{"a":"' + b"x" * EVALUATED_BODY + b'"}'

    assert headers_after({"append:header.h": "$request.body.a"}, {}, long) == [("h", "x" * 10)]
    assert headers_after({"append:header.h": "$request.body.a"}, {}, cut) == []
    assert headers_after({"append:header.h": "$request.body.a"}, {}, b"no json") == []


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"append:querystring.x": "2"}, "x=1&y=%20z&x=2"),
        ({"overwrite:querystring.x": "2"}, "y=%20z&x=2"),
        ({"remove:querystring.x": "''"}, "y=%20z"),
        ({"remove:querystring.X": "''"}, "x=1&y=%20z"),
        ({"append:querystring.n": "a&b=c#d é"}, "x=1&y=%20z&n=a%26b%3Dc%23d%20%C3%A9"),
        ({"append:querystring.a&b": "1"}, "x=1&y=%20z&a%26b=1"),
    ],
)
def test_query_strings_are_changed_by_name(parameters: dict[str, str], query: str) -> None:
    assert mapped(parameters, "GET /pets/7/a?x=1&y=%20z")[2] == query


@pytest.mark.parametrize(
    ("value", "line", "path"),
    [
        ("$request.path", "GET /pets/7/a%2Fb/c", "/pets/7/a%2Fb/c"),
        ("/x/$", "GET /pets/7/a", "/x/$"),
        ("x", "GET /pets/7/a", "/x"),
        ("/x/${request.path.id}/y", "GET /pets/a%2Fb/c", "/x/a%2Fb/y"),
        ("/x/${request.path.proxy}", "GET /pets/7/a/b%20c", "/x/a/b%20c"),
        ("/x/${request.querystring.p}", "GET /pets/7/a?p=a?b%23c%20d", "/x/a%3Fb%23c%20d"),
        ("/x/${request.path.none}/y", "GET /pets/7/a", "/x//y"),
        ("/${stageVariables.env}", "GET /pets/7/a", "/blue"),
    ],
)
def test_paths_are_overwritten(value: str, line: str, path: str) -> None:
    assert mapped({"overwrite:path": value}, line)[1] == path


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("/x/${request.querystring.p}", "GET /pets/7/a?p=../admin"),
        ("/x/.${request.querystring.p}", "GET /pets/7/a?p=./admin"),
        ("/x/${request.path.id}", "GET /pets/%2e%2e/c"),
    ],
)
def test_a_mapped_path_does_not_climb(value: str, line: str) -> None:
    with pytest.raises(GatewayError) as raised:
        mapped({"overwrite:path": value}, line)
    assert raised.value.failure.status == 400


@pytest.mark.parametrize("evil", ["a\r\nX-Admin: yes", "a\nb", "a\rb", "a\x00b", "\x7f"])
def test_a_control_character_reaches_no_header(evil: str) -> None:
    with pytest.raises(GatewayError) as raised:
        mapped({"append:header.x": "$request.path.id"}, path_parameters={"id": evil})
    assert raised.value.failure.status == 400


def test_a_host_stays_one() -> None:
    headers = headers_after({"append:header.host": "inner.example.com"}, {})

    assert headers == [("host", "inner.example.com")]


@pytest.mark.parametrize(
    "parameters", [{"append:header.via": "x"}, {"nonsense": "x"}, {"append:header.x": "$nonsense"}]
)
def test_what_is_no_mapping_does_not_compile(parameters: dict[str, str]) -> None:
    with pytest.raises(PlanError):
        compile_request_mapping(parameters, ROUTE, {})
    with pytest.raises(PlanError):
        compile_response_mappings({"200": parameters}, {})


def response_after(parameters: dict[str, str], body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
    received = [header(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    mapping = compile_response_mappings({"200": parameters}, {"env": "blue"})[200]
    status, found = map_response(mapping, routed(exchange("GET /")), 200, received, received, body)
    return status, {name.decode(): value.decode() for _, name, value in found}


def test_responses_are_changed_by_status() -> None:
    status, headers = response_after(
        {
            "overwrite:statuscode": "403",
            "append:header.copied": "$response.header.X-Old",
            "remove:header.x-old": "''",
            "overwrite:header.name": "$response.body.pet.name",
            "append:header.env": "$stageVariables.env",
            "append:header.method": "$context.httpMethod",
        },
        b'{"pet":{"name":"Rex"}}',
        x_old="1",
    )

    assert status == 403
    assert headers == {"copied": "1", "name": "Rex", "env": "blue", "method": "GET"}


def test_a_status_may_come_from_the_response() -> None:
    assert response_after({"overwrite:statuscode": "$response.body.code"}, b'{"code":404}')[0] == 404
    for code in (b'"x"', b"99", b"600", b"200.5", b"null"):
        with pytest.raises(GatewayError) as raised:
            response_after({"overwrite:statuscode": "$response.body.code"}, b'{"code":%b}' % code)
        assert raised.value.failure.status == 500


def test_a_backend_cannot_break_a_line_through_a_mapping() -> None:
    with pytest.raises(GatewayError) as raised:
        response_after({"append:header.x": "$response.body.v"}, b'{"v":"a\\r\\nSet-Cookie: x"}')
    assert raised.value.failure.status == 500


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(anything, anything, st.binary(max_size=30))
def test_no_input_adds_a_header_or_leaves_its_place(parameter: str, name: str, query: bytes) -> None:
    """Whatever is mapped from wherever: one header for each mapping, and a target that is one word."""
    parameters = {
        "overwrite:header.x": "${request.path.id}${request.querystring.q}",
        "overwrite:querystring.out": "$request.path.id",
        "append:querystring." + (name or "n"): "$request.querystring.q",
        "overwrite:path": "/x/${request.querystring.q}/y",
    }
    asked = routed(exchange("GET /pets/7/a"), {"id": parameter})
    asked.query = query
    mapping = compile_request_mapping(parameters, ROUTE, {})
    assert mapping is not None
    try:
        headers, path, made = map_request(mapping, asked, [], b"/", query)
    except GatewayError as refused:
        assert refused.failure.status == 400
        return
    assert len(headers) == 1
    assert re.fullmatch(rb"[^\x00-\x08\x0a-\x1f\x7f]*", headers[0][2])
    assert re.fullmatch(rb"/x/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*/y", path)
    pairs = parse_qsl(made.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")
    if name != "out":
        assert [value for key, value in pairs if key == "out"] == [parameter]


PEM = "$context.identity.clientCert.clientCertPem"
ONE_LINE = "-----BEGIN CERTIFICATE----- MIIB Ag== -----END CERTIFICATE-----"


def test_a_client_certificate_goes_to_the_backend() -> None:
    parameters = {
        "overwrite:header.X-Cert": PEM,
        "append:header.X-Who": "who: ${context.identity.clientCert.subjectDN}",
        "append:querystring.cert": PEM,
    }
    headers, _, query = mapped(parameters, headers={"x-cert": "forged"}, domain=DomainMatch("", certificate=SHOWN))

    assert headers == [("X-Cert", ONE_LINE), ("X-Who", "who: CN=ana,O=Shop")]
    assert dict(parse_qsl(query))["cert"] == SHOWN.pem


def test_without_a_client_certificate_nobody_shows_one() -> None:
    assert mapped({"overwrite:header.X-Cert": PEM}, headers={"x-cert": "forged"})[0] == []
