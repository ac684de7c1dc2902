"""What users do with their tokens, until these count no more."""

from typing import Any

import pytest

from tests.control.pools.conftest import PASSWORD, Pools, Shop

REVOKED = "NotAuthorizedException: Access Token has been revoked"


def put(name: str, value: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value}]


@pytest.fixture
def ana(shop: Shop) -> dict[str, Any]:
    shop.add_user("ana", email="ana@example.com", email_verified="true")
    return shop.tokens("ana")


def test_a_user_sees_what_is_theirs(shop: Shop, ana: dict[str, Any]) -> None:
    found = shop.pools("GetUser", AccessToken=ana["AccessToken"])

    assert found["Username"] == "ana"
    assert {each["Name"] for each in found["UserAttributes"]} == {"sub", "email", "email_verified"}


@pytest.mark.parametrize("change", ["id token", "altered", "none", "another server"])
def test_what_is_no_access_token_of_ours_is_refused(shop: Shop, ana: dict[str, Any], change: str) -> None:
    tokens = {
        "id token": ana["IdToken"],
        "altered": ana["AccessToken"][:-6] + "AAAAAA",
        "none": "a.b.c",
        "another server": ana["AccessToken"],
    }
    if change == "another server":
        shop.pools.move("another.example.com")

    assert shop.pools.refuses("GetUser", AccessToken=tokens[change]) == "NotAuthorizedException: Invalid Access Token"


def test_an_access_token_grows_old(shop: Shop, ana: dict[str, Any]) -> None:
    shop.pools.time += 3600

    assert shop.pools.refuses("GetUser", AccessToken=ana["AccessToken"]) == (
        "NotAuthorizedException: Access Token has expired"
    )


def test_a_changed_address_has_to_be_verified_anew(pools: Pools) -> None:
    shop = Shop(pools, AutoVerifiedAttributes=["email"])
    shop.add_user("ana", email="ana@example.com", email_verified="true")
    token = shop.tokens("ana")["AccessToken"]

    answer = pools("UpdateUserAttributes", AccessToken=token, UserAttributes=put("email", "new@example.com"))

    assert [each["Destination"] for each in answer["CodeDeliveryDetailsList"]] == ["n***@e***"]
    assert shop.attributes("ana")["email_verified"] == "false"
    pools("VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=shop.last_code())
    assert shop.attributes("ana")["email_verified"] == "true"
    pools("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email")
    assert shop.refuses("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="phone_number") == (
        "InvalidParameterException: User does not have an attribute phone_number that can be verified."
    )


def test_a_user_cannot_write_what_the_client_may_not(pools: Pools) -> None:
    shop = Shop(pools, client={"WriteAttributes": ["name"], "ReadAttributes": ["name"]})
    shop.add_user("ana", email="ana@example.com", name="Ana")
    tokens = shop.tokens("ana")
    token = tokens["AccessToken"]

    pools("UpdateUserAttributes", AccessToken=token, UserAttributes=put("name", "Anna"))

    refusal = "NotAuthorizedException: A client attempted to write unauthorized attribute"
    changed = put("email", "eve@example.com")
    assert pools.refuses("UpdateUserAttributes", AccessToken=token, UserAttributes=changed) == refusal
    assert pools.refuses("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["email"]) == refusal
    assert "email" not in shop.claims(tokens["IdToken"])
    assert {each["Name"] for each in pools("GetUser", AccessToken=token)["UserAttributes"]} == {"sub", "name"}
    pools("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["name"])
    assert "name" not in shop.attributes("ana")


def test_a_password_is_changed_by_who_knows_it(shop: Shop, ana: dict[str, Any]) -> None:
    asked = {"AccessToken": ana["AccessToken"], "ProposedPassword": "An0ther!pw"}

    assert shop.pools.refuses("ChangePassword", PreviousPassword="Wrong0!!", **asked) == (
        "NotAuthorizedException: Incorrect username or password."
    )
    shop.pools("ChangePassword", PreviousPassword=PASSWORD, **asked)

    assert shop.tokens("ana", "An0ther!pw")


def test_signing_out_ends_every_session(shop: Shop, ana: dict[str, Any]) -> None:
    other = shop.tokens("ana")

    shop.pools("GlobalSignOut", AccessToken=ana["AccessToken"])

    assert shop.pools.refuses("GetUser", AccessToken=other["AccessToken"]) == REVOKED
    parameters = {"REFRESH_TOKEN": other["RefreshToken"]}
    assert shop.refuses("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters) == (
        "NotAuthorizedException: Refresh Token has been revoked"
    )
    assert shop.tokens("ana")


def test_revoking_a_refresh_token_ends_its_session_alone(shop: Shop, ana: dict[str, Any]) -> None:
    other = shop.tokens("ana")

    shop.pools("RevokeToken", Token=ana["RefreshToken"], ClientId=shop.client)
    shop.pools("RevokeToken", Token="nonsense", ClientId=shop.client)

    assert shop.pools.refuses("GetUser", AccessToken=ana["AccessToken"]) == REVOKED
    assert shop.pools("GetUser", AccessToken=other["AccessToken"])["Username"] == "ana"
    assert shop.pools.refuses("RevokeToken", Token=ana["IdToken"], ClientId=shop.client) == (
        "UnsupportedTokenTypeException: Only refresh tokens can be revoked."
    )


def test_without_revocation_tokens_live_until_the_user_signs_out(pools: Pools) -> None:
    shop = Shop(
        pools,
        client={"EnableTokenRevocation": False, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]},
    )
    shop.add_user("ana")
    token = shop.tokens("ana")["AccessToken"]
    assert "origin_jti" not in shop.claims(token)
    assert "UnsupportedOperationException" in pools.refuses("RevokeToken", Token="x", ClientId=shop.client)

    pools("GlobalSignOut", AccessToken=token)

    assert pools.refuses("GetUser", AccessToken=token) == REVOKED
    pools.time += 1
    assert pools("GetUser", AccessToken=shop.tokens("ana")["AccessToken"])


def test_who_is_disabled_or_gone_has_no_tokens(shop: Shop, ana: dict[str, Any]) -> None:
    shop("AdminDisableUser", Username="ana")
    assert shop.pools.refuses("GetUser", AccessToken=ana["AccessToken"]) == "NotAuthorizedException: User is disabled."
    assert shop.fails_sign_in("ana") == "NotAuthorizedException: User is disabled."

    shop("AdminEnableUser", Username="ana")
    shop.pools("DeleteUser", AccessToken=shop.tokens("ana")["AccessToken"])

    assert shop.refuses("AdminGetUser", Username="ana") == "UserNotFoundException: User does not exist."
