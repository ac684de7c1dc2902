"""The step of all authorizers that take tokens: what it knows, for how long, and what it tells."""

import time

import pytest

from limen.features.authorizers.compile import compile_route_authorization
from limen.features.authorizers.jwks_fetch import FetchError
from limen.gateway.trace import Trace
from tests.features.authorizers.jwt_calls import AUTHORIZER, ROUTE, call, described
from tests.support.exchanges import answer, exchange
from tests.support.loops import in_loop
from tests.support.tokens import ISSUER, FakeIssuers, guarded, key_set, make_tools, run_step, token


@in_loop
async def test_a_token_that_was_seen_is_known_and_by_whom() -> None:
    tools = make_tools()
    value = token(scope="read")
    first, second = await call(value, tools=tools), await call(value, tools=tools)
    assert first.caller is second.caller
    assert len(tools.tokens.entries) == 1
    scoped = await call(value, tools=tools, scopes=["read"])
    assert answer(scoped).status == 204 and scoped.caller is not None and scoped.caller.scopes == ["read"]
    assert answer(await call(value, tools=tools, scopes=["write"])).status == 403


@in_loop
async def test_what_one_authorizer_took_no_other_takes() -> None:
    tools = make_tools()
    value = token()
    assert answer(await call(value, tools=tools)).status == 204
    other = {"jwtConfiguration": {"issuer": ISSUER, "audience": ["other"]}}
    assert answer(await call(value, tools=tools, **other)).status == 401


@in_loop
async def test_a_known_token_expires() -> None:
    tools = make_tools()
    value = token(exp=time.time() + 0.2)
    assert answer(await call(value, tools=tools)).status == 204
    time.sleep(0.25)
    assert described(await call(value, tools=tools)) == "the token has expired"


@in_loop
async def test_a_known_token_falls_with_its_key() -> None:
    tools = make_tools()
    tools.issuers.put_local(ISSUER, key_set("1", "2"))
    value = token("2")
    assert answer(await call(value, tools=tools)).status == 204
    tools.issuers.put_local(ISSUER, key_set("1"))
    assert described(await call(value, tools=tools)) == "kid 2 not found"


@in_loop
@pytest.mark.parametrize(
    ("place", "told"),
    [("discovery", "OIDC discovery endpoint communication error"), ("keys", "JWKS communication error")],
)
async def test_without_keys_nobody_passes(place: str, told: str) -> None:
    fetch = FakeIssuers()
    fetch.problem = FetchError(place, "down")
    tools = make_tools(fetch)
    assert [described(await call(token(), tools=tools)) for _ in range(3)] == [told] * 3
    assert fetch.discovered == 1


@in_loop
async def test_a_pool_of_our_own_may_be_named_as_aws_names_it() -> None:
    tools = make_tools()
    own = "https://cognito-idp.us-east-1.localhost:8443/us-east-1_abc"
    configured = {"issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc", "audience": ["shop"]}
    value = token("own", iss=own)
    assert answer(await call(value, tools=tools, jwtConfiguration=configured)).status == 401
    tools.issuers.put_local(own, key_set("own"))
    assert answer(await call(value, tools=tools, jwtConfiguration=configured)).status == 204


# --- what is told of it


@in_loop
async def test_a_trace_tells_who_was_let_in_and_no_token() -> None:
    [step] = compile_route_authorization(guarded(ROUTE, AUTHORIZER), make_tools())
    for value, outcomes in ((token(scope="b a"), ["verified", "known"]), (token(aud="x"), ["refused"])):
        for outcome in outcomes:
            called = exchange("GET /orders", {"Authorization": f"Bearer {value}"})
            called.trace = Trace()
            await run_step(step, called)
            [start, told] = called.trace.events
            assert start.values == {
                "id": "a1",
                "authorizer": "issuer",
                "kind": "JWT",
                "identity": {"Authorization": "*" * (len(value) + 1) + value[-6:]},
            }
            assert (told.name, told.values["outcome"]) == ("token", outcome)
            assert value not in str(told.values)
            if outcome == "refused":
                assert told.values["reason"] == "the token does not have a valid audience"
            else:
                assert (told.values["subject"], told.values["scopes"]) == ("ana", ["a", "b"])
                assert 0 < told.values["known_for"] <= 600
