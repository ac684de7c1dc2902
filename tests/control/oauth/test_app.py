"""Which requests reach which endpoint, and what all answers have in common."""

import pytest

from tests.control.oauth.conftest import Portal


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("shop.auth.us-east-1.localhost", "/login", 400),
        ("SHOP.auth.us-east-1.localhost:8443", "/login", 400),
        ("shop.auth.us-east-1.amazoncognito.com", "/login", 400),
        ("shop.auth.eu-west-1.localhost", "/login", 404),
        ("other.auth.us-east-1.localhost", "/login", 404),
        ("shop.auth.us-east-1.localhost", "/elsewhere", 404),
        ("shop.auth.us-east-1.localhost", "/login/", 404),
        ("cognito-idp.us-east-1.localhost", "/{pool}/login", 404),
        ("cognito-idp.eu-west-1.localhost", "/{pool}/.well-known/jwks.json", 404),
        ("cognito-idp.us-east-1.amazonaws.com", "/{pool}/.well-known/jwks.json", 200),
        ("localhost", "/_auth/{pool}/login", 400),
        ("localhost", "/_auth/{pool}", 404),
        ("localhost", "/_auth/us-east-1_nobody/login", 404),
        ("localhost", "/_auth//login", 404),
    ],
)
def test_a_place_is_found_by_host_or_path(portal: Portal, host: str, path: str, status: int) -> None:
    answer = portal.ask("GET", path.format(pool=portal.shop.id), headers={"Host": host})

    assert answer.status_code == status


def test_methods_that_are_not_served_are_named(portal: Portal) -> None:
    token, page = portal.get("/oauth2/token"), portal.ask("POST", "/oauth2/authorize", data=portal.asked())

    assert (token.status_code, token.headers["allow"]) == (405, "POST")
    assert (page.status_code, page.headers["allow"]) == (405, "GET")


def test_scripts_of_any_origin_may_ask_for_tokens_and_read_no_page(portal: Portal) -> None:
    asked = {"Origin": "https://spa.example.com", "Access-Control-Request-Method": "POST"}
    preflight = portal.ask("OPTIONS", "/oauth2/token", headers=asked)

    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert "access-control-allow-origin" not in portal.login_page().headers
    assert portal.ask("OPTIONS", "/login", headers=asked).status_code == 405


def test_a_body_that_is_too_long_is_refused(portal: Portal) -> None:
    assert portal.ask("POST", "/oauth2/token", data={"code": "x" * 70_000}).status_code == 413


def test_a_bug_is_told_to_the_log_alone(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("limen.control.oauth.token.authenticate", lambda *_: 1 / 0)

    answer = portal.token()

    assert answer.json() == {"error": "server_error", "error_description": "Something went wrong here."}
    assert "ZeroDivisionError" in caplog.text


def test_headers_of_workers_are_not_told_to_operations(portal: Portal) -> None:
    """A call of Cognito's API goes on as it came, with the client's address where ASGI has it."""
    seen: dict[str, object] = {}

    async def api(scope, receive, send):  # type: ignore[no-untyped-def]
        seen.update(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    import asyncio

    from limen.control.oauth.app import OAuthApp

    headers = [(b"host", b"cognito-idp.us-east-1.localhost"), (b"x-limen-client", b"192.0.2.9")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    asyncio.run(OAuthApp(None, api, "localhost")(scope, None, send))  # type: ignore[arg-type]

    assert (seen["client"], seen["headers"]) == (("192.0.2.9", 0), headers[:1])
