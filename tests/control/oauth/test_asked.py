"""What apps may ask for, and who is told of what they may not."""

import pytest

from tests.control.oauth.conftest import CALLBACK, Portal, told


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example.com/callback",
        CALLBACK + "&more=1",
        CALLBACK.removesuffix("?from=limen"),
        CALLBACK + "#fragment",
        CALLBACK.replace("shop.", "shop.example.com@evil."),
        CALLBACK.upper(),
        CALLBACK + "/../other",
        "//evil.example.com",
        "javascript:alert(1)",
    ],
)
def test_nobody_is_sent_to_a_url_that_is_not_the_clients_own(portal: Portal, redirect_uri: str) -> None:
    for path in ("/oauth2/authorize", "/login"):
        answer = portal.get(path, **portal.asked(redirect_uri=redirect_uri, response_type="nonsense"))

        assert (answer.status_code, "location" in answer.headers) == (400, False)
        assert "redirect_uri is not one of the callback URLs" in answer.text


@pytest.mark.parametrize("client_id", [None, "unknown", "other\x7f"])
def test_nobody_is_sent_anywhere_by_an_app_that_is_not_known(portal: Portal, client_id: str | None) -> None:
    answer = portal.authorize(client_id=client_id)

    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "openid orders/read"}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example.com"}, "request_uri_not_supported"),
        ({"identity_provider": "Google"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_the_app_is_told_what_it_may_not_ask_for(portal: Portal, changed: dict[str, str | None], error: str) -> None:
    answer = portal.authorize(**changed)

    assert answer.status_code == 302
    found = told(answer)
    assert (found["error"], found["state"]) == (error, "here")
    assert found["iss"] == f"https://cognito-idp.us-east-1.localhost:8443/{portal.shop.id}"


def test_a_client_has_the_flows_that_it_allows(portal: Portal) -> None:
    stored = portal.make_client(AllowedOAuthFlowsUserPoolClient=False)["ClientId"]
    implicit = portal.make_client(AllowedOAuthFlows=["implicit"])["ClientId"]

    assert told(portal.authorize(client_id=stored))["error"] == "unauthorized_client"
    assert told(portal.authorize(client_id=implicit))["error"] == "unauthorized_client"
    answer = portal.authorize(client_id=implicit, response_type="token", scope="orders/read")
    assert "#error=invalid_scope" in answer.headers["location"]


def test_a_client_with_a_secret_may_go_without_a_challenge(portal: Portal) -> None:
    secret = portal.make_client(GenerateSecret=True)["ClientId"]

    answer = portal.authorize(client_id=secret, code_challenge=None, code_challenge_method=None)

    assert answer.headers["location"].startswith("/login?")


def test_parameters_that_come_twice_are_refused(portal: Portal) -> None:
    answer = portal.ask("GET", "/oauth2/authorize?client_id=a&client_id=b")

    assert (answer.status_code, "client_id is given more than once" in answer.text) == (400, True)


def test_the_default_url_and_all_scopes_stand_for_what_is_left_out(portal: Portal) -> None:
    client = portal.make_client(DefaultRedirectURI=CALLBACK)["ClientId"]

    back = portal.sign_in(client_id=client, redirect_uri=None, scope=None)

    answer = portal.redeem(told(back)["code"], client_id=client)
    assert answer.json()["scope"] == "openid email profile"
