"""Passwords forgotten, reset by administrators, and set."""

import pytest

from tests.control.pools.conftest import PASSWORD, Pools, Shop

NEW = "An0ther!pass"


def test_a_code_sets_a_new_password_once(shop: Shop) -> None:
    shop.add_user("ana", email="ana@example.com", email_verified="true")
    sent = shop("ForgotPassword", Username="ana")["CodeDeliveryDetails"]
    code = shop.last_code()

    shop("ConfirmForgotPassword", Username="ana", ConfirmationCode=code, Password=NEW)

    assert sent == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert shop.tokens("ana", NEW)
    assert shop.fails_sign_in("ana") == "NotAuthorizedException: Incorrect username or password."
    assert shop.refuses("ConfirmForgotPassword", Username="ana", ConfirmationCode=code, Password=PASSWORD) == (
        "ExpiredCodeException: Invalid code provided, please request a code again."
    )


def test_an_address_that_is_not_verified_gets_no_code(shop: Shop) -> None:
    shop.add_user("ana", email="ana@example.com")

    assert shop.refuses("ForgotPassword", Username="ana") == (
        "InvalidParameterException: Cannot reset password for the user as there is no registered/verified "
        "email or phone_number"
    )
    assert shop.refuses("ForgotPassword", Username="bob") == (
        "UserNotFoundException: Username/client id combination not found."
    )


def test_a_password_that_was_reset_is_of_no_use(shop: Shop) -> None:
    shop.add_user("ana", phone_number="+4915112345678", phone_number_verified="true")
    shop("AdminResetUserPassword", Username="ana")

    assert shop.fails_sign_in("ana") == "PasswordResetRequiredException: Password reset required for the user"
    shop("ConfirmForgotPassword", Username="ana", ConfirmationCode=shop.last_code(), Password=NEW)
    assert shop.tokens("ana", NEW)


def test_an_administrator_ends_a_lock_out_by_a_new_password(shop: Shop) -> None:
    shop.add_user("ana")
    for _ in range(5):
        shop.fails_sign_in("ana", "Wrong0!!")

    shop("AdminSetUserPassword", Username="ana", Password=NEW, Permanent=True)

    assert shop.tokens("ana", NEW)


def recovery(*names: str) -> dict[str, object]:
    return {"RecoveryMechanisms": [{"Priority": number, "Name": name} for number, name in enumerate(names, 1)]}


@pytest.mark.parametrize(
    ("mechanisms", "attribute"),
    [
        ((), "phone_number"),
        (("verified_email", "verified_phone_number"), "email"),
        (("verified_phone_number", "verified_email"), "phone_number"),
        (("verified_email",), "email"),
    ],
)
def test_a_pool_says_where_codes_go_first(pools: Pools, mechanisms: tuple[str, ...], attribute: str) -> None:
    settings = {"AccountRecoverySetting": recovery(*mechanisms)} if mechanisms else {}
    shop = Shop(pools, **settings)
    both = {"email": "ana@example.com", "phone_number": "+4915112345678"}
    shop.add_user("ana", **both, email_verified="true", phone_number_verified="true")

    assert shop("ForgotPassword", Username="ana")["CodeDeliveryDetails"]["AttributeName"] == attribute


def test_a_mechanism_that_a_pool_does_not_name_gets_no_code(pools: Pools) -> None:
    shop = Shop(pools, AccountRecoverySetting=recovery("verified_email"))
    shop.add_user("ana", phone_number="+4915112345678", phone_number_verified="true")

    assert "no registered/verified email" in shop.refuses("ForgotPassword", Username="ana")


def test_only_administrators_recover_where_the_pool_says_so(pools: Pools) -> None:
    shop = Shop(pools, AccountRecoverySetting=recovery("admin_only"))
    shop.add_user("ana", email="ana@example.com", email_verified="true")

    assert shop.refuses("ForgotPassword", Username="ana") == (
        "NotAuthorizedException: Contact administrator to reset password."
    )
