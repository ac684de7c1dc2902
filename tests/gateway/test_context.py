"""Every `$context` variable of HTTP APIs, read from one exchange."""

import pytest

from limen.gateway.context import VARIABLES, find_variable
from limen.gateway.errors import INTEGRATION_TIMEOUT, NOT_FOUND, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import failure_plan
from limen.wire import header
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange


@pytest.fixture
def ended() -> Exchange:
    made = exchange(
        "POST /prod/pets/1?q=2",
        {"User-Agent": 'curl/8 "x"'},
        b"hello",
        host="abc.execute-api.us-east-1.localhost:8443",
        protocol="HTTP/2.0",
    )
    made.started_at = 1583348638.39
    made.started -= 0.25
    made.stage = stage("abc", "prod")
    made.plan = failure_plan(NOT_FOUND, "POST /pets/{id}")
    made.response = Response(201, [header(b"x-amzn-RequestId", b"r-1"), header(b"x-amz-id-2", b"r-2")], b"created")
    made.integration_status = 202
    made.integration_latency = 0.1239
    made.integration_error = "went wrong"
    return made


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accountId", "000000000000"),
        ("apiId", "abc"),
        ("awsEndpointRequestId", "r-1"),
        ("awsEndpointRequestId2", "r-2"),
        ("dataProcessed", "12"),
        ("domainName", "abc.execute-api.us-east-1.localhost"),
        ("domainPrefix", "abc"),
        ("httpMethod", "POST"),
        ("identity.sourceIp", "192.0.2.1"),
        ("identity.userAgent", 'curl/8 "x"'),
        ("integration.error", "went wrong"),
        ("integration.integrationStatus", "202"),
        ("integration.latency", "123"),
        ("integration.requestId", "r-1"),
        ("integration.status", "202"),
        ("integrationErrorMessage", "went wrong"),
        ("integrationLatency", "123"),
        ("integrationStatus", "202"),
        ("path", "/prod/pets/1"),
        ("protocol", "HTTP/1.1"),
        ("requestTime", "04/Mar/2020:19:03:58 +0000"),
        ("requestTimeEpoch", "1583348638390"),
        ("responseLength", "7"),
        ("routeKey", "POST /pets/{id}"),
        ("stage", "prod"),
        ("status", "201"),
        ("error.message", None),
        ("error.messageString", None),
        ("error.responseType", None),
        ("authorizer.principalId", None),
        ("authorizer.claims.sub", None),
        ("identity.user", None),
        ("noSuchVariable", None),
    ],
)
def test_a_variable_is_read_from_its_exchange(ended: Exchange, name: str, value: str | None) -> None:
    assert find_variable(name).read(ended) == value


def test_both_request_ids_are_the_one_that_the_client_gets(ended: Exchange) -> None:
    for name in ("requestId", "extendedRequestId"):
        assert find_variable(name).read(ended) == ended.request_id.decode()


def test_a_function_is_told_apart_from_lambda(ended: Exchange) -> None:
    ended.integration_status, ended.function_status, ended.endpoint_request_id = 200, 404, b"r-2"

    names = ("integration.status", "integration.integrationStatus", "integrationStatus", "integration.requestId")
    assert [find_variable(name).read(ended) for name in names] == ["404", "200", "200", "r-2"]


def test_latency_counts_from_the_first_byte(ended: Exchange) -> None:
    assert 250 <= int(find_variable("responseLatency").read(ended) or "") < 1250


def test_a_failure_is_told_in_three_ways(ended: Exchange) -> None:
    ended.failure = GatewayError(INTEGRATION_TIMEOUT)
    assert find_variable("error.message").read(ended) == "Endpoint request timed out"
    assert find_variable("error.messageString").read(ended) == '"Endpoint request timed out"'
    assert find_variable("error.responseType").read(ended) == "INTEGRATION_TIMEOUT"


def test_what_no_route_answered_has_no_route_key(ended: Exchange) -> None:
    ended.plan = failure_plan(NOT_FOUND)
    assert find_variable("routeKey").read(ended) is None


def test_the_length_is_what_the_downstream_sent(ended: Exchange) -> None:
    ended.response_length = 0
    assert find_variable("responseLength").read(ended) == "0"


@pytest.mark.parametrize(("host", "name"), [("[::1]:8443", "[::1]"), ("127.0.0.1:8443", "127.0.0.1"), ("", None)])
def test_the_domain_name_has_no_port(host: str, name: str | None) -> None:
    assert find_variable("domainName").read(exchange(host=host)) == name


def test_every_variable_can_be_read_before_anything_has_happened() -> None:
    refused = exchange("GET /")
    refused.stage = stage("abc", "prod")
    refused.plan = failure_plan(NOT_FOUND)
    for variable in VARIABLES.values():
        assert variable.read(refused) is None or isinstance(variable.read(refused), str)
