"""Proxy integrations with functions: how they are called, and what logs tell of both statuses."""

from limen.gateway.rest_context import find_rest_variable
from tests.integrations.rest.invoking import URI, Invoked, invoke
from tests.support.invoke_peer import REQUEST_ID, failed, returned


def variable(invoked: Invoked, name: str) -> str | None:
    return find_rest_variable(name).read(invoked.exchange)


def test_a_function_is_called_for_its_method() -> None:
    invoked = invoke(method={"httpMethod": "ANY"}, resource="/pets/{id}")
    (request,) = invoked.peer.requests

    assert request.header("X-Limen-Source-Arn") == (
        "arn:aws:execute-api:us-east-1:000000000000:abc123/prod/ANY/pets/{id}"
    )
    assert request.header("X-Amzn-Trace-Id") == invoked.exchange.trace_id.decode()
    assert invoked.received("X-Amzn-Trace-Id") == [invoked.exchange.trace_id.decode()]


def test_stage_variables_choose_function_and_alias() -> None:
    uri = URI.replace("function:pets", "function:${stageVariables.name}:${stageVariables.alias}")
    invoked = invoke(uri=uri, scope={"variables": {"name": "cats", "alias": "live"}})

    assert invoked.peer.requests[0].target.endswith("function%3Acats/invocations?Qualifier=live")


def test_the_role_of_an_integration_is_told() -> None:
    (request,) = invoke(credentials="arn:aws:iam::000000000000:role/gateway").peer.requests

    assert request.header("X-Limen-Role") == "arn:aws:iam::000000000000:role/gateway"
    assert request.header("X-Limen-Source-Arn") is None


def test_mappings_do_nothing_to_a_proxied_request() -> None:
    invoked = invoke(requestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"})

    assert invoked.peer.requests[0].header("X-Amz-Invocation-Type") is None


def test_logs_tell_the_status_of_lambda_and_of_the_function() -> None:
    invoked = invoke(returned({"statusCode": 404}))

    assert variable(invoked, "integration.status") == "404"
    assert variable(invoked, "integration.integrationStatus") == "200"
    assert variable(invoked, "integrationStatus") == "200"
    assert variable(invoked, "integration.requestId") == REQUEST_ID
    assert variable(invoked, "awsEndpointRequestId") == REQUEST_ID


def test_logs_tell_what_a_function_failed_with() -> None:
    assert "no such pet" in str(variable(invoke(failed("no such pet")), "integration.error"))


def test_an_answer_to_head_says_the_length_that_it_was_given() -> None:
    invoked = invoke(returned({"headers": {"Content-Length": "5"}}), request="HEAD /prod/pets/7")

    assert invoked.received("Content-Length") == ["5"]
