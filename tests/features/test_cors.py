"""CORS of HTTP APIs: who is told what, on preflights, other requests and the gateway's own answers."""

import pytest

from limen.features.cors import CorsSettings, compile_cors_headers, compile_failures, compile_preflight
from limen.gateway.errors import NOT_FOUND, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure, compile_failure
from limen.gateway.route_plan import RoutePlan, present
from limen.gateway.run import run
from limen.wire import Header, header
from tests.support.exchanges import answer, exchange, header_map

SITE = "https://www.example.com"
FULL = CorsSettings(
    allow_origins=(SITE, "http://localhost:3000"),
    allow_methods=("GET", "POST"),
    allow_headers=("authorization", "x-id"),
    expose_headers=("date", "x-api-id"),
    max_age=300,
    allow_credentials=True,
)
ANYONE = CorsSettings(allow_origins=("*",), allow_methods=("*",), allow_headers=("*",))
PREFLIGHT = {"Origin": SITE, "Access-Control-Request-Method": "PUT"}


def ask(
    settings: CorsSettings | None, request_line: str, headers: dict[str, str], backend: list[Header] | None = None
) -> Response:
    """Through the CORS steps of a route whose backend answers 200 with these headers; None is a route that fails."""

    def respond(exchange: Exchange) -> None:
        exchange.response = Response(200, list(backend or []), b"body")

    asked = exchange(request_line, headers)
    steps = present(compile_preflight(settings), respond if backend is not None else compile_failure(NOT_FOUND))
    outbound = present(compile_cors_headers(settings))
    run(asked, RoutePlan("GET /", steps, outbound, (), compile_failures(settings, answer_failure)))
    return answer(asked)


def cors_headers(response: Response) -> dict[str, str]:
    return {
        name: value
        for name, value in header_map(response).items()
        if name.startswith("access-control-") or name == "vary"
    }


def test_a_preflight_is_answered_by_the_gateway() -> None:
    response = ask(FULL, "OPTIONS /", PREFLIGHT, [header(b"X-Backend", b"1")])
    assert (response.status, response.body) == (204, b"")
    assert header_map(response) == {
        "access-control-allow-origin": SITE,
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "authorization,x-id",
        "access-control-max-age": "300",
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }


def test_another_request_is_told_what_a_page_may_read() -> None:
    response = ask(FULL, "GET /", {"Origin": "http://localhost:3000"}, [])
    assert response.status == 200
    assert cors_headers(response) == {
        "access-control-allow-origin": "http://localhost:3000",
        "access-control-expose-headers": "date,x-api-id",
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }


def test_any_origin_is_told_a_star() -> None:
    assert cors_headers(ask(ANYONE, "GET /", {"Origin": "null"}, [])) == {"access-control-allow-origin": "*"}
    assert cors_headers(ask(ANYONE, "OPTIONS /", PREFLIGHT, [])) == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "*",
        "access-control-allow-headers": "*",
    }


@pytest.mark.parametrize(
    ("configured", "origin", "is_allowed"),
    [
        ("https://*", "https://a.b:8443", True),
        ("https://*", "http://a.b", False),
        ("http://*", "http://a.b", True),
        ("http://*", "https://a.b", False),
        (SITE, SITE, True),
        (SITE, "HTTPS://WWW.EXAMPLE.COM", True),
        (SITE, SITE + ".evil.test", False),
        (SITE, "https://evil.test/" + SITE, False),
        (SITE, SITE + ":444", False),
        (SITE, "null", False),
        ("https://*.example.com", "https://a.example.com", False),
    ],
)
def test_an_origin_is_compared_whole_or_by_its_scheme(configured: str, origin: str, is_allowed: bool) -> None:
    settings = CorsSettings(allow_origins=(configured,), allow_methods=("GET",))
    for request_line, headers in [("GET /", {}), ("OPTIONS /", {"Access-Control-Request-Method": "GET"})]:
        told = cors_headers(ask(settings, request_line, {"Origin": origin} | headers, []))
        assert told.get("access-control-allow-origin") == (origin if is_allowed else None)
        assert told["vary"] == "Origin"
        assert is_allowed or told == {"vary": "Origin"}


def test_a_preflight_of_a_foreign_origin_gets_no_header_and_no_backend() -> None:
    response = ask(FULL, "OPTIONS /", PREFLIGHT | {"Origin": "https://evil.test"}, [header(b"X-Backend", b"1")])
    assert (response.status, header_map(response)) == (204, {"vary": "Origin"})


def test_what_a_backend_says_about_cors_is_dropped() -> None:
    backend = [
        header(b"Access-Control-Allow-Origin", b"*"),
        header(b"access-control-max-age", b"1"),
        header(b"A", b"b"),
    ]
    assert header_map(ask(FULL, "GET /", {}, backend)) == {"a": "b"}
    assert header_map(ask(FULL, "GET /", {"Origin": SITE}, backend))["access-control-allow-origin"] == SITE


def test_without_a_configuration_the_backend_decides() -> None:
    backend = [header(b"Access-Control-Allow-Origin", b"*")]
    response = ask(None, "OPTIONS /", PREFLIGHT, backend)
    assert (response.status, response.headers) == (200, backend)


@pytest.mark.parametrize(
    ("request_line", "headers"),
    [
        ("OPTIONS /", {"Origin": SITE}),
        ("OPTIONS /", {"Access-Control-Request-Method": "GET"}),
        ("GET /", PREFLIGHT),
    ],
)
def test_what_is_no_preflight_goes_on(request_line: str, headers: dict[str, str]) -> None:
    assert ask(FULL, request_line, headers, []).status == 200


def test_a_page_can_read_why_its_call_failed() -> None:
    response = ask(FULL, "GET /", {"Origin": SITE})
    assert (response.status, response.body) == (404, b'{"message":"Not Found"}')
    assert cors_headers(response)["access-control-allow-origin"] == SITE
    assert answer_failure(exchange(), GatewayError(NOT_FOUND)).headers is not response.headers


def test_configured_headers_are_not_shared_between_responses() -> None:
    settings = ANYONE
    for _ in range(3):
        assert len(ask(settings, "GET /", {"Origin": SITE}, []).headers) == 1
