"""JWT authorizers of HTTP APIs: who passes, who does not, and what both are told."""

import hmac
import time
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization

from limen.features.authorizers.compile import compile_route_authorization
from limen.gateway.errors import PlanError
from limen.jose import base64url
from limen.jose.signing import SigningKey
from tests.features.authorizers.jwt_calls import AUTHORIZER, ROUTE, call, described, refusal
from tests.support.exchanges import answer, exchange
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
    signing_key,
    token,
)


@in_loop
async def test_a_good_token_passes_and_names_its_bearer() -> None:
    called = await call(f"Bearer {token()}")
    assert answer(called).status == 204
    caller = called.caller
    assert caller is not None and caller.kind == "jwt" and caller.principal_id == "ana" and caller.scopes is None
    assert caller.claims is not None and caller.claims["aud"] == "shop"
    assert called.authorizer_error is None and called.authorizer_latency is not None


@in_loop
@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER ", "Bearer  "])
async def test_the_prefix_is_taken_in_any_case_or_left_out(prefix: str) -> None:
    assert answer(await call(prefix + token())).status == 204


@in_loop
@pytest.mark.parametrize(
    "prefix", ["Bearer\u00a0", "Bearer\t", "\uff22earer ", "Bearer:", "Basic ", "BearerBearer ", "Bearer Bearer "]
)
async def test_what_only_looks_like_the_prefix_is_none(prefix: str) -> None:
    assert answer(await call(prefix + token())).status == 401


@in_loop
@pytest.mark.parametrize("value", [None, ""])
async def test_without_a_token_the_scheme_is_told(value: str | None) -> None:
    assert refusal(await call(value)) == (401, "Bearer", b'{"message":"Unauthorized"}')


@in_loop
async def test_the_token_may_be_in_another_header_or_in_the_query() -> None:
    by_header = {"identitySource": ["$request.header.X-Token"]}
    assert answer(await call(token(), header="x-token", **by_header)).status == 204
    assert answer(await call(token(), **by_header)).status == 401
    by_query = {"identitySource": ["$request.querystring.t"]}
    assert answer(await call(None, query=f"?t={token()}", **by_query)).status == 204
    assert answer(await call(None, query=f"?t={token()}&t=x", **by_query)).status == 401
    assert refusal(await call(None, query="?t=", **by_query))[1] == "Bearer"


@in_loop
async def test_two_headers_are_no_token() -> None:
    [step] = compile_route_authorization(guarded(ROUTE, AUTHORIZER), make_tools())
    both = {"Authorization": f"Bearer {token()}", "authorization": f"Bearer {token()}"}
    assert answer(await run_step(step, exchange("GET /orders", both))).status == 401


@in_loop
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"iss": "https://other.example"}, "the token does not have a valid issuer"),
        ({"iss": ISSUER + "/"}, "the token does not have a valid issuer"),
        ({"iss": [ISSUER]}, "the token does not have a valid issuer"),
        ({"iss": None}, "the token does not have a valid issuer"),
        ({"aud": "other"}, "the token does not have a valid audience"),
        ({"aud": []}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"aud": "other", "client_id": "shop"}, "the token does not have a valid audience"),
        ({"aud": "shop shop"}, "the token does not have a valid audience"),
        ({"aud": {"shop": 1}}, 'unable to decode \\"aud\\" from payload'),
        ({"aud": ["shop", 1]}, 'unable to decode \\"aud\\" from payload'),
        ({"aud": None, "client_id": ["shop"]}, "the token does not have a valid audience"),
        ({"exp": int(time.time()) - 1}, "the token has expired"),
        ({"exp": 0}, "the token has expired"),
        ({"exp": -1e300}, "the token has expired"),
        ({"exp": None}, 'unable to decode \\"exp\\" from payload'),
        ({"exp": str(int(time.time()) + 3600)}, 'unable to decode \\"exp\\" from payload'),
        ({"exp": True}, 'unable to decode \\"exp\\" from payload'),
        ({"exp": [9999999999]}, 'unable to decode \\"exp\\" from payload'),
        ({"nbf": int(time.time()) + 3000}, "the token is not valid yet"),
        ({"nbf": "0"}, 'unable to decode \\"nbf\\" from payload'),
        ({"iat": int(time.time()) + 3000}, "the token was issued in the future"),
        ({"iat": "0"}, 'unable to decode \\"iat\\" from payload'),
        ({"scope": 7}, 'unable to decode \\"scope\\" from payload'),
    ],
)
async def test_claims_that_are_not_good_are_told(changed: dict[str, Any], told: str) -> None:
    called = await call(token(**changed))
    assert described(called) == told
    assert called.authorizer_error == "invalid_token: " + told.replace('\\"', '"')


@in_loop
@pytest.mark.parametrize(
    "changed",
    [
        {"aud": ["other", "admin"]},
        {"aud": None, "client_id": "shop"},
        {"exp": time.time() + 3600.5},
        {"exp": 1e300},
        {"nbf": int(time.time()) - 5},
        {"iat": None},
    ],
)
async def test_claims_may_be_written_in_several_ways(changed: dict[str, Any]) -> None:
    assert answer(await call(token(**changed))).status == 204


@in_loop
async def test_checks_come_in_order() -> None:
    """Key id, signature, issuer, audience, exp, nbf, iat: the first that fails is told."""
    bad = {"iss": "x", "aud": "x", "exp": 1, "nbf": 9e9, "iat": 9e9}
    forged = SigningKey.generate("1").sign(claims(**bad))
    told = [described(await call(text)) for text in (SigningKey.generate("2").sign(claims(**bad)), forged)]
    for name in ("iss", "aud", "exp", "nbf", "iat"):
        told.append(described(await call(token(**bad))))
        del bad[name]
    assert told == [
        "kid 2 not found",
        "signature is invalid",
        "the token does not have a valid issuer",
        "the token does not have a valid audience",
        "the token has expired",
        "the token is not valid yet",
        "the token was issued in the future",
    ]


@in_loop
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("abc", "token contains an invalid number of segments"),
        ("a.b", "token contains an invalid number of segments"),
        ("a.b.c.d.e", "token contains an invalid number of segments"),
        ("a.b.c", "unable to decode the header of the token"),
        ("Bearer", "token contains an invalid number of segments"),
        ("x" * 20000, "token contains an invalid number of segments"),
    ],
)
async def test_what_is_no_token_is_told(value: str, told: str) -> None:
    assert described(await call(value)) == told


@in_loop
async def test_only_rsa_is_taken() -> None:
    fetch = FakeIssuers()
    fetch.key_sets[ISSUER] = {"keys": [*key_set()["keys"], curve_jwk()]}
    by_curve = jwt.encode(claims(), curve_key(), "ES256", {"kid": "curve"})
    assert described(await call(by_curve, tools=make_tools(fetch))) == "signing method ES256 is invalid"


@in_loop
@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "HS512", "PS256", "EdDSA", "\r\nx: y", "RS256 "]
)
async def test_other_algorithms_are_refused(algorithm: str) -> None:
    header, _, rest = token().partition(".")
    header = base64url.encode(orjson.dumps({"alg": algorithm, "kid": "1"})).decode()
    told = described(await call(f"{header}.{rest}"))
    assert told.startswith("signing method ") and "\r" not in told


@in_loop
async def test_a_public_key_is_no_secret_to_sign_with() -> None:
    pem = serialization.load_pem_private_key(signing_key().to_pem(), None).public_key()
    secret = pem.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    parts = [base64url.encode(orjson.dumps(part)) for part in ({"alg": "HS256", "kid": "1"}, claims())]
    signature = base64url.encode(hmac.digest(secret, b".".join(parts), "sha256"))
    forged = b".".join([*parts, signature]).decode()
    assert described(await call(forged)) == "signing method HS256 is invalid"


@in_loop
@pytest.mark.parametrize(
    "key_id",
    ["../../etc/passwd", "1' OR '1'='1", "https://evil.example/jwks", "1\x00", '"\r\nSet-Cookie: a=b', "é", " 1", "1 "],
)
async def test_a_key_id_is_looked_up_and_nothing_else(key_id: str) -> None:
    forged = SigningKey.generate(key_id).sign(claims())
    _, challenge, _ = refusal(await call(forged))
    assert "not found" in challenge and "\r" not in challenge and challenge.count('"') == 6


@in_loop
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
async def test_a_key_that_the_token_brings_is_not_used(name: str) -> None:
    own = SigningKey.generate("1")
    value = own.public_jwk() if name == "jwk" else "https://evil.example/keys"
    private = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).prepare_key(own.to_pem())
    forged = jwt.encode(claims(), private, "RS256", {"kid": "1", name: value})  # type: ignore[arg-type]
    assert described(await call(forged)) == "signature is invalid"


@in_loop
async def test_no_byte_of_a_token_can_be_changed() -> None:
    tools = make_tools()
    good = token()
    assert answer(await call(good, tools=tools)).status == 204
    for place in range(0, len(good), 7):
        changed = "A" if good[place] != "A" else "B"
        assert answer(await call(good[:place] + changed + good[place + 1 :], tools=tools)).status == 401


# --- scopes


@in_loop
@pytest.mark.parametrize(
    "changed",
    [{"scope": "read"}, {"scope": "write read"}, {"scp": "read"}, {"scp": ["x", "read"]}, {"scope": ["read"]}],
)
async def test_one_scope_of_the_route_is_enough(changed: dict[str, Any]) -> None:
    called = await call(token(**changed), scopes=["read", "other"])
    assert answer(called).status == 204
    assert called.caller is not None and called.caller.scopes is not None and "read" in called.caller.scopes


@in_loop
@pytest.mark.parametrize("changed", [{}, {"scope": ""}, {"scope": "reader"}, {"scope": "x", "scp": "read"}])
async def test_a_token_without_a_scope_of_the_route_is_forbidden(changed: dict[str, Any]) -> None:
    called = await call(token(**changed), scopes=["read", "all"])
    assert refusal(called) == (
        403,
        'Bearer scope="read all" error="insufficient_scope" '
        'error_description="the token does not have a required scope"',
        b'{"message":"Forbidden"}',
    )
    assert called.caller is None
    assert called.authorizer_error == "insufficient_scope: the token does not have a required scope"


@pytest.mark.parametrize(
    "authorizer",
    [
        {"authorizerType": "REQUEST"},
        AUTHORIZER | {"jwtConfiguration": {"issuer": ISSUER, "audience": []}},
        AUTHORIZER | {"jwtConfiguration": {"audience": ["shop"]}},
        AUTHORIZER | {"identitySource": []},
        AUTHORIZER | {"identitySource": ["$context.identity.sourceIp"]},
    ],
)
def test_an_authorizer_that_is_not_whole_does_not_compile(authorizer: dict[str, Any]) -> None:
    with pytest.raises(PlanError):
        compile_route_authorization(guarded(ROUTE, authorizer), make_tools())
