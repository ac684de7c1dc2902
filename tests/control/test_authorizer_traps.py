"""Authorizers whose answers are kept for more than they were asked about."""

from typing import Any

import pytest

from limen.control.authorizer_traps import find_trap, find_traps

TOKEN = {"type": "TOKEN", "name": "mine", "identitySource": "method.request.header.Authorization"}
REQUEST = {**TOKEN, "type": "REQUEST"}
HTTP = {"authorizerType": "REQUEST", "identitySource": ["$request.header.Authorization"]}


@pytest.mark.parametrize(
    "authorizer",
    [
        TOKEN,
        REQUEST,
        TOKEN | {"authorizerResultTtlInSeconds": "60"},
        REQUEST | {"identitySource": "method.request.header.A, stageVariables.b, context.identity.sourceIp"},
        HTTP | {"authorizerResultTtlInSeconds": 60},
    ],
)
def test_an_answer_that_decides_for_all(authorizer: dict[str, Any]) -> None:
    told = find_trap(authorizer, 2)
    assert told is not None
    assert "authorizerResultTtlInSeconds: 0" in told
    assert find_trap(authorizer, 1) is None


@pytest.mark.parametrize(
    "authorizer",
    [
        TOKEN | {"authorizerResultTtlInSeconds": 0},
        REQUEST | {"identitySource": "method.request.header.A,context.httpMethod"},
        REQUEST | {"identitySource": "method.request.header.A, context.resourcePath"},
        HTTP,
        HTTP | {"authorizerResultTtlInSeconds": 60, "identitySource": ["$request.header.A", "$context.routeKey"]},
        {"type": "COGNITO_USER_POOLS", "identitySource": "method.request.header.Authorization"},
        {"authorizerType": "JWT", "identitySource": ["$request.header.Authorization"]},
        TOKEN | {"authorizerResultTtlInSeconds": "soon"},
    ],
)
def test_what_is_no_trap(authorizer: dict[str, Any]) -> None:
    assert find_trap(authorizer, 9) is None


def test_users_are_counted() -> None:
    authorizers = {"one": TOKEN, "two": TOKEN, "three": TOKEN}
    [(key, told)] = find_traps(authorizers, ["one", "two", None, "two"])
    assert (key, "'mine' keeps an answer for 300 s by method.request.header.Authorization" in told) == ("two", True)
    assert "the 2 methods" in told
