"""JWT authorizers of REST APIs."""

from typing import Any

import jwt
import pytest

from limen.features.authorizers.compile import compile_method_authorization
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_failures import answer_rest_failure
from limen.jose.signing import SigningKey
from tests.support.exchanges import answer, exchange, header_map
from tests.support.loops import in_loop
from tests.support.tokens import (
    ISSUER,
    FakeIssuers,
    claims,
    curve_jwk,
    curve_key,
    guarded,
    key_set,
    make_tools,
    run_step,
    token,
)

OTHER = "https://other.example/tenant/"
TENANT = {"claimName": "tenant", "format": "SINGLE_STRING", "required": True, "expectedValues": ["a", "b"]}
LEVEL = {"claimName": "level", "format": "SINGLE_STRING"}
AUTHORIZER: dict[str, Any] = {
    "type": "JWT",
    "name": "issuers",
    "identitySource": "method.request.header.Authorization",
    "jwtConfiguration": {
        "issuers": [
            {"issuer": ISSUER, "audiences": ["shop"]},
            {"issuer": OTHER, "audiences": ["shop", "other"], "additionalClaims": [TENANT, LEVEL]},
        ],
        "defaultAlgorithms": ["RS256", "ES256"],
    },
}
METHOD = {"httpMethod": "GET", "authorizationType": "JWT", "authorizerId": "a1"}


async def call(value: str | None, *, scopes: list[str] | None = None, **configuration: Any) -> Exchange:
    fetch = FakeIssuers()
    fetch.key_sets = {ISSUER: {"keys": [*key_set("1")["keys"], curve_jwk()]}, OTHER: key_set("2")}
    authorizer = AUTHORIZER | {"jwtConfiguration": AUTHORIZER["jwtConfiguration"] | configuration}
    method = METHOD | ({"authorizationScopes": scopes} if scopes else {})
    [step] = compile_method_authorization(guarded(method, authorizer), make_tools(fetch))
    headers = {} if value is None else {"Authorization": value}
    return await run_step(step, exchange("GET /orders", headers), answer_rest_failure)


@in_loop
async def test_tokens_of_each_issuer_pass() -> None:
    called = await call(token())
    assert answer(called).status == 204 and called.caller is not None and called.caller.kind == "jwt"
    assert answer(await call(token("2", iss=OTHER, tenant="b"))).status == 204
    by_curve = jwt.encode(claims(), curve_key(), "ES256", {"kid": "curve"})
    assert answer(await call(f"bearer {by_curve}")).status == 204


@in_loop
@pytest.mark.parametrize(
    "value",
    [
        None,
        "abc",
        token("2"),  # the key of another issuer
        token("1", iss=OTHER, tenant="a"),
        token("1", iss=ISSUER + "/"),
        token("1", iss=None),
        token("1", iss=["https://issuer.example"]),
        token("1", aud="other"),
        token("1", aud=None, client_id="shop"),
        token("1", exp=1),
        token("2", iss=OTHER),
        token("2", iss=OTHER, tenant="c"),
        token("2", iss=OTHER, tenant="A"),
        token("2", iss=OTHER, tenant=["a"]),
        token("2", iss=OTHER, tenant="a", level=7),
        SigningKey.generate("1").sign(claims()),
        jwt.encode(claims(), curve_key(), "ES256", {"kid": "1"}),  # a curve's signature for an RSA key
    ],
)
async def test_other_tokens_are_unauthorized(value: str | None) -> None:
    called = await call(value)
    response = answer(called)
    assert (response.status, response.body) == (401, b'{"message":"Unauthorized"}')
    assert header_map(response)["x-amzn-errortype"] == "UnauthorizedException"
    assert called.caller is None


@in_loop
async def test_only_algorithms_of_the_authorizer_are_taken() -> None:
    by_curve = jwt.encode(claims(), curve_key(), "ES256", {"kid": "curve"})
    assert answer(await call(by_curve, defaultAlgorithms=["RS256"])).status == 401
    assert answer(await call(token(), defaultAlgorithms=["RS512", "ES256"])).status == 401


@in_loop
async def test_a_scope_of_the_method_is_needed() -> None:
    passed = await call(token(scope="read write"), scopes=["read"])
    assert answer(passed).status == 204 and passed.caller is not None
    assert passed.caller.scopes == ["read", "write"]
    response = answer(await call(token(scope="write"), scopes=["read"]))
    assert (response.status, response.body) == (403, b'{"message":"Forbidden"}')


@pytest.mark.parametrize(
    "authorizer",
    [
        {"type": "TOKEN"},
        AUTHORIZER | {"jwtConfiguration": {"issuers": [], "defaultAlgorithms": ["RS256"]}},
        AUTHORIZER
        | {"jwtConfiguration": {"issuers": [{"issuer": ISSUER, "audiences": []}], "defaultAlgorithms": ["RS256"]}},
        AUTHORIZER | {"jwtConfiguration": AUTHORIZER["jwtConfiguration"] | {"defaultAlgorithms": ["HS256", "none"]}},
        AUTHORIZER | {"identitySource": ""},
    ],
)
def test_an_authorizer_that_is_not_whole_does_not_compile(authorizer: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        compile_method_authorization(guarded(METHOD, authorizer), make_tools())
