"""Ids of requests, and the gateway's own answers of REST APIs."""

import re

import pytest

from limen.gateway import rest_errors
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_failures import (
    INVALID_REQUEST_ID,
    answer_rest_failure,
    answer_too_large,
    name_rest_request,
    request_uuid,
)
from tests.support.exchanges import exchange, header_map

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_every_request_has_an_id_of_its_own():
    ids = {request_uuid(exchange()) for _ in range(200)}
    assert len(ids) == 200
    assert all(UUID4.fullmatch(each) for each in ids)


def test_an_id_stays():
    asked = exchange()
    assert request_uuid(asked) == request_uuid(asked)


def test_a_client_may_name_its_request():
    given = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    assert request_uuid(exchange(headers={"x-amzn-RequestId": given})) == given
    assert request_uuid(exchange(headers={"x-amzn-RequestId": "mine"})) == INVALID_REQUEST_ID


def test_answers_name_their_request():
    asked = exchange()
    asked.response = Response(200, [])
    name_rest_request(asked)
    named = header_map(asked.response)
    assert named == {"x-amzn-requestid": request_uuid(asked), "x-amz-apigw-id": asked.request_id.decode()}


@pytest.mark.parametrize(
    ("failure", "body"),
    [
        (rest_errors.MISSING_AUTHENTICATION_TOKEN, b'{"message":"Missing Authentication Token"}'),
        (rest_errors.FORBIDDEN, b'{"message":"Forbidden"}'),
        (rest_errors.AUTHORIZER_CONFIGURATION_ERROR, b'{"message":null}'),
        (rest_errors.INTERNAL, b'{"message": "Internal server error"}'),
        (rest_errors.INTEGRATION_TIMEOUT, b'{"message": "Endpoint request timed out"}'),
        (rest_errors.INTEGRATION_FAILURE, b'{"message": "Network error communicating with endpoint"}'),
    ],
)
def test_bodies_have_the_spaces_that_aws_writes(failure, body):
    response = answer_rest_failure(exchange(), GatewayError(failure))
    assert (response.status, response.body) == (failure.status, body)
    headers = header_map(response)
    assert headers["x-amzn-errortype"] == failure.error_type
    assert headers["content-type"] == "application/json"


def test_a_message_of_its_own_is_sent():
    error = GatewayError(rest_errors.BAD_REQUEST_PARAMETERS, message='Missing required request parameters: ["]')
    body = answer_rest_failure(exchange(), error).body
    assert body == b'{"message": "Missing required request parameters: [\\"]"}'


def test_a_body_that_is_too_large_is_answered_in_plain_text():
    response = answer_too_large(exchange(), GatewayError(rest_errors.REQUEST_TOO_LARGE))
    assert (response.status, response.body) == (413, b"HTTP content length exceeded 10485760 bytes.")
    assert header_map(response) == {"content-type": "text; charset=utf-8"}
