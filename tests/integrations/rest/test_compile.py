"""From a method document to a step: stage variables, private backends, what is refused and by whom."""

from typing import Any

import pytest

from limen.gateway.errors import GatewayError, PlanError
from limen.integrations.rest.problems import find_rest_integration_problems
from tests.integrations.proxying import Outcome
from tests.integrations.rest.integrating import integrate


def failure(outcome: Outcome) -> GatewayError:
    error = outcome.exchange.failure
    assert isinstance(error, GatewayError)
    return error


def test_stage_variables_fill_the_uri_anywhere() -> None:
    outcome = integrate(
        uri="http://${stageVariables.host}/${stageVariables.base}/{id}?v=${stageVariables.v}",
        variables={"host": "127.0.0.1:1", "base": "a", "v": "2"},
        requestParameters={"integration.request.path.id": "method.request.path.id"},
    )
    assert failure(outcome).reason.startswith("http://127.0.0.1:1: ")
    filled = integrate(
        uri="http://BACKEND/${stageVariables.base}/x?v=${stageVariables.v}", variables={"base": "a", "v": "2"}
    )
    assert filled.target == "/a/x?v=2"


@pytest.mark.parametrize("variables", [{}, {"host": "not a host"}])
def test_a_stage_without_a_fitting_variable_answers_500(variables: dict[str, str]) -> None:
    outcome = integrate(uri="http://${stageVariables.host}/x", variables=variables)
    assert failure(outcome).failure.name == "API_CONFIGURATION_ERROR"
    assert failure(outcome).reason.startswith("Invalid endpoint address: API abc123, stage prod, ANY /pets/{id}: ")


FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
STREAM = f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{FUNCTION}/response-streaming-invocations"


@pytest.mark.parametrize(
    ("uri", "given", "reason"),
    [
        (INVOCATION, {"httpMethod": "GET"}, "Lambda functions are invoked with POST, the integration says GET"),
        (INVOCATION, {"responseTransferMode": "STREAM"}, "STREAM needs a URI of response-streaming-invocations"),
        (STREAM, {}, "a URI of response-streaming-invocations needs the transfer mode STREAM"),
        (INVOCATION.replace("function:f", "function:${stageVariables.f}"), {}, "no variable 'f'"),
        (INVOCATION, {}, "no functions host is there"),
        ("arn:aws:apigateway:us-east-1:firehose:action/PutRecord", {}, "an AWS service behind AWS_PROXY"),
    ],
)
def test_functions_that_cannot_be_called_say_why(uri: str, given: dict[str, Any], reason: str) -> None:
    outcome = integrate(uri=uri, kind="AWS_PROXY", **{"httpMethod": "POST", **given})
    assert failure(outcome).failure.status == 500
    assert reason in failure(outcome).reason


@pytest.mark.parametrize(
    ("uri", "mode", "problems"),
    [
        (INVOCATION, "BUFFERED", []),
        (STREAM, "STREAM", []),
        (INVOCATION.replace(":f/", ":${stageVariables.f}/"), "BUFFERED", []),
        (INVOCATION, "STREAM", ["the transfer mode STREAM needs a URI of response-streaming-invocations"]),
        (STREAM, "BUFFERED", ["a URI of response-streaming-invocations needs the transfer mode STREAM"]),
    ],
)
def test_what_keeps_functions_from_being_served_on_any_stage(uri: str, mode: str, problems: list[str]) -> None:
    integration = {"type": "AWS_PROXY", "uri": uri, "httpMethod": "POST", "responseTransferMode": mode}
    assert find_rest_integration_problems({"methodIntegration": integration}) == problems


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY"])
def test_a_private_backend_is_where_the_link_leads(kind: str) -> None:
    outcome = integrate(
        uri="http://internal.example:8080/v1/{id}",
        kind=kind,
        connectionType="VPC_LINK",
        connectionId="${stageVariables.link}",
        variables={"link": "abcd12"},
        vpc_links={"abcd12": "http://BACKEND"},
        requestParameters={"integration.request.path.id": "method.request.path.id"},
        integrationResponses={"200": {"statusCode": "200"}},
    )
    assert outcome.target == "/v1/7"
    assert outcome.sent("Host") == ["internal.example:8080"]


def test_a_named_load_balancer_is_asked_below_the_stage() -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/x/1"
    outcome = integrate(
        uri="http://internal.example/v1/{id}",
        connectionType="VPC_LINK",
        connectionId="abcd12",
        integrationTarget=arn,
        vpc_links={arn: "http://BACKEND"},
        requestParameters={"integration.request.path.id": "method.request.path.id"},
    )
    assert outcome.target == "/prod/v1/7"


def test_a_link_without_an_address_says_which_setting_is_missing() -> None:
    outcome = integrate(uri="http://internal.example/", connectionType="VPC_LINK", connectionId="abcd12")
    assert failure(outcome).failure.name == "API_CONFIGURATION_ERROR"
    assert "[vpc_links]" in failure(outcome).reason


@pytest.mark.parametrize(
    ("integration", "named"),
    [
        ({"uri": "ftp://x"}, "is not an http:// or https:// URL"),
        ({"uri": "http://{host}/x"}, "is not a host"),
        ({"httpMethod": "G E T"}, "is not a method"),
        ({"requestParameters": {"integration.request.header.X": "nope"}}, "Invalid mapping expression"),
        ({"requestParameters": {"integration.request.header.X": "method.request.body.a[?("}}, "into a body"),
        ({"kind": "MOCK", "integrationResponses": {"200": {"selectionPattern": "(?!2)"}}}, "selectionPattern"),
        ({"kind": "MOCK", "integrationResponses": {"200": {"responseParameters": {"x": "'1'"}}}}, "method.response"),
    ],
)
def test_what_cannot_be_served_anywhere_is_a_plan_error(integration: dict[str, Any], named: str) -> None:
    with pytest.raises(PlanError, match="(?s)" + named.replace("(", "\\(")):
        integrate(**{"uri": "http://BACKEND/", **integration})


def problems(kind: str, **integration: Any) -> list[str]:
    return find_rest_integration_problems({"methodIntegration": {"type": kind, **integration}})


def test_problems_are_found_without_a_stage() -> None:
    assert problems("HTTP_PROXY", uri="http://${stageVariables.x}:80/{id}") == []
    assert len(problems("HTTP_PROXY", uri="no")) == 1
    assert len(problems("AWS", uri="arn:aws:apigateway:us-east-1:sqs:nothing")) == 1
    assert problems("AWS_PROXY", uri="arn:aws:apigateway:us-east-1:lambda:path/x") == []
    assert len(problems("MOCK", requestTemplates={"a/b": "#foreach("})) == 1
    assert len(problems("MOCK", integrationResponses={"200": {"selectionPattern": "a++"}})) == 1
    assert len(problems("HTTP", uri="http://a", requestParameters={"integration.request.header.A": "x"})) == 1
    bad = {"200": {"responseParameters": {"method.response.header.A": "x"}, "responseTemplates": {"a/b": "#if"}}}
    assert len(problems("HTTP", uri="http://a", integrationResponses=bad)) == 2
    assert find_rest_integration_problems({}) == []
