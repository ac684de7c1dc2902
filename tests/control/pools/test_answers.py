"""NEW_PASSWORD_REQUIRED: temporary passwords and what follows from them."""

from typing import Any

import orjson

from tests.control.pools.conftest import PASSWORD, Pools, Shop

TEMPORARY = "Tempor4ry!"


def invite(shop: Shop) -> Any:
    shop("AdminCreateUser", Username="ana", TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS")
    return shop.sign_in("ana", TEMPORARY)


def members(challenge: Any, password: str = PASSWORD, **responses: str) -> dict[str, Any]:
    answers = {"USERNAME": "ana", "NEW_PASSWORD": password, **responses}
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
        "ChallengeResponses": answers,
    }


def test_a_new_password_signs_in(shop: Shop) -> None:
    challenge = invite(shop)

    result = shop("RespondToAuthChallenge", **members(challenge))["AuthenticationResult"]

    assert shop.claims(result["IdToken"])["cognito:username"] == "ana"
    assert shop.tokens("ana")
    assert shop.refuses("RespondToAuthChallenge", **members(challenge, "An0ther!pw")) == (
        "NotAuthorizedException: Invalid session for the user."
    )


def test_a_weak_new_password_may_be_tried_again(shop: Shop) -> None:
    challenge = invite(shop)

    assert "InvalidPasswordException" in shop.refuses("RespondToAuthChallenge", **members(challenge, "weak"))
    assert shop("RespondToAuthChallenge", **members(challenge))["AuthenticationResult"]


def test_required_attributes_come_with_the_new_password(pools: Pools) -> None:
    shop = Shop(pools, Schema=[{"Name": "family_name", "Required": True, "Mutable": True}])
    challenge = invite(shop)
    assert orjson.loads(challenge["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.family_name"]

    assert shop.refuses("RespondToAuthChallenge", **members(challenge)) == (
        "InvalidParameterException: Attributes did not conform to the schema: family_name: The attribute is required\n"
    )
    given = {"userAttributes.family_name": "Lovelace", "userAttributes.email_verified": "true"}
    assert "cannot be set" in shop.refuses("RespondToAuthChallenge", **members(challenge, **given))
    del given["userAttributes.email_verified"]
    shop("RespondToAuthChallenge", **members(challenge, **given))

    assert shop.attributes("ana")["family_name"] == "Lovelace"


def test_a_session_is_of_one_user_one_client_and_one_time(shop: Shop) -> None:
    challenge = invite(shop)
    shop.add_user("bea")
    made = shop.pools("CreateUserPoolClient", UserPoolId=shop.id, ClientName="other")["UserPoolClient"]
    invalid = "NotAuthorizedException: Invalid session for the user."

    assert shop.refuses("RespondToAuthChallenge", **members(challenge, USERNAME="bea")) == invalid
    other = {"ClientId": made["ClientId"]}
    assert shop.pools.refuses("RespondToAuthChallenge", **other, **members(challenge)) == invalid
    assert shop.refuses("RespondToAuthChallenge", **members({"Session": "A" * 60})) == invalid
    shop.pools.time += 181
    assert shop.refuses("RespondToAuthChallenge", **members(challenge)) == (
        "NotAuthorizedException: Invalid session for the user, session is expired."
    )


def test_a_temporary_password_grows_old(shop: Shop) -> None:
    invite(shop)
    shop.pools.time += 7 * 24 * 3600

    assert shop.fails_sign_in("ana", TEMPORARY) == (
        "NotAuthorizedException: Temporary password has expired and must be reset by an administrator."
    )


def test_other_challenges_are_refused_by_name(shop: Shop) -> None:
    asked = {"ChallengeName": "SMS_MFA", "ChallengeResponses": {"USERNAME": "ana"}}

    assert shop.refuses("RespondToAuthChallenge", **asked) == (
        "NotImplementedException: Limen does not implement the challenge SMS_MFA of user pools yet"
    )
