"""Limits that do nothing, or let nothing through, and cached responses that go to whoever asks."""

from typing import Any

import pytest

from limen.control.limit_traps import (
    find_cache_trap,
    method_settings_traps,
    plan_traps,
    route_settings_traps,
    throttle_traps,
)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ((10, 5, None), []),
        ((10, 5, 20), []),
        ((-1, -1, None), []),
        ((None, None, 5), []),
        ((0, 5, None), ["x admits no call at all: its rate is 0"]),
        ((10, 0, None), ["x admits no call at all: its burst is 0"]),
        ((None, 5, None), ["x has a burst and no rate, and limits nothing"]),
        ((20, 5, 10), ["x never takes effect: 20 calls per second are more than the 10 that are let through"]),
        ((20, 5, -1), []),
    ],
)
def test_what_a_limit_does(limits: tuple[Any, Any, Any], told: list[str]) -> None:
    assert list(throttle_traps("x", *limits)) == told


def test_a_plan_is_looked_at_as_a_whole() -> None:
    plan = {
        "name": "gold",
        "throttle": {"rateLimit": 10, "burstLimit": 5},
        "quota": {"limit": 5, "offset": 5, "period": "DAY"},
        "apiStages": [{"throttle": {"/a/GET": {"rateLimit": 10, "burstLimit": 1}, "/b/GET": {"rateLimit": 1.0}}}],
    }
    assert [told.partition(":")[0] for told in plan_traps(plan)] == [
        "the throttle of /a/GET in usage plan 'gold' never takes effect",
        "the quota of usage plan 'gold' admits no call in its first period",
    ]


def test_settings_of_stages_are_looked_at_by_method_and_route() -> None:
    settings = [{"ResourcePath": "/a", "HttpMethod": "GET", "ThrottlingRateLimit": 0}]
    assert list(method_settings_traps(settings)) == ["the throttle of GET /a admits no call at all: its rate is 0"]
    default, own = {"ThrottlingRateLimit": 5}, {"GET /a": {"ThrottlingBurstLimit": 0}}
    assert list(route_settings_traps(default, own)) == ["the throttle of GET /a admits no call at all: its burst is 0"]


TOKEN = {"identitySource": "method.request.header.Authorization, method.request.querystring.tenant"}


@pytest.mark.parametrize(
    ("authorizer", "parameters", "is_trap"),
    [
        (None, [], False),
        (TOKEN, None, True),
        (TOKEN, ["method.request.querystring.q"], True),
        (TOKEN, ["method.request.header.authorization"], False),
        (TOKEN, ["method.request.querystring.tenant"], False),
        ({"identitySource": "method.request.header.X"}, ["method.request.header.Cookie"], False),
    ],
)
def test_a_cache_key_has_an_identity(authorizer: Any, parameters: Any, is_trap: bool) -> None:
    assert (find_cache_trap("GET /a", authorizer, parameters) is not None) is is_trap
