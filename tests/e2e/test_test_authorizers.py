"""TestInvokeAuthorizer for authorizers that take tokens of user pools: boto3 against a real `limen serve`."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_user_pools import PASSWORD, Pool
from tests.support.limen_process import LimenProcess

POOLS, JWT = "COGNITO_USER_POOLS", "JWT"
KINDS = (POOLS, JWT)


class Trying:
    """A REST API that no method and no deployment is of, and its authorizers."""

    def __init__(self, limen: LimenProcess) -> None:
        self.pool = Pool(limen)
        self.pool.admin.admin_set_user_password(
            UserPoolId=self.pool.id, Username="ana", Password=PASSWORD, Permanent=True
        )
        self.tokens = self.pool.sign_in("ana", PASSWORD)["AuthenticationResult"]
        self.client = limen.client("apigateway")
        self.api = self.client.create_rest_api(name="tested")["id"]
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{self.pool.id}"
        self.issuers = (issuer, f"https://cognito-idp.us-east-1.localhost:{limen.port}/{self.pool.id}")
        configuration = {
            "issuers": [{"issuer": each, "audiences": [self.pool.client]} for each in self.issuers],
            "defaultAlgorithms": ["RS256"],
        }
        self.authorizers = {
            POOLS: self._create(
                POOLS, providerARNs=[f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{self.pool.id}"]
            ),
            JWT: self._create(JWT, jwtConfiguration=configuration),
        }

    def _create(self, kind: str, **members: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.client.create_authorizer(
            restApiId=self.api, name=kind, type=kind, identitySource="method.request.header.Authorization", **members
        )
        return made

    def test(self, kind: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.test_invoke_authorizer(
            restApiId=self.api, authorizerId=self.authorizers[kind]["id"], **given
        )
        return answer


@pytest.fixture(scope="module")
def tested(limen: LimenProcess) -> Iterator[Trying]:
    made = Trying(limen)
    yield made
    made.pool.admin.delete_user_pool(UserPoolId=made.pool.id)


def test_a_pool_of_limens_own_is_asked_nowhere_for_its_keys(tested: Trying) -> None:
    issuers = tested.authorizers[JWT]["jwtConfiguration"]["issuers"]

    assert [each["jwksUri"] for each in issuers] == [f"{name}/.well-known/jwks.json" for name in tested.issuers]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_a_good_token_shows_its_claims(tested: Trying, kind: str, scheme: str) -> None:
    token = scheme + tested.tokens["IdToken"]
    answer = tested.test(kind, headers={"Authorization": token})

    assert answer["clientStatus"] == 0
    assert answer["claims"]["cognito:username"] == "ana"
    assert (answer["claims"]["aud"], answer["claims"]["token_use"]) == (tested.pool.client, "id")
    assert answer["principalId"] == answer["claims"]["sub"]
    assert "policy" not in answer
    assert f"Starting authorizer: {tested.authorizers[kind]['id']} for request" in answer["log"]
    assert "Successfully completed authorizer execution" in answer["log"]
    assert tested.tokens["IdToken"] not in answer["log"]
    assert tested.test(kind, multiValueHeaders={"authorization": [token]})["clientStatus"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_says_why_in_the_log_alone(tested: Trying, kind: str) -> None:
    token = tested.tokens["IdToken"]
    for given, reason in (
        ({}, "there is no token"),
        ({"headers": {"X-Token": token}}, "there is no token"),
        ({"headers": {"Authorization": "junk"}}, "token: not three parts"),
        ({"headers": {"Authorization": f"{token[:-6]}AAAAAA"}}, "signature is invalid"),
        ({"multiValueHeaders": {"Authorization": [token, "evil"]}}, ""),
    ):
        answer = tested.test(kind, **given)
        assert answer["clientStatus"] == 401, given
        assert not {"claims", "principalId", "policy"} & answer.keys()
        assert reason in answer["log"]
        assert "Unauthorized request: " in answer["log"]


def test_methods_without_scopes_take_identity_tokens_and_so_does_the_test(tested: Trying) -> None:
    answer = tested.test(POOLS, headers={"Authorization": tested.tokens["AccessToken"]})

    assert answer["clientStatus"] == 401
    assert "token_use is not id" in answer["log"]


def test_a_change_is_tested_as_it_stands(tested: Trying) -> None:
    """Nothing of a token that was taken before is remembered."""
    token = {"headers": {"Authorization": tested.tokens["IdToken"]}}
    named = {"restApiId": tested.api, "authorizerId": tested.authorizers[POOLS]["id"]}
    assert tested.test(POOLS, **token)["clientStatus"] == 0
    change = {"op": "replace", "path": "/identityValidationExpression"}

    tested.client.update_authorizer(**named, patchOperations=[{**change, "value": "other-client"}])
    assert tested.test(POOLS, **token)["clientStatus"] == 401
    tested.client.update_authorizer(**named, patchOperations=[{**change, "value": tested.pool.client}])
    assert tested.test(POOLS, **token)["clientStatus"] == 0
