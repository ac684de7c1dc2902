"""What a client of a REST API is answered where a function was not run, or failed, and what the execution log says."""

from typing import Any

import pytest

from limen.features.execution_logs.lines import render_lines
from limen.features.traces import end_trace
from tests.integrations.rest.invoking import FUNCTION, STREAM_URI, Invoked, invoke
from tests.support.invoke_peer import REQUEST_ID, Result, failed, refused, returned

RATE = refused(429, "TooManyRequestsException", "Rate Exceeded.")
DENIED = refused(403, "AccessDeniedException", "not authorized to perform: lambda:InvokeFunction")
GONE = refused(404, "ResourceNotFoundException", f"Function not found: {FUNCTION}")
LARGE = refused(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes")
STREAMED = {"uri": STREAM_URI, "responseTransferMode": "STREAM"}
KINDS = [{}, {"type": "AWS", "integrationResponses": {"200": {"selectionPattern": ".*"}}}, STREAMED]


def lines(invoked: Invoked) -> list[str]:
    """Of the execution log at level ERROR, and the last lines of what INFO adds."""
    return [line.text for line in render_lines(end_trace(invoked.exchange), "id", level="ERROR")]


@pytest.mark.parametrize("kind", KINDS, ids=["proxy", "custom", "streamed"])
@pytest.mark.parametrize(
    ("result", "status", "message", "logged"),
    [
        (
            DENIED,
            500,
            "Internal server error",
            ["Execution failed due to configuration error: Invalid permissions on Lambda function"],
        ),
        (
            RATE,
            500,
            "Internal server error",
            [
                f"Lambda invocation failed with status: 429. Lambda request id: {REQUEST_ID}",
                "Execution failed due to configuration error: Rate Exceeded.",
            ],
        ),
        (
            GONE,
            500,
            "Internal server error",
            [
                f"Lambda invocation failed with status: 404. Lambda request id: {REQUEST_ID}",
                f"Execution failed due to configuration error: Function not found: {FUNCTION}",
            ],
        ),
        (
            LARGE,
            413,
            "Request Too Long",
            [
                f"Lambda invocation failed with status: 413. Lambda request id: {REQUEST_ID}",
                "Execution failed due to configuration error: Request must be smaller than 6291456 bytes",
            ],
        ),
    ],
    ids=["denied", "throttled", "gone", "large"],
)
def test_a_function_that_was_not_run(
    kind: dict[str, Any], result: Result, status: int, message: str, logged: list[str]
) -> None:
    invoked = invoke(result, traced=True, **kind)

    assert invoked.response.status == status
    assert invoked.response.body == f'{{"message": "{message}"}}'.encode()
    assert lines(invoked) == [*logged, f"Method completed with status: {status}"]


def test_throttling_is_a_failure_of_the_integration() -> None:
    assert invoke(RATE).exchange.failure.failure.name == "INTEGRATION_FAILURE"


def test_a_function_that_raised() -> None:
    invoked = invoke(failed("no such pet"), traced=True)

    assert invoked.response.status == 502
    assert lines(invoked) == [
        "Lambda execution failed with status 200 due to customer function error: no such pet. "
        f"Lambda request id: {REQUEST_ID}",
        "Method completed with status: 502",
    ]


def test_what_is_no_response_is_explained() -> None:
    invoked = invoke(returned({"statusCode": 200, "message": "hi"}), traced=True)

    assert invoked.response.status == 502
    assert lines(invoked) == [
        "Execution failed due to configuration error: Malformed Lambda proxy response",
        "Method completed with status: 502",
    ]
    assert invoked.exchange.trace is not None
    assert invoked.exchange.trace.find("malformed") == {"detail": "the unknown key 'message'"}


@pytest.mark.parametrize("kind", KINDS, ids=["proxy", "custom", "streamed"])
def test_a_function_that_takes_too_long(kind: dict[str, Any]) -> None:
    invoked = invoke(Result(b"{}", delay=5.0), traced=True, timeoutInMillis=100, **kind)

    assert invoked.response.status == 504
    assert invoked.response.body == b'{"message": "Endpoint request timed out"}'
    assert "Execution failed due to a timeout error" in lines(invoked)


@pytest.mark.parametrize("kind", KINDS, ids=["proxy", "custom", "streamed"])
def test_a_host_that_goes_away(kind: dict[str, Any]) -> None:
    invoked = invoke(Result(pieces=(b"half",), hangs_up=True), **kind)

    assert invoked.response.status == 504


def test_the_lines_of_an_invocation_are_those_of_api_gateway() -> None:
    invoked = invoke(returned({"statusCode": 201, "body": "hi"}), traced=True)
    shown = [line.text for line in render_lines(end_trace(invoked.exchange), "id")]
    url = f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{FUNCTION}/invocations"

    assert shown[0] == f"Endpoint request URI: {url}"
    assert "X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:000000000000:abc123/prod/GET/pets/{id}" in shown[1]
    assert shown[2].startswith('Endpoint request body after transformations: {"resource":"/pets/{id}"')
    assert shown[3] == f"Sending request to {url}"
    assert shown[4].startswith("Received response. Status: 200, Integration latency: ")
    assert f"x-amzn-RequestId={REQUEST_ID}" in shown[5]
    assert shown[6] == 'Endpoint response body before transformations: {"statusCode": 201, "body": "hi"}'
    assert shown[7] == "Method response body after transformations: hi"
    assert shown[-1] == "Method completed with status: 201"
