"""Tokens for codes, for refresh tokens and for clients themselves."""

import base64
import hashlib

import pytest

from tests.control.oauth.conftest import Portal, told


def test_a_code_gives_tokens_with_what_the_app_asked_for(portal: Portal) -> None:
    answer = portal.redeem(portal.code(nonce="n-1"))

    tokens = answer.json()
    assert (tokens["token_type"], tokens["scope"], answer.headers["cache-control"]) == (
        "Bearer",
        "openid email",
        "no-store",
    )
    identity, access = portal.shop.claims(tokens["id_token"]), portal.shop.claims(tokens["access_token"])
    assert (identity["nonce"], identity["email"], "name" in identity) == ("n-1", "ana@example.com", False)
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert identity["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert (access["scope"], access["username"], "nonce" in access) == ("openid email", "ana", False)
    assert access["version"] == 2
    assert "version" not in portal.shop.claims(portal.shop.tokens("ana")["AccessToken"])


def test_an_app_that_did_not_ask_for_openid_gets_no_id_token(portal: Portal) -> None:
    client = portal.make_client(AllowedOAuthScopes=["orders/read"])["ClientId"]

    tokens = portal.redeem(portal.code(client_id=client, scope="orders/read"), client_id=client).json()

    assert "id_token" not in tokens and "refresh_token" in tokens


def test_a_code_that_comes_twice_takes_back_what_it_gave(portal: Portal) -> None:
    code = portal.code()
    tokens = portal.redeem(code).json()
    assert portal.ask("GET", "/oauth2/userInfo", headers=bearer(tokens)).status_code == 200

    second = portal.redeem(code)

    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")
    assert portal.ask("GET", "/oauth2/userInfo", headers=bearer(tokens)).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert portal.token(client_id=portal.shop.client, **refresh).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": None},
        {"code_verifier": "v" * 42},
        {"redirect_uri": "https://shop.example.com/callback"},
        {"redirect_uri": None},
    ],
)
def test_a_code_is_lost_by_a_wrong_attempt_of_its_own_client(portal: Portal, changed: dict[str, str | None]) -> None:
    code = portal.code()

    wrong, right = portal.redeem(code, **changed), portal.redeem(code)

    assert [answer.json()["error"] for answer in (wrong, right)] == ["invalid_grant", "invalid_grant"]


def test_a_code_is_worth_nothing_to_another_client(portal: Portal) -> None:
    other = portal.make_client()["ClientId"]
    code = portal.code()

    assert portal.redeem(code, client_id=other).json()["error"] == "invalid_grant"
    assert portal.redeem(code[:-4] + "AAAA").json()["error"] == "invalid_grant"
    assert "access_token" in portal.redeem(code).json()


def test_a_code_expires(portal: Portal) -> None:
    code = portal.code()
    portal.pools.time += 301

    assert portal.redeem(code).json() == {"error": "invalid_grant", "error_description": "The code has expired."}


@pytest.mark.parametrize("operation", ["AdminUserGlobalSignOut", "AdminDisableUser", "AdminDeleteUser"])
def test_a_code_goes_with_the_user(portal: Portal, operation: str) -> None:
    code = portal.code()
    portal.shop(operation, Username="ana")

    assert portal.redeem(code).json()["error"] == "invalid_grant"


def test_a_verifier_that_nobody_asked_for_is_refused(portal: Portal) -> None:
    """Somebody may have taken the challenge out of what the app asked for."""
    made = portal.make_client(GenerateSecret=True)
    pair = {"client_id": made["ClientId"], "client_secret": made["ClientSecret"]}
    without = {"code_challenge": None, "code_challenge_method": None}

    stripped = portal.redeem(portal.code(client_id=made["ClientId"], **without), **pair)
    honest = portal.redeem(portal.code(client_id=made["ClientId"], **without), **pair, code_verifier=None)

    assert (stripped.json()["error"], "access_token" in honest.json()) == ("invalid_grant", True)


def test_a_refresh_token_gives_no_more_than_the_sign_in_did(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()
    form = {"grant_type": "refresh_token", "client_id": portal.shop.client, "refresh_token": tokens["refresh_token"]}

    same, less = portal.token(**form).json(), portal.token(**form, scope="email").json()
    more = portal.token(**form, scope="openid profile").json()
    other = portal.token(**form | {"client_id": portal.make_client()["ClientId"]}).json()

    assert same["scope"] == "openid email" and "refresh_token" not in same and "id_token" in same
    assert portal.shop.claims(less["access_token"])["scope"] == "email"
    assert (more["error"], other["error"]) == ("invalid_scope", "invalid_grant")


def test_a_client_gets_tokens_for_itself(portal: Portal) -> None:
    made = portal.make_client(
        GenerateSecret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["orders/read", "orders/write"],
    )
    pair = (made["ClientId"], made["ClientSecret"])

    every = portal.token(auth=pair, grant_type="client_credentials").json()
    one = portal.token(auth=pair, grant_type="client_credentials", scope="orders/read").json()
    other = portal.token(auth=pair, grant_type="client_credentials", scope="openid").json()

    assert every["scope"] == "orders/read orders/write" and "refresh_token" not in every
    claims = portal.shop.claims(one["access_token"])
    assert (claims["sub"], claims["scope"], claims["token_use"]) == (made["ClientId"], "orders/read", "access")
    assert other["error"] == "invalid_scope"
    assert (
        portal.token(client_id=portal.shop.client, grant_type="client_credentials").json()["error"]
        == "unauthorized_client"
    )


def test_tokens_in_the_url_come_without_a_refresh_token(portal: Portal) -> None:
    back = portal.sign_in(response_type="token", nonce="n-1", code_challenge=None, code_challenge_method=None)

    assert "#access_token=" in back.headers["location"]
    found = told(back)
    assert "refresh_token" not in found and "code" not in found
    assert portal.shop.claims(found["id_token"])["nonce"] == "n-1"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "username": "ana"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
def test_other_requests_are_refused_in_the_words_of_the_rfc(portal: Portal, form: dict[str, str], error: str) -> None:
    answer = portal.token(client_id=portal.shop.client, **form)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_parameters_are_taken_from_the_form_alone(portal: Portal) -> None:
    in_query = portal.ask("POST", "/oauth2/token?grant_type=client_credentials", data={"client_id": portal.shop.client})
    in_json = portal.ask("POST", "/oauth2/token", json={"grant_type": "client_credentials"})

    assert in_query.json()["error_description"] == "grant_type is missing"
    assert in_json.json()["error"] == "invalid_request"


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}
