"""Authorizers of user pools: identity tokens for methods without scopes, access tokens for those with some."""

from typing import Any

import pytest

from limen.features.authorizers.cognito_names import issuers_of_pool
from limen.features.authorizers.compile import compile_method_authorization
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_failures import answer_rest_failure
from tests.support.exchanges import answer, exchange, header_map
from tests.support.loops import in_loop
from tests.support.tokens import FakeIssuers, guarded, key_set, make_tools, run_step, token

ARN = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_abc"
SECOND = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_xyz"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
OWN_ISSUER = "https://cognito-idp.eu-west-1.localhost:8443/eu-west-1_abc"
SECOND_ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_xyz"
AUTHORIZER: dict[str, Any] = {
    "type": "COGNITO_USER_POOLS",
    "name": "pool",
    "identitySource": "method.request.header.Authorization",
    "providerARNs": [ARN, SECOND],
}
METHOD = {"httpMethod": "GET", "authorizationType": "COGNITO_USER_POOLS", "authorizerId": "a1"}


def id_token(key_id: str = "1", **changed: Any) -> str:
    return token(key_id, **{"iss": ISSUER, "aud": "client", "token_use": "id", **changed})


def access_token(**changed: Any) -> str:
    return token(
        **{"iss": ISSUER, "aud": None, "client_id": "client", "token_use": "access", "scope": "read", **changed}
    )


async def call(value: str | None, *, scopes: list[str] | None = None, **changed: Any) -> Exchange:
    fetch = FakeIssuers()
    fetch.key_sets = {ISSUER: key_set("1"), SECOND_ISSUER: key_set("2")}
    tools = make_tools(fetch)
    tools.issuers.put_local(OWN_ISSUER, key_set("own"))
    method = METHOD | ({"authorizationScopes": scopes} if scopes else {})
    [step] = compile_method_authorization(guarded(method, AUTHORIZER | changed), tools)
    headers = {} if value is None else {"Authorization": value}
    return await run_step(step, exchange("GET /orders", headers), answer_rest_failure)


def told(called: Exchange) -> tuple[int, bytes, str]:
    response = answer(called)
    return response.status, response.body, header_map(response).get("x-amzn-errortype", "")


UNAUTHORIZED = (401, b'{"message":"Unauthorized"}', "UnauthorizedException")


@in_loop
async def test_an_identity_token_of_a_listed_pool_passes() -> None:
    called = await call(id_token(**{"cognito:groups": ["a", "b"]}))
    assert answer(called).status == 204
    assert called.caller is not None and called.caller.kind == "cognito" and called.caller.claims is not None
    assert called.caller.claims["cognito:groups"] == "a,b"
    assert answer(await call("Bearer " + id_token("2", iss=SECOND_ISSUER))).status == 204
    assert answer(await call(id_token("own", iss=OWN_ISSUER))).status == 204


@in_loop
@pytest.mark.parametrize(
    "value",
    [
        None,
        "abc",
        access_token(),
        id_token(token_use=None),
        id_token("2"),  # the key of another pool
        id_token("own"),
        id_token(iss="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"),
        id_token(iat=9e9),
        id_token(exp=None),
    ],
)
async def test_other_tokens_are_unauthorized(value: str | None) -> None:
    assert told(await call(value)) == UNAUTHORIZED


@in_loop
async def test_an_expired_token_is_told_so() -> None:
    message = b'{"message":"The incoming token has expired"}'
    assert told(await call(id_token(exp=1))) == (401, message, "UnauthorizedException")


@in_loop
async def test_a_method_with_scopes_takes_access_tokens() -> None:
    assert answer(await call(access_token(), scopes=["read", "write"])).status == 204
    assert told(await call(access_token(scope="other"), scopes=["read"])) == UNAUTHORIZED
    assert told(await call(access_token(scope=None), scopes=["read"])) == UNAUTHORIZED
    assert told(await call(id_token(scope="read"), scopes=["read"])) == UNAUTHORIZED


@in_loop
async def test_the_audience_has_to_match_as_a_whole() -> None:
    assert answer(await call(id_token(), identityValidationExpression="cli[a-z]+")).status == 204
    assert told(await call(id_token(), identityValidationExpression="cli")) == UNAUTHORIZED
    assert told(await call(id_token(aud=["client"]), identityValidationExpression="client")) == UNAUTHORIZED
    assert told(await call(access_token(), scopes=["read"], identityValidationExpression=".*")) == UNAUTHORIZED


@in_loop
async def test_nothing_is_fetched_by_the_name_of_an_own_pool() -> None:
    fetch = FakeIssuers()
    fetch.key_sets[OWN_ISSUER] = key_set("1")
    [step] = compile_method_authorization(guarded(METHOD, AUTHORIZER), make_tools(fetch))
    called = exchange("GET /orders", {"Authorization": id_token(iss=OWN_ISSUER)})
    assert told(await run_step(step, called, answer_rest_failure)) == UNAUTHORIZED
    assert fetch.asked == 0


def test_a_pool_is_known_by_the_issuer_of_its_region() -> None:
    assert issuers_of_pool(ARN, "localhost:8443") == ((ISSUER, False), (OWN_ISSUER, True))
    assert issuers_of_pool(ARN, "") == ((ISSUER, False),)
    china = "arn:aws-cn:cognito-idp:cn-north-1:000000000000:userpool/cn-north-1_a"
    assert issuers_of_pool(china, "") == (("https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a", False),)


@pytest.mark.parametrize(
    "authorizer",
    [
        {"type": "JWT"},
        AUTHORIZER | {"providerARNs": []},
        AUTHORIZER | {"providerARNs": ["arn:aws:s3:::bucket"]},
        AUTHORIZER | {"identitySource": ""},
        AUTHORIZER | {"identityValidationExpression": "("},
    ],
)
def test_an_authorizer_that_is_not_whole_does_not_compile(authorizer: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        compile_method_authorization(guarded(METHOD, authorizer), make_tools())
