"""Answers, read back by botocore's own parser."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from botocore.parsers import create_parser

from limen.aws.errors import AwsError, access_denied, bad_request, not_found
from limen.aws.serialise import Answer, render_json_value, render_rest_json, render_rest_json_error, render_timestamp
from limen.aws.service_model import Shape, load_service
from tests.aws.test_parse import botocore_model

V1, V2 = load_service("apigateway"), load_service("apigatewayv2")
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def read_by_botocore(service: str, operation: str, answer: Answer) -> dict[str, Any]:
    shape = botocore_model(service).operation_model(operation).output_shape
    response = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}
    return create_parser("rest-json").parse(response, shape)


def test_an_output_is_read_back():
    output = {
        "apiId": "a",
        "createdDate": "2026-01-02T03:04:05Z",
        "corsConfiguration": {"maxAge": 0},
        "tags": {"k": ""},
    }

    answer = render_rest_json(V2.operation("CreateApi"), output)

    read = read_by_botocore("apigatewayv2", "CreateApi", answer)
    assert (answer.status, dict(answer.headers)) == (201, {"Content-Type": "application/json"})
    assert (read["ApiId"], read["CreatedDate"], read["CorsConfiguration"], read["Tags"]) == (
        "a",
        MOMENT,
        {"MaxAge": 0},
        {"k": ""},
    )


def test_only_what_the_model_knows_is_answered():
    output = {"apiId": "a", "_account": "1", "name": None, "corsConfiguration": {"_own": 1, "maxAge": 1}}

    answer = render_rest_json(V2.operation("GetApi"), output)

    assert orjson.loads(answer.body) == {"apiId": "a", "corsConfiguration": {"maxAge": 1}}


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [("DeleteApi", 204, b""), ("TagResource", 201, b"{}"), ("DeleteVpcLink", 202, b"{}")],
)
def test_operations_with_nothing_to_say(operation: str, status: int, body: bytes):
    answer = render_rest_json(V2.operation(operation), {})

    assert (answer.status, answer.body) == (status, body)


def test_a_status_that_an_output_names_may_leave_no_body():
    operation = load_service("lambda").operation("DeleteFunction")
    assert render_rest_json(operation, {"StatusCode": 204}) == Answer(204, [], b"")


def test_a_payload_is_the_body():
    assert render_rest_json(V2.operation("ExportApi"), {"body": b"\x00\xff"}).body == b"\x00\xff"
    assert render_rest_json(V2.operation("ExportApi"), {"body": "text"}).body == b"text"
    assert render_rest_json(V2.operation("ExportApi"), {}).body == b""


def test_headers_stand_beside_a_payload():
    output = {"Content-Type": "application/yaml", "Content-Disposition": "attachment", "body": b"a: 1"}

    answer = render_rest_json(V1.operation("GetExport"), output)

    assert answer.headers == [("Content-Type", "application/yaml"), ("Content-Disposition", "attachment")]
    assert read_by_botocore("apigateway", "GetExport", answer)["contentType"] == "application/yaml"


def test_v1_answers_times_as_numbers():
    answer = render_rest_json(V1.operation("GetRestApi"), {"createdDate": MOMENT})

    assert answer.body == b'{"createdDate":1767323045}'


@pytest.mark.parametrize(
    ("moment", "form", "text"),
    [
        (MOMENT, "iso8601", "2026-01-02T03:04:05Z"),
        (MOMENT.replace(microsecond=250_000), "iso8601", "2026-01-02T03:04:05.250Z"),
        (MOMENT.replace(microsecond=250_000), "unixTimestamp", 1767323045.25),
        (MOMENT, "rfc822", "Fri, 02 Jan 2026 03:04:05 GMT"),
        (MOMENT.replace(tzinfo=None), "unixTimestamp", 1767323045),
        (MOMENT.astimezone(timezone(timedelta(hours=5))), "iso8601", "2026-01-02T03:04:05Z"),
    ],
)
def test_times(moment: datetime, form: str, text: Any):
    assert render_timestamp(moment, form) == text


def test_blobs_are_base64_and_documents_as_they_are():
    assert render_json_value(Shape("B", "blob"), b"\x00\xff") == "AP8="
    assert render_json_value(Shape("D", "structure", is_document=True), {"any": [1]}) == {"any": [1]}
    assert render_json_value(Shape("L", "list", element=Shape("B", "blob")), [b"a", "passes"]) == ["YQ==", "passes"]


ERRORS = [
    (bad_request("no"), V2, 400, {"message": "no"}),
    (not_found("gone", "Api"), V2, 404, {"message": "gone", "resourceType": "Api"}),
    (access_denied("no"), V2, 403, {"message": "no"}),
    (access_denied("no"), V1, 403, {"Message": "no"}),
    (access_denied("no"), None, 403, {"Message": "no"}),
    (AwsError("ValidationException", "bad", 400), V1, 400, {"message": "bad"}),
    (AwsError("NotFoundException", "gone", 500), V1, 404, {"message": "gone"}),
]


@pytest.mark.parametrize(("error", "service", "status", "body"), ERRORS)
def test_errors(error: AwsError, service: Any, status: int, body: dict[str, str]):
    answer = render_rest_json_error(error, service)

    assert (answer.status, orjson.loads(answer.body)) == (status, body)
    assert dict(answer.headers) == {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}


def test_an_error_may_have_headers():
    answer = render_rest_json_error(AwsError("TooManyRequestsException", "slow", 429, {"Retry-After": "3"}), V1)

    assert dict(answer.headers)["Retry-After"] == "3"
    assert orjson.loads(answer.body) == {"message": "slow"}


@pytest.mark.parametrize("stored", ["2026-01-02T03:04:05Z", MOMENT])
def test_a_stored_time_is_written_as_the_model_asks(stored: str | datetime):
    created = {"createdDate": stored}

    assert orjson.loads(render_rest_json(V1.operation("GetRestApi"), created).body) == {"createdDate": 1767323045}
    assert orjson.loads(render_rest_json(V2.operation("GetApi"), created).body) == {
        "createdDate": "2026-01-02T03:04:05Z"
    }
