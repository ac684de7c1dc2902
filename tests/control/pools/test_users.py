"""Users as administrators see and change them."""

from typing import Any

import pytest

from tests.control.pools.conftest import Pools, Shop


def names(answer: dict[str, Any]) -> list[str]:
    return [user["Username"] for user in answer["Users"]]


def test_an_invitation_goes_to_the_outbox(shop: Shop) -> None:
    email = [{"Name": "email", "Value": "ana@example.com"}]
    made = shop("AdminCreateUser", Username="ana", UserAttributes=email)["User"]

    [message] = shop.pools.outbox()
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert (message["to"], message["kind"]) == ("ana@example.com", "temporary password")
    assert shop.sign_in("ana", message["code"])["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    shop("AdminCreateUser", Username="ana", MessageAction="RESEND")
    assert "Incorrect" in shop.fails_sign_in("ana", message["code"])
    assert shop.sign_in("ana", shop.last_code())
    assert shop.refuses("AdminCreateUser", Username="ana") == "UsernameExistsException: User account already exists"


def test_users_are_listed_in_pages(shop: Shop) -> None:
    for number in range(5):
        shop("AdminCreateUser", Username=f"user{number}", MessageAction="SUPPRESS")

    first = shop("ListUsers", Limit=3)
    second = shop("ListUsers", Limit=3, PaginationToken=first["PaginationToken"])

    assert names(first) + names(second) == [f"user{number}" for number in range(5)]
    assert "PaginationToken" not in second
    assert shop.refuses("ListUsers", PaginationToken="?") == "InvalidParameterException: Invalid pagination token."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('email = "ana@example.com"', ["ana"]),
        ('email ^= "a"', ["ana", "abe"]),
        ('"username" = "bea"', ["bea"]),
        ('cognito:user_status = "force_change_password"', ["ana", "abe", "bea"]),
        ('status = "Disabled"', ["bea"]),
        ('family_name = "O\\"Neil"', ["abe"]),
        ('name = "nobody"', []),
        ("", ["ana", "abe", "bea"]),
    ],
)
def test_a_filter_shows_some(shop: Shop, text: str, found: list[str]) -> None:
    for name, more in (("ana", {}), ("abe", {"family_name": 'O"Neil'}), ("bea", {})):
        attributes = {"email": f"{name}@example.com"} | more
        listed = [{"Name": key, "Value": value} for key, value in attributes.items()]
        shop("AdminCreateUser", Username=name, MessageAction="SUPPRESS", UserAttributes=listed)
    shop("AdminDisableUser", Username="bea")

    assert names(shop("ListUsers", Filter=text)) == found


@pytest.mark.parametrize("text", ["email", "email = ana", 'custom:tier = "1"', 'email > "a"', 'a = "b" or c = "d"'])
def test_a_filter_that_is_none_is_refused(shop: Shop, text: str) -> None:
    assert shop.refuses("ListUsers", Filter=text).startswith("InvalidParameterException: One or more requested")


def test_attributes_are_changed_and_deleted(pools: Pools) -> None:
    shop = Shop(pools, Schema=[{"Name": "tier", "AttributeDataType": "Number", "Mutable": False}])
    tier = {"Name": "custom:tier", "Value": "1"}
    shop("AdminCreateUser", Username="ana", UserAttributes=[tier], MessageAction="SUPPRESS")

    shop("AdminUpdateUserAttributes", Username="ana", UserAttributes=[{"Name": "name", "Value": "Ana"}])
    assert shop.attributes("ana")["name"] == "Ana"
    shop("AdminDeleteUserAttributes", Username="ana", UserAttributeNames=["name"])

    assert "name" not in shop.attributes("ana")
    assert shop.refuses("AdminUpdateUserAttributes", Username="ana", UserAttributes=[tier]) == (
        "InvalidParameterException: Attributes did not conform to the schema: "
        "custom:tier: Attribute cannot be updated.\n"
    )
    wrong = [{"Name": "custom:tier", "Value": "high"}]
    assert "not a number" in shop.refuses("AdminCreateUser", Username="bea", UserAttributes=wrong)
    assert shop.refuses("AdminDeleteUserAttributes", Username="ana", UserAttributeNames=["sub"])


def test_a_user_is_found_by_its_sub(shop: Shop) -> None:
    shop("AdminCreateUser", Username="ana", MessageAction="SUPPRESS")
    subject = shop.attributes("ana")["sub"]

    assert shop("AdminGetUser", Username=subject)["Username"] == "ana"
    assert shop("ListUsers", AttributesToGet=["email"])["Users"][0]["Attributes"] == []
    assert shop.refuses("ListUsers", AttributesToGet=["email", "custom:none"]) == (
        "InvalidParameterException: One or more requested attributes do not exist."
    )
    shop("AdminDeleteUser", Username=subject)
    assert names(shop("ListUsers")) == []


def test_case_counts_unless_the_pool_says_otherwise(pools: Pools) -> None:
    strict, lax = Shop(pools), Shop(pools, UsernameConfiguration={"CaseSensitive": False})
    for shop in (strict, lax):
        shop.add_user("Ana")

    assert strict.refuses("AdminGetUser", Username="ana") == "UserNotFoundException: User does not exist."
    assert lax("AdminGetUser", Username="ana")["Username"] == "Ana"


def test_a_name_that_looks_like_somebody_s_alias_is_refused(pools: Pools) -> None:
    shop = Shop(pools, AliasAttributes=["email"])

    assert shop.refuses("AdminCreateUser", Username="ana@example.com") == (
        "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias."
    )
