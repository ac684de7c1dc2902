"""What a service is sent for a request of a client, and what the client is answered."""

import logging
from urllib.parse import parse_qs

import orjson
import pytest

from limen.integrations.subtypes.call import CANNOT_ASSUME
from tests.integrations.subtypes.calling import DENIED, call, http

SEND = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/jobs", "MessageBody": "$request.body"}


def test_a_queue_is_sent_a_form() -> None:
    outcome = call(
        "SQS-SendMessage", {**SEND, "DelaySeconds": "$request.querystring.wait"}, "POST /?wait=3", body=b"a&b"
    )

    assert outcome.request_line == "POST / HTTP/1.1"
    assert parse_qs(outcome.body.decode()) == {
        "Action": ["SendMessage"],
        "Version": ["2012-11-05"],
        "QueueUrl": [SEND["QueueUrl"]],
        "MessageBody": ["a&b"],
        "DelaySeconds": ["3"],
    }
    assert outcome.sent("content-type") == ["application/x-www-form-urlencoded; charset=utf-8"]
    assert outcome.sent("user-agent") == ["AmazonAPIGateway_abc123"]


def test_a_call_is_signed_as_the_role() -> None:
    outcome = call("SQS-SendMessage", SEND, body=b"x", headers={"Authorization": "Bearer of the client"})

    assert outcome.sent("authorization")[0].startswith("AWS4-HMAC-SHA256 Credential=ASIA/")
    assert "/us-east-1/sqs/aws4_request" in outcome.sent("authorization")[0]
    assert outcome.sent("x-amz-security-token") == ["token"]


def test_an_event_bus_is_sent_one_entry() -> None:
    outcome = call(
        "EventBridge-PutEvents",
        {
            "Source": "orders",
            "DetailType": "$request.header.x-kind",
            "Detail": "$request.body.order",
            "Resources": "$request.body.arns",
            "Time": "1583348638390",
        },
        headers={"X-Kind": "ordered"},
        body=b'{"order": {"id": 1}, "arns": ["arn:a", "arn:b"]}',
    )

    assert outcome.sent("x-amz-target") == ["AWSEvents.PutEvents"]
    assert outcome.sent("content-type") == ["application/x-amz-json-1.1"]
    assert orjson.loads(outcome.body) == {
        "Entries": [
            {
                "Source": "orders",
                "DetailType": "ordered",
                "Detail": '{"id":1}',
                "Resources": ["arn:a", "arn:b"],
                "Time": 1583348638.390,
            }
        ]
    }


def test_a_configuration_is_asked_for_by_path_and_query() -> None:
    outcome = call(
        "AppConfig-GetConfiguration",
        {
            "Application": "shop app",
            "Environment": "prod",
            "Configuration": "$request.path.id",
            "ClientId": "$request.header.user-agent",
        },
        "GET /pets/7",
        {"User-Agent": "a b"},
        answer=http(b"limits: 3", "200 OK", "Content-Type: text/yaml", "Configuration-Version: 4"),
    )

    path = "/applications/shop%20app/environments/prod/configurations/7"
    assert outcome.request_line == f"GET {path}?client_id=a%20b HTTP/1.1"
    assert outcome.response.body == b"limits: 3"
    assert outcome.received("content-type") == ["text/yaml"]
    assert outcome.received("configuration-version") == ["4"]


@pytest.mark.parametrize("segment", [".", ".."])
def test_a_segment_of_dots_leads_nowhere(segment: str) -> None:
    parameters = dict.fromkeys(("Application", "Environment", "Configuration"), "$request.querystring.x")
    outcome = call("AppConfig-GetConfiguration", {**parameters, "ClientId": "me"}, f"GET /?x={segment}")

    assert (outcome.response.status, outcome.requests) == (400, [])


def test_what_a_service_answers_passes_as_it_is() -> None:
    error = b'{"__type":"StateMachineDoesNotExist"}'
    outcome = call(
        "StepFunctions-StartExecution",
        {"StateMachineArn": "arn:aws:states:x", "Input": "$request.body"},
        body=b"{}",
        answer=http(error, "400 Bad Request", "Content-Type: application/x-amz-json-1.0", "x-amzn-RequestId: r1"),
    )

    assert orjson.loads(outcome.body) == {"stateMachineArn": "arn:aws:states:x", "input": "{}"}
    assert (outcome.response.status, outcome.response.body) == (400, error)
    assert outcome.received("x-amzn-requestid") == ["r1"]
    assert outcome.exchange.integration_status == 400


def test_responses_may_be_mapped() -> None:
    mapping = {"200": {"overwrite:statuscode": "202", "append:header.x-ok": "$response.body.ok"}}
    outcome = call("SQS-PurgeQueue", {"QueueUrl": "q"}, responseParameters=mapping)

    assert (outcome.response.status, outcome.received("x-ok")) == (202, ["true"])


@pytest.mark.parametrize("body", [b"", b"no JSON", b'{"other": 1}'])
def test_a_required_value_that_is_missing_is_the_clients_mistake(body: bytes) -> None:
    outcome = call("SQS-SendMessage", {**SEND, "MessageBody": "$request.body.message"}, body=body)

    assert (outcome.response.status, outcome.response.body) == (400, b'{"message":"Bad Request"}')
    assert outcome.requests == []
    assert outcome.exchange.integration_error == (
        "Unable to resolve property MessageBody from source $request.body.message. Please make sure that the request "
        "to API Gateway contains all the necessary fields specified in request parameters."
    )


def test_an_optional_value_that_is_missing_is_left_out() -> None:
    outcome = call("SQS-SendMessage", {**SEND, "MessageGroupId": "$request.header.x-group"}, body=b"x")

    assert b"MessageGroupId" not in outcome.body


def test_bytes_that_json_cannot_say_are_refused() -> None:
    outcome = call("StepFunctions-StartExecution", {"StateMachineArn": "a", "Input": "$request.body"}, body=b"\xff")

    assert (outcome.response.status, outcome.requests) == (400, [])


def test_a_form_carries_any_bytes() -> None:
    assert b"MessageBody=%FF%0A" in call("SQS-SendMessage", SEND, body=b"\xff\n").body


@pytest.mark.parametrize(("region", "signed"), [("eu-west-1", "eu-west-1"), ("$stageVariables.place", "eu-north-1")])
def test_another_region_is_signed_for(region: str, signed: str) -> None:
    outcome = call("SQS-SendMessage", {**SEND, "Region": region}, body=b"x", variables={"place": "eu-north-1"})

    assert f"/{signed}/sqs/aws4_request" in outcome.sent("authorization")[0]
    assert b"Region" not in outcome.body


@pytest.mark.parametrize("region", ["evil.test/", "x", "us-east-1.evil", "US-EAST-1", "us-east-1\n"])
def test_what_is_no_region_reaches_no_host(region: str) -> None:
    outcome = call(
        "SQS-SendMessage",
        {"QueueUrl": "q", "MessageBody": "x", "Region": "$request.body.region"},
        body=orjson.dumps({"region": region}),
    )

    assert (outcome.response.status, outcome.requests) == (400, [])


def test_a_role_that_cannot_be_assumed_is_told_in_the_words_of_aws(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        outcome = call("SQS-SendMessage", SEND, body=b"x", sts=http(DENIED, "403 Forbidden"))

    assert (outcome.response.status, outcome.response.body) == (500, b'{"message":"Internal Server Error"}')
    assert outcome.exchange.integration_error == CANNOT_ASSUME
    assert "AWS integration SQS-SendMessage" in caplog.text
    assert "AccessDenied: no" in caplog.text


def test_without_a_setting_the_log_names_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        outcome = call(
            "Kinesis-PutRecord", dict.fromkeys(("StreamName", "Data", "PartitionKey"), "x"), endpoints=lambda _: {}
        )

    assert outcome.response.status == 500
    assert "LIMEN_AWS_ENDPOINT_URL_KINESIS" in caplog.text
    assert "LIMEN_AWS_ENDPOINT_URL_KINESIS" in (outcome.exchange.integration_error or "")


def test_a_service_that_is_not_there_is_unavailable() -> None:
    outcome = call(
        "SQS-SendMessage",
        SEND,
        body=b"x",
        endpoints=lambda url: {"endpoints": {"sqs": "http://127.0.0.1:1", "sts": url}},
    )

    assert (outcome.response.status, outcome.response.body) == (503, b'{"message":"Service Unavailable"}')


def test_a_service_that_takes_too_long_is_a_timeout() -> None:
    outcome = call("SQS-PurgeQueue", {"QueueUrl": "q"}, answer=b"HTTP/1.1 200 OK\r\n", timeoutInMillis=60)

    assert (outcome.response.status, outcome.response.body) == (504, b'{"message":"Endpoint request timed out"}')
