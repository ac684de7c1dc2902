"""A route that needs an authorizer is never served without one."""

import pytest

from limen.features.authorizers.compile import compile_route_authorization
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.errors import GatewayError
from tests.support.exchanges import exchange

ROUTE = {"routeId": "r1", "routeKey": "GET /secret"}


def guarded(route: dict[str, object], authorizer: dict[str, str] | None) -> Guarded:
    return Guarded(
        method=route,
        authorizer=authorizer,
        where=f"route {route['routeKey']!r}",
        account="000000000000",
        region="us-east-1",
        api_id="a1",
        stage_name="$default",
        variables={},
    )


@pytest.mark.parametrize("route", [ROUTE, ROUTE | {"authorizationType": "NONE"}])
def test_an_open_route_needs_no_step(route: dict[str, object]) -> None:
    assert compile_route_authorization(guarded(route, None), AuthorizerTools()) == ()


@pytest.mark.parametrize(
    ("settings", "authorizer", "told"),
    [
        ({"authorizationType": "NEWER", "authorizerId": "a1"}, {"name": "pool"}, "NEWER authorizer 'pool' (a1)"),
        ({"authorizationType": "CUSTOM", "authorizerId": "a2"}, None, "CUSTOM authorizer a2, which does not exist"),
        ({"authorizationType": "JWT", "authorizerId": "a3"}, None, "JWT authorizer a3, which does not exist"),
        ({"authorizationType": "SOMETHING_NEW"}, None, "SOMETHING_NEW authorizer (none given)"),
        ({"apiKeyRequired": True}, None, "an API key"),
    ],
)
def test_a_guarded_route_answers_500_and_says_why(
    settings: dict[str, object], authorizer: dict[str, str] | None, told: str
) -> None:
    [step] = compile_route_authorization(guarded(ROUTE | settings, authorizer), AuthorizerTools())
    with pytest.raises(GatewayError) as refused:
        step(exchange("GET /secret"))
    assert refused.value.failure.status == 500
    assert refused.value.failure.message == "Internal Server Error"
    assert "GET /secret" in refused.value.reason
    assert told in refused.value.reason
