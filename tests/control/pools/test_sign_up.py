"""Users that sign up by themselves, and codes of the outbox that confirm them."""

import pytest

from tests.control.pools.conftest import PASSWORD, Pools, Shop

EMAIL = [{"Name": "email", "Value": "ana@example.com"}]


@pytest.fixture
def shop(pools: Pools) -> Shop:
    return Shop(pools, AutoVerifiedAttributes=["email"])


def sign_up(shop: Shop, name: str = "ana", **members: object) -> dict[str, object]:
    answer: dict[str, object] = shop("SignUp", Username=name, Password=PASSWORD, **members)
    return answer


def test_a_code_confirms_and_verifies(shop: Shop) -> None:
    answer = sign_up(shop, UserAttributes=EMAIL)
    assert answer["UserConfirmed"] is False
    assert shop.attributes("ana")["email_verified"] == "false"
    assert shop.fails_sign_in("ana") == "UserNotConfirmedException: User is not confirmed."

    shop("ConfirmSignUp", Username="ana", ConfirmationCode=shop.last_code())

    assert shop.claims(shop.tokens("ana")["IdToken"])["email_verified"] is True
    assert shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode="123456") == (
        "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED"
    )


def test_a_wrong_code_is_refused_and_six_are_too_many(shop: Shop) -> None:
    sign_up(shop, UserAttributes=EMAIL)
    right = shop.last_code()
    wrong = f"{(int(right) + 1) % 1000000:06d}"

    answers = [shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode=wrong) for _ in range(5)]

    assert set(answers) == {"CodeMismatchException: Invalid verification code provided, please try again."}
    assert shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode=right) == (
        "LimitExceededException: Attempt limit exceeded, please try after some time."
    )


def test_a_code_grows_old(shop: Shop) -> None:
    sign_up(shop, UserAttributes=EMAIL)
    shop.pools.time += 24 * 3600 + 1

    assert shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode=shop.last_code()) == (
        "ExpiredCodeException: Invalid code provided, please request a code again."
    )


def test_a_new_code_takes_the_place_of_the_old(shop: Shop) -> None:
    sign_up(shop, UserAttributes=EMAIL)
    old = shop.last_code()
    while shop.last_code() == old:
        shop("ResendConfirmationCode", Username="ana")

    assert "CodeMismatchException" in shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode=old)
    shop("ConfirmSignUp", Username="ana", ConfirmationCode=shop.last_code())
    assert shop.refuses("ResendConfirmationCode", Username="ana") == (
        "InvalidParameterException: User is already confirmed."
    )


def test_a_code_is_worth_nothing_for_an_address_that_was_changed(shop: Shop) -> None:
    sign_up(shop, UserAttributes=EMAIL)
    code = shop.last_code()
    shop("AdminUpdateUserAttributes", Username="ana", UserAttributes=[{"Name": "email", "Value": "eve@example.com"}])

    shop("ConfirmSignUp", Username="ana", ConfirmationCode=code)

    assert shop.attributes("ana")["email_verified"] == "false"


def test_a_name_is_given_once(shop: Shop) -> None:
    sign_up(shop)

    assert shop.refuses("SignUp", Username="ana", Password=PASSWORD) == "UsernameExistsException: User already exists"


def test_weak_passwords_and_unknown_attributes_are_refused(shop: Shop) -> None:
    assert shop.refuses("SignUp", Username="ana", Password="short") == (
        "InvalidPasswordException: Password did not conform with policy: Password not long enough"
    )
    unknown = [{"Name": "custom:tier", "Value": "1"}]
    assert shop.refuses("SignUp", Username="ana", Password=PASSWORD, UserAttributes=unknown) == (
        "InvalidParameterException: Attributes did not conform to the schema: "
        "custom:tier: Attribute does not exist in the schema.\n"
    )


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified"])
def test_nobody_verifies_their_own_address(shop: Shop, name: str) -> None:
    attributes = [*EMAIL, {"Name": name, "Value": "true"}]

    assert shop.refuses("SignUp", Username="ana", Password=PASSWORD, UserAttributes=attributes) == (
        "NotAuthorizedException: A client attempted to write unauthorized attribute"
    )


def test_a_pool_may_keep_its_doors_shut(pools: Pools) -> None:
    shop = Shop(pools, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})

    assert shop.refuses("SignUp", Username="ana", Password=PASSWORD) == (
        "NotAuthorizedException: SignUp is not permitted for this user pool"
    )


def test_an_email_that_is_the_name_is_nobody_else_s(pools: Pools) -> None:
    shop = Shop(pools, UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    subject = sign_up(shop, "Ana@Example.com")["UserSub"]
    shop("AdminConfirmSignUp", Username="ana@example.com")

    assert shop.claims(shop.tokens("ANA@example.com")["IdToken"])["sub"] == subject
    assert shop.refuses("SignUp", Username="ana@example.COM", Password=PASSWORD) == (
        "UsernameExistsException: An account with the given email already exists."
    )
    assert shop.refuses("SignUp", Username="ana", Password=PASSWORD) == (
        "InvalidParameterException: Username should be an email."
    )


def test_an_alias_goes_to_who_verified_it(pools: Pools) -> None:
    shop = Shop(pools, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    shop.add_user("bea", email="ana@example.com", email_verified="true")
    sign_up(shop, UserAttributes=EMAIL)
    code = shop.last_code()

    assert shop.refuses("ConfirmSignUp", Username="ana", ConfirmationCode=code) == (
        "AliasExistsException: An account with the email already exists."
    )
    shop("ConfirmSignUp", Username="ana", ConfirmationCode=code, ForceAliasCreation=True)

    assert shop.claims(shop.tokens("ana@example.com")["IdToken"])["cognito:username"] == "ana"
    assert shop.attributes("bea")["email_verified"] == "false"


def test_a_client_that_hides_users_answers_the_same_for_nobody(pools: Pools) -> None:
    shop = Shop(pools, client={"PreventUserExistenceErrors": "ENABLED"})

    assert shop("ResendConfirmationCode", Username="bob") == shop("ResendConfirmationCode", Username="bob")
    assert shop("ForgotPassword", Username="bob")["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert shop.pools.outbox() == []
    expired = "ExpiredCodeException: Invalid code provided, please request a code again."
    assert shop.refuses("ConfirmSignUp", Username="bob", ConfirmationCode="1") == expired
    assert shop.refuses("ConfirmForgotPassword", Username="bob", ConfirmationCode="1", Password=PASSWORD) == expired
