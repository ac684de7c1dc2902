"""Traces in API Gateway's lines."""

from typing import Any

from limen.features.execution_logs.lines import render_lines
from limen.gateway.trace import Trace

ID = "89d139db-4eec-4bc3-94bb-50678599bcd9"
REQUEST: dict[str, Any] = {
    "method": "GET",
    "resource_path": "/all_state",
    "path": {"resource": "all_state"},
    "query": {"a": ["1", "2"]},
    "headers": {"Accept": ["*/*"], "Authorization": ["Bearer abcdefghijklmnopqrstuvwxyz"]},
    "body": "",
}


def lines(trace: Trace, **options: Any) -> list[str]:
    return [line.text for line in render_lines(trace, ID, **options)]


def served() -> Trace:
    trace = Trace()
    trace.note("request", **REQUEST)
    trace.note("routed", resource_path="/{resource+}", method="ANY", parameters={}, candidates=[])
    trace.note(
        "endpoint_request", method="GET", uri="https://backend/x?api_key=abc", headers={"Accept": "a/b"}, body="{}"
    )
    trace.note("endpoint_response", status=200, latency_ms=27.4, headers={"Content-Type": ["a/b"]}, body="in")
    trace.note(
        "response",
        status=200,
        headers={"Content-Type": ["a/b"], "x-amzn-RequestId": [ID], "x-amz-apigw-id": ["x="]},
        body="out",
    )
    return trace


def test_a_request_that_was_served() -> None:
    assert lines(served()) == [
        f"Starting execution for request: {ID}",
        "HTTP Method: GET, Resource Path: /all_state",
        "Method request path: {resource=all_state}",
        "Method request query string: {a=1,2}",
        "Method request headers: {Accept=*/*, Authorization=***************************uvwxyz}",
        "Method request body before transformations: ",
        "Endpoint request URI: https://backend/x?api_key=***",
        "Endpoint request headers: {Accept=a/b}",
        "Endpoint request body after transformations: {}",
        "Sending request to https://backend/x?api_key=***",
        "Received response. Status: 200, Integration latency: 27 ms",
        "Endpoint response headers: {Content-Type=a/b}",
        "Endpoint response body before transformations: in",
        "Method response body after transformations: out",
        "Method response headers: {Content-Type=a/b}",
        "Successfully completed execution",
        "Method completed with status: 200",
    ]


def test_without_data_nothing_that_was_sent_is_shown() -> None:
    assert lines(served(), has_data=False) == [
        f"Starting execution for request: {ID}",
        "HTTP Method: GET, Resource Path: /all_state",
        "Sending request to https://backend/x?api_key=***",
        "Received response. Status: 200, Integration latency: 27 ms",
        "Successfully completed execution",
        "Method completed with status: 200",
    ]


def test_errors_alone_are_silent_on_success() -> None:
    assert lines(served(), level="ERROR") == []


def failed(kind: str, message: str | None, reason: str = "", status: int = 500) -> list[str]:
    trace = Trace()
    trace.note("request", **REQUEST)
    trace.note("failed", type=kind, message=message, reason=reason)
    trace.note("response", status=status, headers={}, body="")
    return lines(trace, level="ERROR")


def test_failures_have_their_lines() -> None:
    assert failed("API_CONFIGURATION_ERROR", "Internal server error", "Invalid endpoint address") == [
        "Execution failed due to configuration error: Invalid endpoint address",
        "Method completed with status: 500",
    ]
    assert failed("INTEGRATION_TIMEOUT", "Endpoint request timed out", "5 s", 504) == [
        "Execution failed due to a timeout error",
        "Method completed with status: 504",
    ]
    assert failed("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", "", 415) == [
        "Unsupported Media Type",
        "Method completed with status: 415",
    ]


def test_a_body_that_does_not_adhere() -> None:
    trace = Trace()
    message = "Request body does not match model schema for content type application/json: [x]"
    trace.note("validated", what="parameters", outcome="passed")
    trace.note("validated", what="body", outcome="failed", model="Pet", message=message, pointer="")
    trace.note("failed", type="BAD_REQUEST_BODY", message="Invalid request body", reason=message)
    trace.note("response", status=400, headers={}, body="")

    assert lines(trace) == [message, "Method completed with status: 400"]


def test_long_lines_are_cut_at_1024_bytes() -> None:
    trace = Trace()
    trace.note("request", **(REQUEST | {"body": "é" * 2000}))

    line = lines(trace)[-1]
    assert line.endswith("é [TRUNCATED]")
    assert 1020 <= len(line.removesuffix(" [TRUNCATED]").encode()) <= 1024


def test_secrets_in_the_event_of_a_function_are_masked() -> None:
    trace = Trace()
    payload = '{"headers":{"Authorization":"Bearer"}}'
    trace.note("endpoint_request", method="POST", uri="https://lambda", headers={}, payload=payload)

    assert 'Endpoint request body after transformations: {"headers":{"Authorization":"******"}}' in lines(trace)


def test_a_function_that_failed_says_so_in_one_line() -> None:
    trace = Trace()
    trace.note("function_failed", text="Lambda execution failed with status 200")
    trace.note("failed", type="DEFAULT_5XX", message="Internal server error", reason="Lambda execution failed")

    assert lines(trace) == ["Lambda execution failed with status 200"]


def test_a_function_that_was_not_run_gives_the_reason_too() -> None:
    for kind in ("INTEGRATION_FAILURE", "REQUEST_TOO_LARGE"):
        trace = Trace()
        trace.note("function_refused", text="Lambda invocation failed with status: 429")
        trace.note("failed", type=kind, message="Internal server error", reason="Rate Exceeded.")

        assert lines(trace) == [
            "Lambda invocation failed with status: 429",
            "Execution failed due to configuration error: Rate Exceeded.",
        ]


AUTHORIZER: dict[str, Any] = {
    "id": "au1",
    "authorizer": "mine",
    "kind": "TOKEN",
    "identity": {"method.request.header.Authorization": "***"},
}
ASKED: dict[str, Any] = {
    "backend": "b",
    "method": "POST",
    "uri": "https://lambda.example/f",
    "headers": {},
    "payload": '{"authorizationToken":"a-token-that-is-long-enough"}',
}


def authorized(**changes: Any) -> dict[str, Any]:
    verdict = {"verdict": "allowed", "principal": "ana", "arn": "arn:x", "cached_s": None}
    return {**verdict, "statement": None, "policy": {}, **changes}


def test_an_authorizer_that_was_asked() -> None:
    trace = Trace()
    trace.note("authorizer", **AUTHORIZER)
    trace.note("authorizer_request", **ASKED)
    trace.note("authorizer_response", status=200, latency_ms=3, body="{}", problem="")
    trace.note("authorized", **authorized())
    assert lines(trace) == [
        f"Starting authorizer: au1 for request: {ID}",
        "Incoming identity: ***",
        "Endpoint request URI: https://lambda.example/f",
        "Endpoint request headers: {}",
        'Endpoint request body after transformations: {"authorizationToken":"*********************enough"}',
        "Sending request to https://lambda.example/f",
        "Authorizer result body before parsing: {}",
        "Using valid authorizer policy for principal: ***",
        "Successfully completed authorizer execution",
    ]


def test_a_denial_that_a_resource_policy_makes_up_for_is_none() -> None:
    trace = Trace()
    statement = {"Sid": "all", "Effect": "Allow"}
    trace.note("resource_policy", effect="Allow", number=2, statement=statement, arn="arn:x")
    trace.note("authorized", **authorized(verdict="denied", settled="allowed"))
    trace.note("resource_policy", effect="neither", number=None, statement=None, arn="arn:y")
    assert lines(trace) == [
        "Resource policy: statement 2 (all) decides on arn:x: Allow",
        "Using valid authorizer policy for principal: ***",
        "Successfully completed authorizer execution",
        "Resource policy: no statement decides on arn:y",
    ]


def test_a_denial_has_one_line_at_the_level_of_errors() -> None:
    trace = Trace()
    trace.note("authorizer", **AUTHORIZER)
    trace.note("authorized", **authorized(verdict="denied", cached_s=1.5))
    trace.note("failed", type="ACCESS_DENIED", message="User is not authorized to access this resource", reason="")
    assert lines(trace, level="ERROR") == ["The client is not authorized to perform this operation."]


def test_a_token_is_taken_or_refused() -> None:
    trace = Trace()
    trace.note("token", outcome="verified", issuer="https://i.example", subject="ana", expires="1", scopes=[])
    assert lines(trace) == ["Successfully completed authorizer execution"]
    trace = Trace()
    trace.note("token", outcome="refused", reason="the token has expired")
    assert lines(trace, level="ERROR") == [f"Unauthorized request: {ID}: the token has expired"]


def test_a_client_that_is_not_trusted_is_told_why_in_the_log_alone() -> None:
    trace = Trace()
    trace.note("request", **REQUEST)
    trace.note("client_certificate", subject="CN=eve", issuer="CN=Eve", serial="01", problem="self signed certificate")
    trace.note("failed", type="", message="Forbidden", reason="mutual TLS: self signed certificate")
    trace.note("response", status=403, headers={}, body="{}")

    assert lines(trace, level="ERROR") == [
        "Access denied. Reason: self signed certificate",
        "Method completed with status: 403",
    ]
    assert lines(trace, has_data=False) == [
        f"Starting execution for request: {ID}",
        "HTTP Method: GET, Resource Path: /all_state",
        "Access denied. Reason: self signed certificate",
        "Method completed with status: 403",
    ]


def test_a_client_that_is_trusted_is_no_line() -> None:
    trace = served()
    before = lines(trace)
    trace.note("client_certificate", subject="CN=ana", issuer="CN=Issuing", serial="01", problem="")

    assert lines(trace) == before
