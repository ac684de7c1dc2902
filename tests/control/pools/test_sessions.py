"""Refresh tokens and the sessions that they continue."""

import pytest

from limen.control.pools import sessions
from limen.control.pools.guards import secret_hash
from tests.control.pools.conftest import PASSWORD, Pools, Shop


def refresh(shop: Shop, token: str, **more: str) -> dict[str, str]:
    parameters = {"REFRESH_TOKEN": token, **more}
    answer = shop("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters)
    result: dict[str, str] = answer["AuthenticationResult"]
    return result


def test_a_refresh_gives_new_tokens_of_the_same_session(shop: Shop) -> None:
    shop.add_user("ana")
    first = shop.tokens("ana")
    shop("CreateGroup", GroupName="admins")
    shop("AdminAddUserToGroup", Username="ana", GroupName="admins")
    shop.pools.time += 600

    renewed = refresh(shop, first["RefreshToken"])

    before, after = shop.claims(first["AccessToken"]), shop.claims(renewed["AccessToken"])
    assert "RefreshToken" not in renewed
    assert (after["origin_jti"], after["auth_time"]) == (before["origin_jti"], before["auth_time"])
    assert (after["iat"], after["cognito:groups"]) == (before["iat"] + 600, ["admins"])
    assert shop.pools("GetTokensFromRefreshToken", RefreshToken=first["RefreshToken"], ClientId=shop.client)


def test_a_refresh_token_is_of_its_client_and_its_time(shop: Shop) -> None:
    shop.add_user("ana")
    token = shop.tokens("ana")["RefreshToken"]
    other = shop.pools("CreateUserPoolClient", UserPoolId=shop.id, ClientName="other")["UserPoolClient"]["ClientId"]
    asked = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}}

    assert shop.pools.refuses("InitiateAuth", ClientId=other, **asked) == (
        "NotAuthorizedException: Invalid Refresh Token"
    )
    nonsense = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": "x"}}
    assert shop.refuses("InitiateAuth", **nonsense) == "NotAuthorizedException: Invalid Refresh Token"
    shop.pools.time += 30 * 86400
    assert shop.refuses("InitiateAuth", **asked) == "NotAuthorizedException: Refresh Token has expired"


def test_a_client_with_a_secret_has_to_know_it(pools: Pools) -> None:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    shop = Shop(pools, client={"GenerateSecret": True, "ExplicitAuthFlows": flows})
    shop.add_user("ana")
    assert shop.secret is not None
    assert shop.fails_sign_in("ana") == (
        f"NotAuthorizedException: Client {shop.client} is configured with secret but SECRET_HASH was not received"
    )
    named = {"USERNAME": "ana", "PASSWORD": PASSWORD}
    hashed = {"SECRET_HASH": secret_hash(shop.secret, "ana", shop.client)}

    result = shop("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=named | hashed)["AuthenticationResult"]

    assert refresh(shop, result["RefreshToken"], **hashed)
    wrong = named | {"SECRET_HASH": secret_hash("guess", "ana", shop.client)}
    assert shop.refuses("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=wrong) == (
        f"NotAuthorizedException: Unable to verify secret hash for client {shop.client}"
    )
    token = {"RefreshToken": result["RefreshToken"], "ClientId": shop.client}
    assert pools("GetTokensFromRefreshToken", ClientSecret=shop.secret, **token)
    assert "NotAuthorizedException" in pools.refuses("GetTokensFromRefreshToken", **token)


def test_the_oldest_of_too_many_sessions_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.add_user("ana")
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 2)
    first, second, third = (shop.tokens("ana")["AccessToken"] for _ in range(3))

    assert "revoked" in shop.pools.refuses("GetUser", AccessToken=first)
    assert shop.pools("GetUser", AccessToken=second) and shop.pools("GetUser", AccessToken=third)
