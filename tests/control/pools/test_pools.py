"""User pools themselves: what is made, kept, refused, and gone with them."""

from typing import Any

import pytest

from tests.control.pools.conftest import Pools, Shop


def test_a_pool_is_described_as_cognito_does(pools: Pools) -> None:
    made = pools("CreateUserPool", PoolName="shop", UserPoolTags={"team": "a"})["UserPool"]

    found = pools("DescribeUserPool", UserPoolId=made["Id"])["UserPool"]
    assert found["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{made['Id']}"
    assert found["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert (found["MfaConfiguration"], found["EstimatedNumberOfUsers"], found["LambdaConfig"]) == ("OFF", 0, {})
    assert len(found["SchemaAttributes"]) == 20
    assert pools("ListTagsForResource", ResourceArn=found["Arn"])["Tags"] == {"team": "a"}
    pools("TagResource", ResourceArn=found["Arn"], Tags={"stage": "b"})
    pools("UntagResource", ResourceArn=found["Arn"], TagKeys=["team"])
    assert pools("ListTagsForResource", ResourceArn=found["Arn"])["Tags"] == {"stage": "b"}
    assert pools("GetUserPoolMfaConfig", UserPoolId=made["Id"]) == {"MfaConfiguration": "OFF"}


def test_pools_are_listed_in_pages(pools: Pools) -> None:
    for name in ("one", "two", "three"):
        pools("CreateUserPool", PoolName=name)

    first = pools("ListUserPools", MaxResults=2)
    second = pools("ListUserPools", MaxResults=2, NextToken=first["NextToken"])

    assert [pool["Name"] for pool in first["UserPools"] + second["UserPools"]] == ["one", "two", "three"]


def test_an_update_sets_what_is_not_given_to_its_default(pools: Pools) -> None:
    pool = pools("CreateUserPool", PoolName="shop", Policies={"PasswordPolicy": {"MinimumLength": 6}})["UserPool"]
    assert pool["Policies"]["PasswordPolicy"]["RequireSymbols"] is False

    assert pool["UserPoolTags"] == {}
    pools("UpdateUserPool", UserPoolId=pool["Id"], AutoVerifiedAttributes=["email"])

    found = pools("DescribeUserPool", UserPoolId=pool["Id"])["UserPool"]
    assert (found["Policies"]["PasswordPolicy"]["MinimumLength"], found["AutoVerifiedAttributes"]) == (8, ["email"])


def test_attributes_of_its_own_are_added_and_never_changed(pools: Pools) -> None:
    shop = Shop(pools, Schema=[{"Name": "tier", "AttributeDataType": "String"}])
    team = {"Name": "team", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "3"}}

    shop("AddCustomAttributes", CustomAttributes=[team])

    assert "already has name custom:team" in shop.refuses("AddCustomAttributes", CustomAttributes=[team])
    long = [{"Name": "custom:team", "Value": "four"}]
    assert "String must be shorter than maximum length" in shop.refuses(
        "AdminCreateUser", Username="ana", UserAttributes=long
    )


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:000000000000:function:f"}}, "Lambda triggers"),
        ({"MfaConfiguration": "OPTIONAL"}, "multi-factor authentication (MfaConfiguration)"),
        ({"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}, "threat protection (UserPoolAddOns)"),
        ({"DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True}}, "remembered devices (DeviceConfiguration)"),
        ({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}}, "password history"),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["EMAIL_OTP"]}}}, "sign-in without a password"),
    ],
)
def test_what_would_not_be_done_is_refused_by_name(pools: Pools, settings: dict[str, Any], what: str) -> None:
    refusal = pools.refuses("CreateUserPool", PoolName="shop", **settings)

    assert refusal.startswith("NotImplementedException: Limen does not implement ")
    assert what in refusal


def test_a_pool_takes_all_that_is_in_it_along(pools: Pools) -> None:
    shop = Shop(pools)
    shop.add_user("ana")
    shop("CreateGroup", GroupName="staff")
    shop("AdminAddUserToGroup", Username="ana", GroupName="staff")
    token = shop.tokens("ana")["AccessToken"]
    shop("CreateResourceServer", Identifier="orders", Name="orders")

    shop("DeleteUserPool")

    missing = f"ResourceNotFoundException: User pool {shop.id} does not exist."
    assert shop.refuses("DescribeUserPool") == missing
    assert shop.fails_sign_in("ana") == f"ResourceNotFoundException: User pool client {shop.client} does not exist."
    assert pools.refuses("GetUser", AccessToken=token) == "NotAuthorizedException: Invalid Access Token"
    with pools.store.reader() as reader:
        left = [
            noun
            for noun in ("PoolUser", "PoolAlias", "PoolGroup", "PoolGroupMember", "PoolSession", "UserPoolKeys")
            if list(reader.all(noun))
        ]
    assert left == []


def test_protected_pools_and_those_with_a_domain_stay(pools: Pools) -> None:
    protected = Shop(pools, DeletionProtection="ACTIVE")
    assert "deletion protection" in protected.refuses("DeleteUserPool")
    shop = Shop(pools)
    shop("CreateUserPoolDomain", Domain="shop")
    assert "It has a domain configured" in shop.refuses("DeleteUserPool")

    shop("DeleteUserPoolDomain", Domain="shop")
    shop("DeleteUserPool")


def test_a_domain_is_of_one_pool(pools: Pools) -> None:
    shop, other = Shop(pools), Shop(pools)
    shop("CreateUserPoolDomain", Domain="shop")

    assert shop("DescribeUserPool")["UserPool"]["Domain"] == "shop"
    described = pools("DescribeUserPoolDomain", Domain="shop")["DomainDescription"]
    assert (described["UserPoolId"], described["Status"]) == (shop.id, "ACTIVE")
    assert pools("DescribeUserPoolDomain", Domain="none") == {"DomainDescription": {}}
    assert other.refuses("CreateUserPoolDomain", Domain="my-cognito") == (
        "InvalidParameterException: Domain cannot contain reserved word: cognito"
    )
    assert "already associated" in other.refuses("CreateUserPoolDomain", Domain="shop")
    assert "already has a domain" in shop.refuses("CreateUserPoolDomain", Domain="second")
    assert "No such domain" in other.refuses("DeleteUserPoolDomain", Domain="shop")
    assert shop("UpdateUserPoolDomain", Domain="shop", ManagedLoginVersion=2) == {"ManagedLoginVersion": 2}


def test_resource_servers_have_scopes(shop: Shop) -> None:
    scopes = [{"ScopeName": "read", "ScopeDescription": "see"}]
    shop("CreateResourceServer", Identifier="orders", Name="Orders", Scopes=scopes)

    assert shop("DescribeResourceServer", Identifier="orders")["ResourceServer"]["Scopes"] == scopes
    shop("UpdateResourceServer", Identifier="orders", Name="Others")
    listed = shop("ListResourceServers")["ResourceServers"]
    assert [(each["Name"], each.get("Scopes")) for each in listed] == [("Others", None)]
    assert "already exists" in shop.refuses("CreateResourceServer", Identifier="orders", Name="x")
    shop("DeleteResourceServer", Identifier="orders")
    assert "ResourceNotFoundException" in shop.refuses("DescribeResourceServer", Identifier="orders")


def test_multi_factor_authentication_can_be_set_to_off_alone(shop: Shop) -> None:
    off = shop("SetUserPoolMfaConfig", MfaConfiguration="OFF", SoftwareTokenMfaConfiguration={"Enabled": False})
    assert off == shop("GetUserPoolMfaConfig") == {"MfaConfiguration": "OFF"}

    for settings in ({"MfaConfiguration": "ON"}, {"SoftwareTokenMfaConfiguration": {"Enabled": True}}):
        assert shop.refuses("SetUserPoolMfaConfig", **settings).startswith("NotImplementedException: ")


def test_a_pool_has_no_providers_but_itself(shop: Shop) -> None:
    assert shop("ListIdentityProviders") == {"Providers": []}
    assert shop.refuses("DescribeIdentityProvider", ProviderName="Google") == (
        "ResourceNotFoundException: Identity provider Google does not exist."
    )
