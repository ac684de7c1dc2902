"""HTTP (not proxied): nothing passes that is not mapped, on the way there as on the way back."""

import asyncio
import gzip
from typing import Any

import pytest

from limen.gateway.errors import GatewayError
from tests.integrations.proxying import Outcome
from tests.integrations.rest.integrating import integrate, response

DEFAULT = {"200": {"statusCode": "200"}}


def custom(request_line: str = "POST /pets/7", headers: Any = None, body: bytes = b"{}", **given: Any) -> Outcome:
    return integrate(request_line, headers, body, kind="HTTP", **{"integrationResponses": DEFAULT, **given})


def failure(outcome: Outcome) -> GatewayError:
    error = outcome.exchange.failure
    assert isinstance(error, GatewayError)
    return error


def test_only_what_is_mapped_and_the_defaults_reach_the_backend() -> None:
    outcome = custom("GET /pets/7?a=1", {"X-Client": "1", "Accept": "text/html", "User-Agent": "curl/8"})
    lines = outcome.requests[0].split(b"\r\n")[:-2]
    names = [line.partition(b":")[0].decode() for line in lines[1:]]
    assert outcome.request_line == "GET /pets/7 HTTP/1.1"
    assert names == ["Host", "Connection", "Accept", "User-Agent", "x-amzn-apigateway-api-id", "X-Amzn-Trace-Id"]
    assert outcome.sent("Accept") == ["application/json"]
    assert outcome.sent("User-Agent") == ["AmazonAPIGateway_abc123"]


def test_the_content_type_of_the_client_is_copied() -> None:
    assert custom(headers={"Content-Type": "text/plain"}).sent("Content-Type") == ["text/plain"]
    assert custom().sent("Content-Type") == ["application/json"]
    assert custom("GET /pets/7", {"Content-Type": "text/plain"}).sent("Content-Type") == []


def test_parameters_are_mapped_to_each_place() -> None:
    outcome = custom(
        "POST /pets/7?q=1&q=2&other=x",
        [("X-One", "a"), ("X-One", "b"), ("x-lower", "no")],
        b'{"deep": [{"n": 5}], "o": {"a": 1}}',
        uri="http://BACKEND/v1/{id}?fixed=1",
        requestParameters={
            "integration.request.path.id": "method.request.path.id",
            "integration.request.querystring.last": "method.request.querystring.q",
            "integration.request.querystring.all": "method.request.multivaluequerystring.q",
            "integration.request.querystring.headers": "method.request.multivalueheader.X-One",
            "integration.request.header.Last": "method.request.header.X-One",
            "integration.request.header.All": "method.request.multivalueheader.X-One",
            "integration.request.header.Queries": "method.request.multivaluequerystring.q",
            "integration.request.header.Number": "method.request.body.deep[0].n",
            "integration.request.header.Object": "method.request.body.o",
            "integration.request.header.Stage": "stageVariables.color",
            "integration.request.header.Context": "context.httpMethod",
            "integration.request.header.Static": "'a b'",
            "integration.request.header.Case": "method.request.header.X-Lower",
            "integration.request.header.Gone": "method.request.body.nope",
        },
        variables={"color": "blue"},
    )
    assert outcome.target == "/v1/7?fixed=1&last=2&all=1&all=2&headers=a%2Cb"
    sent = {
        name: outcome.sent(name)
        for name in ("Last", "All", "Queries", "Number", "Object", "Stage", "Context", "Static")
    }
    assert sent == {
        "Last": ["b"],
        "All": ["a,b"],
        "Queries": ["1,2"],
        "Number": ["5"],
        "Object": ['{"a":1}'],
        "Stage": ["blue"],
        "Context": ["POST"],
        "Static": ["a b"],
    }
    assert outcome.sent("Case") == outcome.sent("Gone") == []


def test_the_whole_body_can_be_mapped() -> None:
    parameters = {"integration.request.header.Body": "method.request.body", "integration.request.path.id": "'1'"}
    assert custom(body=b"hello", requestParameters=parameters).sent("Body") == ["hello"]


def test_a_path_into_a_broken_body_is_a_bad_request() -> None:
    parameters = {"integration.request.path.id": "method.request.body.id"}
    outcome = custom(body=b'{"id": ', requestParameters=parameters)
    assert failure(outcome).message == "Invalid JSON in request body"
    assert outcome.response.status == 400
    assert failure(custom(body=b"plain", requestParameters=parameters)).failure.name == "API_CONFIGURATION_ERROR"


def test_templates_make_both_bodies() -> None:
    outcome = custom(
        body=b'{"name": "Rex"}',
        requestTemplates={"application/json": "<pet>$input.path('$.name')</pet>"},
        integrationResponses={
            "200": {"statusCode": "200", "responseTemplates": {"application/json": '{"was": "$input.body"}'}}
        },
        answer=response(b"<ok/>", "Content-Type: text/xml"),
    )
    assert outcome.body == b"<pet>Rex</pet>"
    assert outcome.response.body == b'{"was": "<ok/>"}'
    assert outcome.received("Content-Type") == ["application/json"]


def test_no_header_of_the_backend_returns_unmapped() -> None:
    outcome = custom(
        answer=response(b"{}", "X-App: 1\r\nx-low: 2\r\nItem: a\r\nItem: b\r\nDate: now\r\nContent-Type: text/xml"),
        integrationResponses={
            "200": {
                "statusCode": "200",
                "responseParameters": {
                    "method.response.header.App": "integration.response.header.X-App",
                    "method.response.header.Low": "integration.response.header.X-Low",
                    "method.response.header.Item": "integration.response.header.Item",
                    "method.response.header.Items": "integration.response.multivalueheader.Item",
                    "method.response.header.Date": "integration.response.header.Date",
                    "method.response.header.Static": "'s'",
                },
            }
        },
    )
    trace_id = outcome.exchange.trace_id
    assert outcome.response.headers == [
        (b"x-amzn-trace-id", b"X-Amzn-Trace-Id", trace_id),
        (b"app", b"App", b"1"),
        (b"item", b"Item", b"b"),
        (b"items", b"Items", b"a,b"),
        (b"x-amzn-remapped-date", b"x-amzn-Remapped-Date", b"now"),
        (b"static", b"Static", b"s"),
        (b"content-type", b"Content-Type", b"application/json"),
    ]


def test_response_bodies_are_mapped_to_headers() -> None:
    parameters = {
        "method.response.header.Location": "integration.response.body.redirect.url",
        "method.response.header.Whole": "integration.response.body",
        "method.response.header.Content-Type": "'text/plain'",
    }
    responses = {"200": {"statusCode": "200", "responseParameters": parameters}}
    outcome = custom(answer=response(b'{"redirect":{"url":"/x"}}'), integrationResponses=responses)
    assert outcome.received("Location") == ["/x"]
    assert outcome.received("Whole") == ['{"redirect":{"url":"/x"}}']
    assert outcome.received("Content-Type") == ["text/plain"]
    broken = custom(answer=response(b"oops"), integrationResponses=responses)
    assert failure(broken).failure.name == "API_CONFIGURATION_ERROR"


@pytest.mark.parametrize(("status", "expected"), [(200, 200), (201, 200), (404, 404), (500, 502), (503, 502)])
def test_the_status_selects_the_response(status: int, expected: int) -> None:
    responses = {
        "200": {"statusCode": "200", "selectionPattern": ""},
        "404": {"statusCode": "404", "selectionPattern": "4\\d{2}"},
        "502": {"statusCode": "502", "selectionPattern": "5.*"},
    }
    declared = {"methodResponses": {"200": {}, "404": {}, "502": {}}}
    outcome = custom(answer=response(b"{}", status=status), integrationResponses=responses, method=declared)
    assert outcome.response.status == expected
    assert outcome.exchange.integration_status == status


def test_redirects_are_not_followed() -> None:
    redirect = response(b"", "Location: /elsewhere", 302)
    responses = {"302": {"statusCode": "302", "selectionPattern": "302"}}
    outcome = custom(answer=redirect, integrationResponses=responses, method={"methodResponses": {"302": {}}})
    assert outcome.response.status == 302
    assert len(outcome.requests) == 1


def test_request_overrides_go_before_mappings() -> None:
    template = (
        '#set($context.requestOverride.header.X-A = "override")'
        '#set($context.requestOverride.path.id = "9")'
        '#set($context.requestOverride.querystring.q = "2")'
        "{}"
    )
    outcome = custom(
        requestTemplates={"application/json": template},
        requestParameters={
            "integration.request.path.id": "method.request.path.id",
            "integration.request.header.X-A": "'mapped'",
            "integration.request.querystring.q": "'1'",
        },
    )
    assert outcome.target == "/pets/9?q=2"
    assert outcome.sent("X-A") == ["override"]


def test_response_overrides_go_before_mappings() -> None:
    template = '#set($context.responseOverride.status = 202)#set($context.responseOverride.header.X-A = "new")ok'
    responses = {
        "200": {
            "statusCode": "200",
            "responseTemplates": {"application/json": template},
            "responseParameters": {"method.response.header.X-A": "'old'"},
        }
    }
    outcome = custom(integrationResponses=responses)
    assert outcome.response.status == 202
    assert outcome.received("X-A") == ["new"]


def test_setting_an_override_twice_fails() -> None:
    template = '#set($context.requestOverride.header.A = "1")#set($context.requestOverride.header.A = "2")'
    outcome = custom(requestTemplates={"application/json": template})
    assert outcome.response.status == 500


@pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "x: y", "a b"])
def test_overrides_cannot_break_framing(name: str) -> None:
    template = f'#set($headers = $context.requestOverride.header)#set($headers["{name}"] = "1"){{}}'
    outcome = custom(requestTemplates={"application/json": template})
    assert failure(outcome).failure.name == "API_CONFIGURATION_ERROR"
    assert outcome.requests == []


def test_a_compressed_response_is_read_by_templates() -> None:
    responses = {"200": {"statusCode": "200", "responseTemplates": {"application/json": "$input.path('$.a')"}}}
    outcome = custom(
        answer=response(gzip.compress(b'{"a": "b"}'), "Content-Encoding: gzip"), integrationResponses=responses
    )
    assert outcome.response.body == b"b"


def test_a_response_template_on_a_binary_body_fails() -> None:
    handling = {"contentHandling": "CONVERT_TO_BINARY", "responseTemplates": {"application/json": "x"}}
    outcome = custom(answer=response(b"aGk="), integrationResponses={"200": {"statusCode": "200", **handling}})
    assert failure(outcome).reason == "Unable to transform response: the body is binary"


def test_a_request_template_on_a_binary_body_fails() -> None:
    outcome = custom(body=b"aGk=", contentHandling="CONVERT_TO_BINARY", requestTemplates={"application/json": "x"})
    assert failure(outcome).reason == "Unable to transform request: the body is binary"


def test_an_empty_response_template_passes_the_body() -> None:
    templates = {"application/json": "", "application/xml": "<x/>"}
    responses = {"200": {"statusCode": "200", "responseTemplates": templates}}
    plain = custom(answer=response(b"{}"), integrationResponses=responses)
    chosen = custom(headers={"Accept": "application/xml;q=0.5, text/html"}, integrationResponses=responses)
    assert plain.response.body == b"{}"
    assert chosen.response.body == b"<x/>"


def test_the_first_response_template_applies_where_none_matches() -> None:
    responses = {"200": {"statusCode": "200", "responseTemplates": {"application/xml": "<x/>", "text/plain": "y"}}}
    assert custom(integrationResponses=responses).response.body == b"<x/>"
    assert custom(headers={"Accept": "text/plain"}, integrationResponses=responses).response.body == b"y"
    assert custom(headers={"Accept": "image/png"}, integrationResponses=responses).response.body == b"<x/>"


def test_a_slow_backend_is_a_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    outcome = custom(handler=silent, timeoutInMillis=60)
    assert outcome.response.status == 504
    assert failure(outcome).failure.name == "INTEGRATION_TIMEOUT"


def test_a_trace_tells_each_step_in_order() -> None:
    outcome = custom(
        traced=True,
        requestTemplates={"application/json": "{}"},
        integrationResponses={"200": {"statusCode": "200", "responseParameters": {"method.response.header.A": "'1'"}}},
    )
    trace = outcome.exchange.trace
    assert trace is not None
    names = [event.name for event in trace.events]
    assert names == ["template", "mapped", "endpoint_request", "endpoint_response", "selected", "mapped"]
    mapped = trace.events[-1].values
    assert mapped == {"place": "response", "target": "method.response.header.A", "source": "'1'", "value": "1"}


def test_a_response_override_cannot_add_a_line() -> None:
    for name, value in (("A B", "1"), ("A", "$input.path('$.v')")):
        template = f'#set($headers = $context.responseOverride.header)#set($headers["{name}"] = "{value}")'
        responses = {"200": {"statusCode": "200", "responseTemplates": {"application/json": template}}}
        outcome = custom(answer=response(b'{"v": "x\\r\\nSet-Cookie: a"}'), integrationResponses=responses)
        assert failure(outcome).failure.name == "API_CONFIGURATION_ERROR"


def test_each_template_may_override_once() -> None:
    sets = '#set($context.responseOverride.header.A = "{}")'
    outcome = custom(
        requestTemplates={"application/json": sets.format("1") + '#set($context.responseOverride.header.B = "2")'},
        integrationResponses={
            "200": {"statusCode": "200", "responseTemplates": {"application/json": sets.format("3")}},
        },
    )
    assert outcome.received("A") == ["3"]
    assert outcome.received("B") == ["2"]


def test_xml_is_read_where_a_template_asks_for_it() -> None:
    responses = {
        "200": {
            "statusCode": "200",
            "responseTemplates": {"application/json": "## limen: xml\n$input.json('$.pet.name')"},
        }
    }
    answer = response(b"<pet><name>Rex</name></pet>", "Content-Type: text/xml")
    assert custom(answer=answer, integrationResponses=responses).response.body == b'"Rex"'
    responses["200"]["responseTemplates"] = {"application/json": "$input.json('$.pet.name')"}
    assert custom(answer=answer, integrationResponses=responses).response.status == 500
