"""Templates with user pools: what is made, changed in place, replaced, refused and deleted."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from limen.control.pools.tools import PoolTools
from tests.control.stacks.conftest import Stacks

TEMPLATE = """
Resources:
  Users:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: shop
      AutoVerifiedAttributes: [email]
      Policies: {PasswordPolicy: {MinimumLength: 10}}
      Schema: [{Name: tier, AttributeDataType: String, Mutable: true}]
  Web:
    Type: AWS::Cognito::UserPoolClient
    DependsOn: Orders
    Properties:
      UserPoolId: !Ref Users
      GenerateSecret: true
      AllowedOAuthFlows: [client_credentials]
      AllowedOAuthFlowsUserPoolClient: true
      AllowedOAuthScopes: [orders/read]
  Orders:
    Type: AWS::Cognito::UserPoolResourceServer
    Properties:
      UserPoolId: !Ref Users
      Identifier: orders
      Name: orders
      Scopes: [{ScopeName: read, ScopeDescription: see}]
  Admins:
    Type: AWS::Cognito::UserPoolGroup
    Properties: {UserPoolId: !Ref Users, GroupName: admins, Precedence: 1}
  Domain:
    Type: AWS::Cognito::UserPoolDomain
    Properties: {UserPoolId: !Ref Users, Domain: shop-pages}
  Ana:
    Type: AWS::Cognito::UserPoolUser
    Properties: {UserPoolId: !Ref Users, Username: ana, MessageAction: SUPPRESS}
  AnaIsAdmin:
    Type: AWS::Cognito::UserPoolUserToGroupAttachment
    Properties: {UserPoolId: !Ref Users, Username: !Ref Ana, GroupName: !Ref Admins}
Outputs:
  Pool: {Value: !Ref Users}
  Issuer: {Value: !GetAtt Users.ProviderURL}
  Client: {Value: !Ref Web}
"""


@pytest.fixture
def shop(stacks: Stacks, tmp_path: Path) -> Stacks:
    stacks.settings = replace(stacks.settings, pools=PoolTools(bytes(32), tmp_path / "outbox.jsonl"))
    return stacks


def test_a_template_makes_a_pool_with_all_that_is_in_it(shop: Stacks) -> None:
    outputs = shop.outputs(shop.deploy(TEMPLATE))

    pool = shop.aws("DescribeUserPool", "cognito-idp", UserPoolId=outputs["Pool"])["UserPool"]
    assert (pool["Name"], pool["Policies"]["PasswordPolicy"]["MinimumLength"]) == ("shop", 10)
    assert pool["Domain"] == "shop-pages"
    assert outputs["Issuer"] == f"https://cognito-idp.us-east-1.localhost:8443/{outputs['Pool']}"
    groups = shop.aws("AdminListGroupsForUser", "cognito-idp", UserPoolId=outputs["Pool"], Username="ana")["Groups"]
    assert [group["GroupName"] for group in groups] == ["admins"]


def test_a_pool_keeps_its_users_when_its_settings_change(shop: Stacks) -> None:
    before = shop.outputs(shop.deploy(TEMPLATE))
    changed = TEMPLATE.replace("MinimumLength: 10", "MinimumLength: 12").replace(
        "Mutable: true}]", "Mutable: true}, {Name: team, AttributeDataType: String}]"
    )

    after = shop.outputs(shop.deploy(changed))

    pool = shop.aws("DescribeUserPool", "cognito-idp", UserPoolId=after["Pool"])["UserPool"]
    assert (after, pool["EstimatedNumberOfUsers"]) == (before, 1)
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    assert {"custom:tier", "custom:team"} <= {each["Name"] for each in pool["SchemaAttributes"]}


def test_what_would_not_be_done_is_refused(shop: Stacks) -> None:
    mfa = TEMPLATE.replace("UserPoolName: shop", "MfaConfiguration: 'ON'")
    trigger = TEMPLATE.replace("UserPoolName: shop", "LambdaConfig: {PreSignUp: 'arn:aws:lambda:r:1:function:f'}")

    assert "Limen has no multi-factor authentication" in shop.refusal(mfa)
    assert "Limen runs no Lambda triggers of user pools" in shop.refusal(trigger)


def test_a_pool_goes_with_its_stack(shop: Stacks) -> None:
    shop.deploy(TEMPLATE)

    shop.delete()

    assert shop.aws("ListUserPools", "cognito-idp", MaxResults=10)["UserPools"] == []
