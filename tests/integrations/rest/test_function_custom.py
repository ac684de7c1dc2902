"""AWS integrations with functions: templates make events, error messages select responses."""

from typing import Any

import pytest

from tests.integrations.rest.invoking import Invoked, invoke
from tests.support.invoke_peer import REQUEST_ID, Result, failed, returned

RESPONSES = {
    "200": {"responseTemplates": {"application/json": "ok $input.body"}},
    "400": {"selectionPattern": ".*[Nn]o such.*"},
}


def custom(*answers: Result, **given: Any) -> Invoked:
    return invoke(
        *answers, **{"type": "AWS", "integrationResponses": RESPONSES, "request": "POST /prod/pets/7", **given}
    )


def test_a_template_makes_the_event() -> None:
    invoked = custom(
        returned({"name": "Rex"}),
        body=b'{"a": 1}',
        requestTemplates={"application/json": '{"id": "$input.params(\'id\')", "a": $input.json(\'$.a\')}'},
    )
    assert invoked.event == {"id": "7", "a": 1}
    assert (invoked.response.status, invoked.response.body) == (200, b'ok {"name": "Rex"}')


@pytest.mark.parametrize(("body", "event"), [(b"", {}), (b'{"a": 1}', {"a": 1}), (b"[1]", [1])])
def test_without_a_template_the_body_is_the_event(body: bytes, event: Any) -> None:
    assert custom(body=body).event == event


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (failed("no such pet"), 400),
        (failed("No such pet"), 400),
        (failed("broken"), 200),
        (failed("first\nno such"), 200),
        (returned({"errorMessage": "no such pet"}), 200),
        (returned("no such pet"), 200),
        (Result(b'{"trace": []}', error="Unhandled"), 200),
        (Result(b"<html>", error="Unhandled"), 200),
    ],
)
def test_the_message_of_an_error_selects(answer: Result, status: int) -> None:
    assert custom(answer).response.status == status


def test_a_pattern_of_anything_matches_no_message_too() -> None:
    invoked = custom(returned(1), integrationResponses={"400": {"selectionPattern": ".*"}, "200": {}})

    assert invoked.response.status == 400


def test_an_error_that_nothing_selects_is_a_mistake_of_the_configuration() -> None:
    invoked = custom(failed("broken"), integrationResponses={"400": {"selectionPattern": "no"}})

    assert invoked.response.status == 500
    assert invoked.reason.endswith("Endpoint Response Status Code: 200")


def test_a_function_may_be_called_without_waiting_for_it() -> None:
    invoked = custom(
        Result(b"", status=202),
        requestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        integrationResponses={"200": {}},
    )
    assert invoked.peer.requests[0].header("X-Amz-Invocation-Type") == "Event"
    assert (invoked.response.status, invoked.response.body) == (200, b"")
    assert invoked.exchange.integration_status == 202


def test_nothing_that_is_mapped_says_on_whose_behalf_a_function_is_called() -> None:
    invoked = custom(
        requestParameters={
            "integration.request.header.X-Limen-Role": "'arn:aws:iam::000000000000:role/admin'",
            "integration.request.header.X-Limen-Source-Arn": "'arn:aws:execute-api:us-east-1:0:x/y'",
            "integration.request.header.Content-Type": "'text/plain'",
        }
    )
    (request,) = invoked.peer.requests
    names = [name for name, _ in request.headers]

    assert request.header("X-Limen-Role") is None
    assert names.count("x-limen-source-arn") == names.count("content-type") == 1
    assert request.header("Content-Type") == "application/json"


def test_headers_of_lambda_can_be_mapped() -> None:
    responses = {
        "200": {"responseParameters": {"method.response.header.X-Id": "integration.response.header.x-amzn-RequestId"}}
    }

    assert custom(returned(1), integrationResponses=responses).received("X-Id") == [REQUEST_ID]


def test_base64_becomes_bytes_for_a_client_that_accepts_them() -> None:
    responses = {"200": {"contentHandling": "CONVERT_TO_BINARY"}}

    assert custom(returned("aGk="), integrationResponses=responses).response.body == b"hi"
