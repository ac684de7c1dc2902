"""Where traces begin, and what they end with."""

import pytest

from limen.features.explain.watch import Watch
from limen.features.method_settings import MethodSettings
from limen.features.traces import begin_trace, compile_tracing, end_trace, trace_response
from limen.gateway.domain_match import DomainMatch
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.wire import header
from tests.features.traced import planned
from tests.support.client_certificates import SHOWN

LOGGED = MethodSettings(logging_level="INFO")


@pytest.mark.parametrize("settings", [None, MethodSettings(), MethodSettings(logging_level="OFF")])
def test_nobody_who_looks_is_no_step(settings: MethodSettings | None) -> None:
    assert compile_tracing(settings, None) is None


def test_a_logged_method_is_traced() -> None:
    step = compile_tracing(LOGGED, None)
    assert step is not None
    exchange = planned("POST /pets?a=1&a=2", {"Accept": "*/*"}, b"\xffbody")

    step(exchange)

    assert exchange.trace is not None
    assert exchange.trace.find("request") == {
        "method": "POST",
        "resource_path": "/pets",
        "path": {"proxy": "pets"},
        "query": {"a": ["1", "2"]},
        "headers": {"Host": ["localhost:8443"], "Accept": ["*/*"]},
        "body": "\ufffdbody",
    }
    assert exchange.trace.find("routed") == {
        "resource_path": "/{proxy+}",
        "method": "ANY",
        "parameters": {"proxy": "pets"},
        "candidates": ["POST /pets", "ANY /{proxy+}"],
    }


def test_a_stage_is_traced_while_somebody_looks() -> None:
    watch = Watch()
    step = compile_tracing(None, watch)
    assert step is not None

    step(unseen := planned())
    watch.look(10)
    step(seen := planned())
    watch.look(0)
    step(unseen_again := planned())

    assert [each.trace is None for each in (unseen, seen, unseen_again)] == [True, False, True]


def test_the_end_is_noted_once() -> None:
    step = compile_tracing(LOGGED, None)
    assert step is not None
    exchange = planned()
    step(exchange)
    exchange.failure = GatewayError(API_CONFIGURATION_ERROR, "why")
    exchange.response = Response(500, [header(b"A", b"1"), header(b"A", b"2")], b"no")

    end_trace(exchange)
    trace = end_trace(exchange)

    assert [event.name for event in trace.events] == ["request", "routed", "failed", "response"]
    assert trace.find("failed") == {
        "type": "API_CONFIGURATION_ERROR",
        "message": "Internal server error",
        "reason": "why",
    }
    assert trace.find("response") == {"status": 500, "headers": {"A": ["1", "2"]}, "body": "no"}


def test_what_failed_before_its_trace_began_has_one_at_its_end() -> None:
    exchange = planned()
    exchange.failure = GatewayError(API_CONFIGURATION_ERROR, "why")

    assert [event.name for event in end_trace(exchange).events] == ["request", "routed", "failed"]


def test_a_response_is_noted_before_it_is_compressed() -> None:
    exchange = planned()
    begin_trace(exchange)
    exchange.response = Response(200, [], b"plain")
    trace_response(exchange)
    exchange.response = Response(200, [header(b"Content-Encoding", b"gzip")], b"\x1f")

    assert end_trace(exchange).find("response") == {"status": 200, "headers": {}, "body": "plain"}


def test_the_certificate_of_a_client_is_noted() -> None:
    exchange = planned("GET /pets")
    exchange.domain = DomainMatch("", certificate=SHOWN)
    begin_trace(exchange)

    assert exchange.trace is not None
    noted = {"subject": "CN=ana,O=Shop", "issuer": "CN=Issuing", "serial": "a1:0c", "problem": ""}
    assert exchange.trace.find("client_certificate") == noted


def test_why_a_client_is_not_trusted_is_noted() -> None:
    exchange = planned("GET /pets")
    exchange.domain = DomainMatch("", problem="no client certificate")
    begin_trace(exchange)

    assert exchange.trace is not None
    noted = exchange.trace.find("client_certificate")
    assert noted == {"subject": None, "issuer": None, "serial": None, "problem": "no client certificate"}


def test_a_domain_name_without_mutual_tls_notes_nothing() -> None:
    exchange = planned("GET /pets")
    exchange.domain = DomainMatch("orders")
    begin_trace(exchange)

    assert exchange.trace is not None
    assert exchange.trace.find("client_certificate") is None
