"""What the log says of requests that end in 5xx."""

import logging

import pytest

from limen.gateway import errors, failure_log
from limen.gateway.errors import Failure, GatewayError
from limen.gateway.failure_log import LOG_INTERVAL, tell_failure
from limen.gateway.failures import failure_plan
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange


def fail(failure: Failure, reason: str, key: str = "GET /a") -> None:
    failed = exchange()
    failed.stage = stage("abc", "prod")
    failed.plan = failure_plan(failure, key)
    tell_failure(failed, GatewayError(failure, reason))


def test_the_operator_is_told_where_and_why(caplog: pytest.LogCaptureFixture) -> None:
    fail(errors.INTERNAL, "the route has no target")
    assert "API abc, stage prod, GET /a: the route has no target: answered 500" in caplog.text


def test_what_clients_cause_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    fail(errors.BAD_REQUEST, "a path that climbs")
    fail(errors.INTERNAL, "")
    assert caplog.records == []


def test_a_client_cannot_fill_the_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(failure_log, "monotonic", lambda: now)
    caplog.set_level(logging.ERROR)
    for _ in range(100):
        fail(errors.INTERNAL, "broken")
    assert len(caplog.records) == 1
    fail(errors.INTERNAL, "broken", "GET /other")
    fail(errors.INTEGRATION_TIMEOUT, "slow")
    assert len(caplog.records) == 3
    now += LOG_INTERVAL
    fail(errors.INTERNAL, "broken")
    assert len(caplog.records) == 4


def test_routes_without_number_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "MOST_KEPT", 2)
    for number in range(5):
        fail(errors.INTERNAL, "broken", f"GET /{number}")
    assert len(failure_log._logged_at) <= 2
