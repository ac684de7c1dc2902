"""MOCK: what the gateway answers by itself."""

from typing import Any

import pytest

from limen.gateway.errors import GatewayError
from limen.integrations.rest.mock import parse_status
from tests.integrations.proxying import Outcome
from tests.integrations.rest.integrating import integrate

OK = {"200": {"statusCode": "200", "responseTemplates": {"application/json": '{"id": "$input.params(\'id\')"}'}}}
TEN = {"application/json": '{"statusCode": 200}'}


def mock(request_line: str = "GET /pets/7", headers: Any = None, body: bytes = b"", **given: Any) -> Outcome:
    integration = {"requestTemplates": TEN, "integrationResponses": OK, **given}
    return integrate(request_line, headers, body, kind="MOCK", uri="", httpMethod=None, **integration)


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome.exchange.failure, GatewayError)
    assert outcome.exchange.failure.failure.name == "API_CONFIGURATION_ERROR"
    return outcome.exchange.failure.reason


def test_a_mock_answers_by_its_templates() -> None:
    outcome = mock()
    assert outcome.response.status == 200
    assert outcome.response.body == b'{"id": "7"}'
    assert outcome.response.headers == [(b"content-type", b"Content-Type", b"application/json")]
    assert outcome.requests == []


def test_a_template_that_is_none_fails_whoever_needs_it() -> None:
    templates = {"application/json": '{"statusCode": 200}', "text/html": "#if("}
    broken = {"200": {"statusCode": "200", "responseTemplates": {"application/json": "fine", "text/html": "#else"}}}
    served = {"requestTemplates": templates, "integrationResponses": broken}
    assert mock(**served).response.body == b"fine"
    assert reason(mock(headers={"Content-Type": "text/html"}, **served)).startswith("Unable to transform request: ")
    assert reason(mock(headers={"Accept": "text/html"}, **served)).startswith("Unable to transform response: ")


def test_a_preflight_is_answered_the_regional_way() -> None:
    headers = {"Access-Control-Allow-Origin": "'*'", "Access-Control-Allow-Methods": "'GET,OPTIONS'"}
    parameters = {f"method.response.header.{name}": value for name, value in headers.items()}
    outcome = mock(
        "OPTIONS /pets/7", integrationResponses={"200": {"statusCode": "200", "responseParameters": parameters}}
    )
    assert outcome.received("Access-Control-Allow-Origin") == ["*"]
    assert outcome.received("Access-Control-Allow-Methods") == ["GET,OPTIONS"]
    assert outcome.response.body == b""


@pytest.mark.parametrize(
    "output",
    [
        '{"statusCode": 404}',
        "{statusCode: 404}",
        "{'statusCode': 404}",
        '{"a": 1, "statusCode":404 ,}',
        "{\n statusCode : 404\n}",
    ],
)
def test_status_codes_are_read_leniently(output: str) -> None:
    assert parse_status(output.encode()) == "404"


@pytest.mark.parametrize(
    "output", ["{}", "", "[]", "404", '{"statusCode": "404"}', '{"statusCode": 4.5}', "{statusCode: x}"]
)
def test_what_has_no_status_code_is_a_configuration_error(output: str) -> None:
    with pytest.raises(GatewayError, match=r"Unable to parse statusCode\. It should be an integer"):
        parse_status(output.encode())


def test_templates_choose_among_responses() -> None:
    template = '{#if($input.params("scope") == "internal")"statusCode": 200#{else}"statusCode": 500#end}'
    responses = {"200": {"statusCode": "200"}, "500": {"statusCode": "500", "selectionPattern": "5\\d{2}"}}
    declared = {"methodResponses": {"200": {}, "500": {}}}
    given = {"requestTemplates": {"application/json": template}, "integrationResponses": responses, "method": declared}
    assert mock("GET /pets/7?scope=internal", **given).response.status == 200
    assert mock("GET /pets/7?scope=public", **given).response.status == 500


def test_without_templates_the_default_response_or_the_body_decides() -> None:
    responses = {"200": {"statusCode": "200"}, "202": {"statusCode": "202", "selectionPattern": "202"}}
    given = {
        "requestTemplates": {},
        "integrationResponses": responses,
        "method": {"methodResponses": {"200": {}, "202": {}}},
    }
    assert mock(**given).response.status == 200
    assert mock("POST /pets/7", body=b'{"statusCode": 202}', **given).response.status == 202
    assert "Unable to parse statusCode" in reason(mock("POST /pets/7", body=b"hello", **given))


def test_nothing_that_matches_is_a_configuration_error() -> None:
    outcome = mock(integrationResponses={"404": {"statusCode": "404", "selectionPattern": "404"}})
    assert reason(outcome) == (
        "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200"
    )


def test_the_method_has_to_have_the_response() -> None:
    outcome = mock(integrationResponses={"201": {"statusCode": "201"}})
    assert reason(outcome) == "Output mapping refers to an invalid method response: 201"


def test_overrides_of_the_request_template_reach_the_response() -> None:
    sets = '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-A = "b")'
    template = sets + '{"statusCode": 200}'
    outcome = mock(requestTemplates={"application/json": template})
    assert outcome.response.status == 418
    assert outcome.received("X-A") == ["b"]


@pytest.mark.parametrize("status", [99, 600, '"abc"'])
def test_other_statuses_do_not_override(status: Any) -> None:
    template = f'#set($context.responseOverride.status = {status}){{"statusCode": 200}}'
    assert mock(requestTemplates={"application/json": template}).response.status == 200


def test_all_types_binary_need_text_handling() -> None:
    assert reason(mock("OPTIONS /pets/7", binary=("*/*",))) == "Unable to transform request: the body is binary"
    assert mock("OPTIONS /pets/7", binary=("*/*",), contentHandling="CONVERT_TO_TEXT").response.status == 200


def test_a_template_error_names_the_place() -> None:
    outcome = mock(requestTemplates={"application/json": "#foreach($i in [1..5000])x#end"})
    assert reason(outcome).startswith("Unable to transform request: template application/json, line 1")


def test_a_trace_tells_templates_and_selection() -> None:
    outcome = mock(traced=True)
    trace = outcome.exchange.trace
    assert trace is not None
    assert [event.name for event in trace.events] == ["template", "selected", "template"]
    assert trace.events[0].values == {
        "place": "request",
        "content_type": "application/json",
        "text": '{"statusCode": 200}',
        "input": "",
        "output": '{"statusCode": 200}',
        "overrides": None,
        "variables": {},
        "error": None,
    }
    assert trace.events[1].values == {"pattern": "", "matched": "200", "status_code": "200"}
    assert trace.events[2].values["output"] == '{"id": "7"}'


def test_a_thorough_trace_tells_what_variables_were_set_to() -> None:
    template = '#set($a = 1)#foreach($i in [1..2])#set($a = $a + $i)#end{"statusCode": 200}'
    outcome = mock(traced=True, requestTemplates={"application/json": template})
    assert outcome.exchange.trace is not None
    event = outcome.exchange.trace.find("template")
    assert event is not None
    assert event["variables"]["a"] == ["1", "2", "4"]
    assert event["output"] == '{"statusCode": 200}'
