"""From a request to a function and back, over the socket of the functions host."""

import logging
from pathlib import Path
from typing import Any

import pytest

from limen.integrations.http_functions.failures import MALFORMED, NO_PERMISSION
from tests.integrations.http_functions.calling import FUNCTION, call, routed_request
from tests.support.invoke_peer import REQUEST_ID, Result, failed, refused, returned


def test_an_event_goes_out_and_a_response_comes_back(tmp_path: Path) -> None:
    called = call(tmp_path, returned({"statusCode": 201, "headers": {"X-A": "b"}, "body": "made", "cookies": ["c=d"]}))

    assert called.event["routeKey"] == "GET /pets/{id}"
    assert called.event["pathParameters"] == {"id": "7"}
    assert (called.response.status, called.response.body) == (201, b"made")
    assert (called.received("x-a"), called.received("set-cookie")) == (["b"], ["c=d"])
    assert called.exchange.function_status == 201
    assert called.exchange.integration_status == 200
    assert called.exchange.endpoint_request_id.decode() == REQUEST_ID


def test_version_1_speaks_its_own_words(tmp_path: Path) -> None:
    called = call(tmp_path, returned({"statusCode": 200, "body": "x"}), payloadFormatVersion="1.0")

    assert (called.event["version"], called.event["httpMethod"]) == ("1.0", "GET")
    assert called.response.body == b"x"


def test_the_trace_is_the_same_in_the_event_and_in_the_invocation(tmp_path: Path) -> None:
    trace = "Root=1-5e6722a7-aaaabbbbccccddddeeeeffff"
    called = call(tmp_path, returned(1), request=routed_request(headers=[("X-Amzn-Trace-Id", trace)]))

    assert called.event["headers"]["x-amzn-trace-id"] == trace
    assert called.peer.requests[0].header("x-amzn-trace-id") == trace


@pytest.mark.parametrize(
    ("stage", "route", "source"),
    [
        ("$default", "$default", "$default/$default"),
        ("prod", "GET /pets/{id}", "prod/GET/pets/{id}"),
        ("prod", "ANY /pets", "prod/*/pets"),
    ],
)
def test_permissions_are_weighed_for_the_route(tmp_path: Path, stage: str, route: str, source: str) -> None:
    called = call(tmp_path, returned(1), route=route, stage=stage)

    expected = f"arn:aws:execute-api:us-east-1:123456789012:abc123/{source}"
    assert called.peer.requests[0].header("x-limen-source-arn") == expected


def test_a_role_needs_no_permission(tmp_path: Path) -> None:
    role = "arn:aws:iam::123456789012:role/caller"
    called = call(tmp_path, returned(1), credentialsArn=role)

    assert called.peer.requests[0].header("x-limen-role") == role
    assert called.peer.requests[0].header("x-limen-source-arn") is None


def test_stage_variables_name_the_function(tmp_path: Path) -> None:
    uri = "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.name}:${stageVariables.alias}"
    called = call(tmp_path, returned(1), variables={"name": "pets", "alias": "live"}, integrationUri=uri)

    assert called.peer.requests[0].target.endswith("pets/invocations?Qualifier=live")
    assert called.event["stageVariables"] == {"name": "pets", "alias": "live"}


def test_a_missing_stage_variable_answers_500(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        called = call(tmp_path, returned(1), integrationUri=FUNCTION.replace("pets", "${stageVariables.name}"))

    assert called.response.status == 500
    assert "no variable 'name'" in caplog.text


INTERNAL = b'{"message":"Internal Server Error"}'
UNAVAILABLE = b'{"message":"Service Unavailable"}'


@pytest.mark.parametrize(
    ("result", "status", "body", "message"),
    [
        (
            failed("no such pet"),
            500,
            INTERNAL,
            "The Lambda function returned the following error: no such pet. Check your Lambda function code and try "
            "again.",
        ),
        (
            Result(b"oops", error="Unhandled"),
            500,
            INTERNAL,
            "The Lambda function returned the following error: oops. Check your Lambda function code and try again.",
        ),
        (returned({"statusCode": "x"}), 500, INTERNAL, MALFORMED),
        (refused(403, "AccessDeniedException", "denied"), 500, INTERNAL, NO_PERMISSION),
        (refused(404, "ResourceNotFoundException", "Function not found"), 500, INTERNAL, NO_PERMISSION),
        (refused(429, "TooManyRequestsException", "Rate Exceeded."), 503, UNAVAILABLE, "Rate Exceeded."),
        (refused(500, "ServiceException", "oops"), 500, INTERNAL, "oops"),
        (refused(413, "RequestTooLargeException", "big"), 413, b'{"message":"Request Entity Too Large"}', "big"),
    ],
)
def test_what_goes_wrong_is_told_in_the_words_of_aws(
    tmp_path: Path, result: Result, status: int, body: bytes, message: str
) -> None:
    called = call(tmp_path, result)

    assert (called.response.status, called.response.body) == (status, body)
    assert called.exchange.integration_error == message


def test_a_function_that_takes_too_long_is_unavailable(tmp_path: Path) -> None:
    called = call(tmp_path, Result(delay=1.0), timeoutInMillis=60)

    assert (called.response.status, called.response.body) == (503, UNAVAILABLE)
    assert called.exchange.failure.failure.name == "INTEGRATION_TIMEOUT"


def test_nobody_to_ask_is_told_to_the_operator(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        called = call(tmp_path, returned(1), targets={"*": "aws"})

    assert called.response.status == 500
    assert "LIMEN_AWS_ENDPOINT_URL_LAMBDA" in caplog.text
    assert "LIMEN_AWS_ENDPOINT_URL_LAMBDA" in (called.exchange.integration_error or "")


def test_mapping_changes_the_event_and_the_response(tmp_path: Path) -> None:
    request = routed_request(
        "POST /pets/7?page=2&x=1", {"id": "7"}, [("X-Old", "v"), ("Content-Type", "text/plain")], b"b"
    )
    called = call(
        tmp_path,
        returned({"statusCode": 404, "body": '{"why": "gone"}'}),
        request=request,
        requestParameters={
            "append:header.x-new": "$request.header.x-old",
            "remove:header.x-old": "''",
            "overwrite:header.content-type": "image/png",
            "overwrite:header.host": "inner.test",
            "append:querystring.added": "a b",
            "remove:querystring.x": "''",
            "overwrite:path": "/animals/${request.path.id}",
        },
        responseParameters={"404": {"overwrite:statuscode": "410", "append:header.x-why": "$response.body.why"}},
    )

    event: dict[str, Any] = called.event
    assert event["headers"]["x-new"] == "v"
    assert "x-old" not in event["headers"]
    assert (event["headers"]["content-type"], event["headers"]["host"]) == ("image/png", "inner.test")
    assert event["requestContext"]["domainName"] == "localhost"
    assert (event["body"], event["isBase64Encoded"]) == ("b", False)
    assert event["queryStringParameters"] == {"page": "2", "added": "a b"}
    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/animals/7", "/animals/7")
    assert (called.response.status, called.received("x-why")) == (410, ["gone"])
    assert called.exchange.function_status == 404


def test_headers_of_the_gateway_are_not_the_functions_to_say(tmp_path: Path) -> None:
    headers = {"Connection": "close", "Content-Length": "99", "Date": "x", "apigw-requestid": "x", "X-Kept": "1"}
    called = call(tmp_path, returned({"statusCode": 200, "headers": headers}))

    assert [name for _, name, _ in called.response.headers] == [b"X-Kept", b"Content-Type"]


def test_explain_shows_the_invocation(tmp_path: Path) -> None:
    called = call(tmp_path, returned({"statusCode": True}), is_traced=True)

    trace = called.exchange.trace
    assert trace is not None
    assert trace.find("malformed") == {"detail": "its statusCode is 'True'"}
    assert FUNCTION in str(trace.find("endpoint_request"))
