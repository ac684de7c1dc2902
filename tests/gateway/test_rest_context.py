"""`$context` of REST APIs."""

import pytest

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_context import find_rest_variable, overrides_of
from limen.gateway.rest_errors import BAD_REQUEST_BODY
from limen.gateway.rest_failures import answer_rest_failure, request_uuid
from limen.gateway.route_plan import RoutePlan
from limen.wire import header
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange


@pytest.fixture
def ended():
    made = exchange("GET /prod/pets/7", {"User-Agent": "curl"}, protocol="HTTP/2.0")
    made.stage = stage("abc", "prod")
    made.plan = RoutePlan(
        "GET /pets/{id}",
        (),
        (),
        (),
        answer_rest_failure,
        resource_id="r1",
        resource_path="/pets/{id}",
        http_method="GET",
        operation_name="getPet",
        transfer_mode="STREAMED",
    )
    return made


def read(name, ended):
    return find_rest_variable(name).read(ended)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("apiId", "abc"),
        ("stage", "prod"),
        ("path", "/prod/pets/7"),
        ("resourceId", "r1"),
        ("resourcePath", "/pets/{id}"),
        ("httpMethod", "GET"),
        ("operationName", "getPet"),
        ("protocol", "HTTP/1.1"),
        ("identity.sourceIp", "192.0.2.1"),
        ("identity.userAgent", "curl"),
        ("endpointType", "REGIONAL"),
        ("integration.responseTransferMode", "STREAMED"),
        ("integration.timeToAllHeaders", None),
        ("integration.timeToFirstContent", None),
        ("routeKey", None),
        ("isCanaryRequest", None),
        ("error.validationErrorString", None),
        ("identity.apiKey", None),
        ("no.such.variable", None),
    ],
)
def test_what_a_variable_says(name, value, ended):
    assert read(name, ended) == value


def test_times_of_a_stream_are_milliseconds(ended):
    ended.time_to_all_headers, ended.time_to_first_content = 0.0129, 1.5
    assert read("integration.timeToAllHeaders", ended) == "12"
    assert read("integration.timeToFirstContent", ended) == "1500"


def test_the_id_of_the_gateway_is_not_that_of_its_backend(ended):
    ended.response = Response(200, [header(b"x-amzn-RequestId", b"ours"), header(b"x-amz-request-id", b"mapped")])
    ended.integration_status = 200
    assert read("awsEndpointRequestId", ended) is None

    ended.response.headers.append(header(b"x-amzn-Remapped-x-amzn-RequestId", b"proxied"))
    assert read("awsEndpointRequestId", ended) == "proxied"

    ended.endpoint_request_id = b"service"
    assert read("integration.requestId", ended) == read("awsEndpointRequestId", ended) == "service"


def test_the_two_ids_differ(ended):
    assert read("requestId", ended) == request_uuid(ended)
    assert read("extendedRequestId", ended) == ended.request_id.decode()


def test_a_failure_is_told(ended):
    ended.failure = GatewayError(BAD_REQUEST_BODY, detail="[too long]")
    assert read("error.message", ended) == "Invalid request body"
    assert read("error.messageString", ended) == '"Invalid request body"'
    assert read("error.responseType", ended) == "BAD_REQUEST_BODY"
    assert read("error.validationErrorString", ended) == "[too long]"


def test_overrides_are_read_where_a_template_wrote_them(ended):
    assert read("requestOverride.header.X", ended) is None
    overrides_of(ended).request["header"]["X"] = "1"
    overrides_of(ended).response["status"] = 201
    assert read("requestOverride.header.X", ended) == "1"
    assert read("responseOverride.status", ended) == "201"
    assert read("responseOverride.header.Y", ended) is None
