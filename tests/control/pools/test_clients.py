"""App clients: defaults, secrets, lifetimes, what is refused."""

from typing import Any

import pytest

from tests.control.pools.conftest import Pools, Shop


def test_a_client_is_made_with_defaults_and_updated_whole(shop: Shop) -> None:
    made = shop.pools("CreateUserPoolClient", UserPoolId=shop.id, ClientName="api", GenerateSecret=True)[
        "UserPoolClient"
    ]
    place = {"UserPoolId": shop.id, "ClientId": made["ClientId"]}
    assert (len(made["ClientId"]), len(made["ClientSecret"]), made["RefreshTokenValidity"]) == (26, 51, 30)
    assert made["EnablePropagateAdditionalUserContextData"] is False

    shop.pools("UpdateUserPoolClient", **place, AccessTokenValidity=12, PreventUserExistenceErrors="ENABLED")
    zero = shop.pools("UpdateUserPoolClient", **place, RefreshTokenValidity=0)["UserPoolClient"]
    assert zero["RefreshTokenValidity"] == 30
    shop.pools("UpdateUserPoolClient", **place, ClientName="other")

    found = shop.pools("DescribeUserPoolClient", **place)["UserPoolClient"]
    assert (found["ClientName"], found["ClientSecret"]) == ("other", made["ClientSecret"])
    assert "AccessTokenValidity" not in found and "PreventUserExistenceErrors" not in found
    listed = shop.pools("ListUserPoolClients", UserPoolId=shop.id)["UserPoolClients"]
    assert [client["ClientName"] for client in listed] == ["web", "other"]
    shop.pools("DeleteUserPoolClient", **place)
    assert shop.pools.refuses("DescribeUserPoolClient", **place) == (
        f"ResourceNotFoundException: User pool client {made['ClientId']} does not exist."
    )


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [
        ({"AccessTokenValidity": 25}, "InvalidParameterException: Invalid range for token validity."),
        (
            {"IdTokenValidity": 4, "TokenValidityUnits": {"IdToken": "minutes"}},
            "InvalidParameterException: Invalid range for token validity.",
        ),
        ({"AllowedOAuthScopes": ["orders/read"]}, "ScopeDoesNotExistException: Invalid scope requested: orders/read"),
        (
            {"AllowedOAuthFlows": ["client_credentials", "code"]},
            "InvalidOAuthFlowException: client_credentials flow can not be selected along with code flow or implicit "
            "flow.",
        ),
        (
            {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["openid"]},
            "InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client "
            "secret.",
        ),
        (
            {"AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": True},
            "InvalidOAuthFlowException: AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is "
            "allowed to use OAuth flows.",
        ),
        (
            {
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid"],
                "AllowedOAuthFlowsUserPoolClient": True,
            },
            "InvalidOAuthFlowException: At least one CallbackURL is needed for the flows code and implicit.",
        ),
        ({"DefaultRedirectURI": "https://a"}, "InvalidParameterException: DefaultRedirectURI must be in the "),
        ({"SupportedIdentityProviders": ["Google"]}, "InvalidParameterException: The provider Google does not exist"),
        ({"ReadAttributes": ["custom:none"]}, "InvalidParameterException: Invalid ReadAttributes specified"),
        (
            {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]},
            "InvalidParameterException: Cannot mix the legacy",
        ),
        (
            {"RefreshTokenRotation": {"Feature": "ENABLED"}},
            "NotImplementedException: Limen does not implement rotation of refresh tokens (RefreshTokenRotation)",
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(shop: Shop, settings: dict[str, Any], refusal: str) -> None:
    found = shop.pools.refuses("CreateUserPoolClient", UserPoolId=shop.id, ClientName="api", **settings)

    assert found.startswith(refusal)


def test_a_client_of_the_older_kind_has_srp_and_refresh_whatever_it_names(pools: Pools) -> None:
    shop = Shop(pools, client={"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]})
    shop.add_user("ana")
    token = shop.tokens("ana")["RefreshToken"]

    parameters = {"REFRESH_TOKEN": token}
    assert shop("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=parameters)["AuthenticationResult"]
