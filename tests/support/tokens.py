"""Tokens and the issuers of tests: keys made once, claims that are good unless a test says otherwise."""

import asyncio
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwks_fetch import FetchError
from limen.features.authorizers.jwks_issuers import Issuers
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.route_plan import RoutePlan, Step
from limen.gateway.run import run
from limen.jose.key_set import KeySet, make_key_set
from limen.jose.signing import SigningKey

ISSUER = "https://issuer.example"


@cache
def signing_key(key_id: str = "1") -> SigningKey:
    return SigningKey.generate(key_id)


@cache
def curve_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_set(*key_ids: str) -> dict[str, Any]:
    return {"keys": [signing_key(key_id).public_jwk() for key_id in key_ids or ("1",)]}


def curve_jwk() -> dict[str, Any]:
    return {**jwt.algorithms.ECAlgorithm.to_jwk(curve_key().public_key(), as_dict=True), "kid": "curve"}


def claims(**changed: Any) -> dict[str, Any]:
    """None leaves a claim out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": "shop", "sub": "ana", "iat": now - 10, "exp": now + 600}
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def token(key_id: str = "1", **changed: Any) -> str:
    return signing_key(key_id).sign(claims(**changed))


class FakeIssuers:
    """A FetchKeys whose answers a test chooses; it counts what it is asked."""

    def __init__(self) -> None:
        self.key_sets: dict[str, dict[str, Any]] = {ISSUER: key_set("1")}
        self.problem: FetchError | None = None
        self.asked = 0
        self.discovered = 0
        self.hold: asyncio.Event | None = None

    async def discover(self, issuer: str) -> str:
        self.discovered += 1
        if self.problem is not None and self.problem.place == "discovery":
            raise self.problem
        return issuer

    async def fetch_keys(self, url: str) -> KeySet:
        self.asked += 1
        if self.hold is not None:
            await self.hold.wait()
        if self.problem is not None:
            raise self.problem
        return make_key_set(self.key_sets[url])

    async def close(self) -> None:
        pass


def make_tools(fetch: FakeIssuers | None = None, now: Callable[[], float] = time.monotonic) -> AuthorizerTools:
    return AuthorizerTools(issuers=Issuers(fetch or FakeIssuers(), now), authority="localhost:8443")


def guarded(method: dict[str, Any], authorizer: dict[str, Any] | None) -> Guarded:
    return Guarded(
        method=method,
        authorizer=authorizer,
        where="route 'GET /orders'",
        account="000000000000",
        region="us-east-1",
        api_id="a1",
        stage_name="$default",
        variables={},
    )


async def run_step(step: Step, exchange: Exchange, failures: Callable[..., Any] = answer_failure) -> Exchange:
    """Runs a plan of that step, to its end; what passes is answered by 204 as `Response`."""

    def answer(passed: Exchange) -> None:
        passed.response = Response(204, [])

    exchange.path_parameters = {}
    run(exchange, RoutePlan("GET /orders", (step, answer), (), (), failures))
    async with asyncio.timeout(5):
        while exchange.response is None:
            await asyncio.sleep(0)
    return exchange
