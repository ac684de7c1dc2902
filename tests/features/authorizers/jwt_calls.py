"""Calls of a route behind a JWT authorizer, and what came of them."""

from typing import Any

from limen.features.authorizers.compile import compile_route_authorization
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.exchange import Exchange
from tests.support.exchanges import answer, exchange, header_map
from tests.support.tokens import ISSUER, guarded, make_tools, run_step

AUTHORIZER = {
    "authorizerType": "JWT",
    "name": "issuer",
    "identitySource": ["$request.header.Authorization"],
    "jwtConfiguration": {"issuer": ISSUER, "audience": ["shop", "admin"]},
}
ROUTE = {"routeId": "r1", "routeKey": "GET /orders", "authorizationType": "JWT", "authorizerId": "a1"}


async def call(
    value: str | None,
    *,
    scopes: list[str] | None = None,
    tools: AuthorizerTools | None = None,
    header: str = "Authorization",
    query: str = "",
    **changed: Any,
) -> Exchange:
    route = ROUTE | ({"authorizationScopes": scopes} if scopes else {})
    [step] = compile_route_authorization(guarded(route, AUTHORIZER | changed), tools or make_tools())
    headers = {} if value is None else {header: value}
    return await run_step(step, exchange(f"GET /orders{query}", headers))


def refusal(called: Exchange) -> tuple[int, str, bytes]:
    response = answer(called)
    return response.status, header_map(response).get("www-authenticate", ""), response.body


def described(called: Exchange) -> str:
    status, challenge, body = refusal(called)
    assert status == 401 and body == b'{"message":"Unauthorized"}'
    start = 'Bearer scope="" error="invalid_token" error_description="'
    assert challenge.startswith(start) and challenge.endswith('"')
    assert called.caller is None
    return challenge[len(start) : -1]
