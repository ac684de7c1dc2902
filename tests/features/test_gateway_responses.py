"""How the gateway's own answers are customised."""

import json

import pytest

from limen.features.gateway_responses import compile_failures
from limen.gateway import rest_errors
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.route_plan import RoutePlan
from tests.gateway.test_table import stage
from tests.support.exchanges import exchange, header_map

TOKEN = rest_errors.MISSING_AUTHENTICATION_TOKEN


def answered(customised, failure=TOKEN, request_line="GET /pets/5?q=1", variables=None, detail=None, **headers):
    asked = exchange(request_line, {name.replace("_", "-"): value for name, value in headers.items()})
    asked.stage = stage("abc", "test")
    asked.path_parameters = {"petId": "5"}
    answer = compile_failures(customised, variables or {})
    asked.plan = RoutePlan("GET /pets/{petId}", (), (), (), answer, resource_path="/pets/{petId}")
    asked.failure = GatewayError(failure, detail=detail)
    return answer(asked, asked.failure)


def response(**parts):
    return {"responseParameters": {}, "responseTemplates": {}} | parts


def test_nothing_customised_is_aws_own():
    built_in = answered({})
    assert (built_in.status, built_in.body) == (403, b'{"message":"Missing Authentication Token"}')


def test_its_own_type_wins_over_the_default_of_its_class():
    customised = {
        "DEFAULT_4XX": response(statusCode="418"),
        "MISSING_AUTHENTICATION_TOKEN": response(statusCode="404"),
    }
    assert answered(customised).status == 404
    assert answered(customised, rest_errors.UNSUPPORTED_MEDIA_TYPE).status == 418
    assert answered(customised, rest_errors.INTERNAL).status == 500


def test_a_default_without_status_keeps_each_status():
    customised = {"DEFAULT_5XX": response(responseTemplates={"application/json": '{"oops":true}'})}
    assert answered(customised, rest_errors.INTEGRATION_TIMEOUT).status == 504
    assert answered(customised, rest_errors.INTERNAL).body == b'{"oops":true}'


def test_a_customised_answer_without_a_template_has_no_space():
    customised = {"DEFAULT_5XX": response(statusCode="503")}
    assert answered(customised, rest_errors.INTERNAL).body == b'{"message":"Internal server error"}'


def test_what_is_put_into_a_template():
    text = (
        '{"message":$context.error.messageString,"again":"$context.error.messageString",'
        '"type":"$context.error.responseType","stage":"$context.stage","path":"$context.resourcePath",'
        '"a":"$stageVariables.a","none":"$stageVariables.b","q":"$method.request.querystring.q",'
        '"formal":"${context.stage}","cost":"$5 $unknown","detail":"$context.error.validationErrorString"}'
    )
    customised = {"BAD_REQUEST_BODY": response(responseTemplates={"application/json": text})}
    body = answered(customised, rest_errors.BAD_REQUEST_BODY, variables={"a": "A"}, detail='[needs ("x")]').body
    assert json.loads(body) == {
        "message": "Invalid request body",
        "again": "Invalid request body",
        "type": "BAD_REQUEST_BODY",
        "stage": "test",
        "path": "/pets/{petId}",
        "a": "A",
        "none": "",
        "q": "1",
        "formal": "test",
        "cost": "$5 $unknown",
        "detail": '[needs ("x")]',
    }


def test_clients_cannot_break_out_of_json():
    customised = {TOKEN.name: response(responseTemplates={"application/json": '{"q":"$method.request.header.X-Q"}'})}
    body = answered(customised, X_Q='","admin":"yes').body
    assert json.loads(body) == {"q": '","admin":"yes'}


def test_headers_are_mapped():
    parameters = {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
        "gatewayresponse.header.x-request-path": "method.request.path.petId",
        "gatewayresponse.header.x-request-query": "method.request.querystring.q",
        "gatewayresponse.header.x-missing": "method.request.header.Nope",
        "gatewayresponse.header.x-stage": "context.stage",
        "gatewayresponse.header.x-a": "stageVariables.a",
        "gatewayresponse.header.x-amzn-ErrorType": "'Mine'",
        "gatewayresponse.querystring.x": "'no place in a response'",
    }
    headers = header_map(answered({TOKEN.name: response(responseParameters=parameters)}, variables={"a": "A"}))
    del headers["x-amzn-requestid"], headers["x-amz-apigw-id"]
    assert headers == {
        "content-type": "application/json",
        "access-control-allow-origin": "*",
        "x-request-path": "5",
        "x-request-query": "1",
        "x-stage": "test",
        "x-a": "A",
        "x-amzn-errortype": "Mine",
    }


def test_a_line_end_in_a_mapped_header_is_left_out():
    parameters = {"gatewayresponse.header.x-q": "method.request.querystring.q"}
    answer = answered(
        {TOKEN.name: response(responseParameters=parameters)}, request_line="GET /?q=a%0d%0aSet-Cookie:%20b=c"
    )
    assert "x-q" not in header_map(answer)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/xml", "application/xml"),
        ("text/html, application/xml", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_the_template_is_chosen_by_what_is_accepted(accept, content_type):
    templates = {"application/json": "{}", "application/xml": "<a/>"}
    answer = answered({TOKEN.name: response(responseTemplates=templates)}, Accept=accept)
    assert header_map(answer)["content-type"] == content_type


def test_a_body_that_is_too_large_cannot_be_customised():
    customised = {"REQUEST_TOO_LARGE": response(statusCode="400"), "DEFAULT_4XX": response(statusCode="400")}
    assert answered(customised, rest_errors.REQUEST_TOO_LARGE).status == 413


def test_where_no_api_was_chosen_nothing_is_customised():
    assert answered({"DEFAULT_4XX": response(statusCode="404")}, rest_errors.FORBIDDEN).status == 403


def test_a_mapping_of_nothing_does_not_compile():
    with pytest.raises(PlanError, match="is mapped from 'static'"):
        compile_failures({"DEFAULT_4XX": response(responseParameters={"gatewayresponse.header.a": "static"})}, {})
