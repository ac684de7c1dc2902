"""AWS JSON 1.0 and 1.1: bodies in, bodies out, errors with their code in body and header."""

from typing import Any

import orjson
import pytest

from limen.aws.directory import ServiceDirectory
from limen.aws.errors import AwsError, access_denied, internal_failure
from limen.aws.protocols import PROTOCOLS
from limen.aws.request import AwsRequest
from limen.aws.service_model import load_service
from limen.aws.validate import validate
from limen.wire import header

LOGS = load_service("logs")
JSON = PROTOCOLS[LOGS.protocol]


def parse(operation: str, body: bytes) -> dict[str, Any]:
    return JSON.parse(LOGS.operation(operation), AwsRequest("POST", "/", "", [], body), {})


def test_a_target_names_service_and_operation():
    directory = ServiceDirectory([LOGS])
    request = AwsRequest("POST", "/", "", [header(b"X-Amz-Target", b"Logs_20140328.DescribeLogGroups")])

    meant = directory.find(request, "logs")

    assert (meant.operation.name, meant.protocol) == ("DescribeLogGroups", JSON)


def test_members_are_read_by_the_model():
    body = b'{"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1.0, "message": "m"}], "x": 1}'

    assert parse("PutLogEvents", body) == {
        "logGroupName": "g",
        "logStreamName": "s",
        "logEvents": [{"timestamp": 1, "message": "m"}],
    }


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"{", b'{"logGroupName": {}}', b"\xff"])
def test_what_is_not_of_the_model_is_refused(body: bytes):
    with pytest.raises(AwsError) as raised:
        parse("CreateLogGroup", body)
    assert raised.value.code == "SerializationException"


def test_violations_have_the_words_of_the_service():
    with pytest.raises(AwsError) as raised:
        validate(LOGS.operation("CreateLogGroup"), {})
    assert raised.value.code == "InvalidParameterException"
    assert raised.value.message == (
        "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_an_output_is_a_json_body():
    answer = JSON.render(LOGS.operation("ListTagsLogGroup"), {"tags": {"a": "b"}, "unknown": 1})

    assert answer.status == 200
    assert answer.headers == [("Content-Type", "application/x-amz-json-1.1")]
    assert orjson.loads(answer.body) == {"tags": {"a": "b"}}


def test_an_operation_without_output_has_an_empty_body():
    assert JSON.render(LOGS.operation("CreateLogGroup"), {}).body == b""


def test_errors_carry_their_code_twice():
    answer = JSON.render_error(AwsError("ResourceNotFoundException", "No such group.", 404), LOGS)

    assert answer.status == 400
    assert ("x-amzn-ErrorType", "ResourceNotFoundException") in answer.headers
    assert orjson.loads(answer.body) == {"__type": "ResourceNotFoundException", "message": "No such group."}


def test_members_of_errors_go_with_them():
    error = AwsError("InvalidSequenceTokenException", "No.", 400, {"expectedSequenceToken": "1"})

    assert orjson.loads(JSON.render_error(error, LOGS).body)["expectedSequenceToken"] == "1"


def test_a_status_says_whose_fault_it_was():
    assert JSON.render_error(access_denied("No."), LOGS).status == 400
    assert JSON.render_error(internal_failure(), None).status == 500


def test_versions_differ_in_their_content_type():
    answer = PROTOCOLS["json-1.0"].render_error(access_denied("No."), None)

    assert answer.headers[0] == ("Content-Type", "application/x-amz-json-1.0")
