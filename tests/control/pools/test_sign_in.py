"""Signing in with a password: tokens and their claims, refusals that tell nothing, lock-outs."""

from tests.control.pools.conftest import PASSWORD, Pools, Shop


def test_a_right_password_gives_three_tokens(shop: Shop) -> None:
    shop.add_user("ana", email="ana@example.com", email_verified="true")
    shop("CreateGroup", GroupName="admins", Precedence=1, RoleArn="arn:aws:iam::000000000000:role/admin")
    shop("AdminAddUserToGroup", Username="ana", GroupName="admins")

    result = shop.tokens("ana")

    assert result["ExpiresIn"] == 3600
    assert result["TokenType"] == "Bearer"
    subject = shop.attributes("ana")["sub"]
    identity, access = shop.claims(result["IdToken"]), shop.claims(result["AccessToken"])
    issuer = f"https://cognito-idp.us-east-1.localhost:8443/{shop.id}"
    assert {name: value for name, value in identity.items() if name not in ("event_id", "jti", "origin_jti")} == {
        "sub": subject,
        "email": "ana@example.com",
        "email_verified": True,
        "iss": issuer,
        "aud": shop.client,
        "cognito:username": "ana",
        "cognito:groups": ["admins"],
        "cognito:roles": ["arn:aws:iam::000000000000:role/admin"],
        "cognito:preferred_role": "arn:aws:iam::000000000000:role/admin",
        "token_use": "id",
        "auth_time": 1_700_000_000,
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
    }
    assert {name: value for name, value in access.items() if name not in ("event_id", "jti", "origin_jti")} == {
        "sub": subject,
        "iss": issuer,
        "client_id": shop.client,
        "cognito:groups": ["admins"],
        "username": "ana",
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": 1_700_000_000,
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
    }
    assert identity["origin_jti"] == access["origin_jti"]
    assert identity["jti"] != access["jti"]


def test_a_wrong_password_is_refused_in_cognito_s_words(shop: Shop) -> None:
    shop.add_user("ana")

    assert shop.fails_sign_in("ana", "Wrong0!!") == "NotAuthorizedException: Incorrect username or password."
    assert shop.fails_sign_in("bob") == "UserNotFoundException: User does not exist."


def test_a_client_may_hide_who_exists(pools: Pools) -> None:
    shop = Shop(
        pools, client={"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    )

    answers = {shop.fails_sign_in("bob") for _ in range(5)}

    assert answers == {"NotAuthorizedException: Incorrect username or password."}
    assert shop.fails_sign_in("bob") == "NotAuthorizedException: Password attempts exceeded"


def test_five_failures_lock_even_the_right_password_out(shop: Shop) -> None:
    shop.add_user("ana")
    for _ in range(5):
        shop.fails_sign_in("ana", "Wrong0!!")

    assert shop.fails_sign_in("ana") == "NotAuthorizedException: Password attempts exceeded"


def test_passwords_wrong_for_many_users_shut_out_their_address(shop: Shop) -> None:
    shop.pools.access_key_id = ""
    answers = [shop.fails_sign_in(f"user{number}") for number in range(3)]
    shop.pools.access_key_id = "AKID"
    for number in range(61):
        shop.add_user(f"user{number}")
    shop.pools.access_key_id = ""

    answers = [shop.fails_sign_in(f"user{number}", "Wrong0!!") for number in range(61)]

    assert answers[0] == "NotAuthorizedException: Incorrect username or password."
    assert answers[-1] == "TooManyRequestsException: Too many requests"
    shop.pools.address = "192.0.2.2"
    assert shop.tokens("user60")


def test_flows_have_to_be_enabled(pools: Pools) -> None:
    shop = Shop(pools, client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})
    parameters = {"USERNAME": "ana", "PASSWORD": PASSWORD}

    assert shop.fails_sign_in("ana") == (
        "InvalidParameterException: USER_PASSWORD_AUTH flow not enabled for this client"
    )
    assert shop.refuses("AdminInitiateAuth", AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=parameters) == (
        "InvalidParameterException: Auth flow not enabled for this client"
    )
    assert shop.refuses("InitiateAuth", AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=parameters) == (
        "InvalidParameterException: Initiate Auth method not supported."
    )
    assert shop.refuses("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters=parameters) == (
        "NotImplementedException: Limen does not implement the flow USER_AUTH of user pools yet"
    )
