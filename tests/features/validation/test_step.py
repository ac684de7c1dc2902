"""Requests that pass and that do not, as API Gateway answers them."""

from contextlib import suppress
from typing import Any

import pytest

from limen.features.validation.step import compile_validator
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Step
from limen.gateway.trace import Trace
from tests.support.exchanges import exchange

PET = """{
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["dog", "cat", "fish"]},
        "price": {"type": "number", "minimum": 25, "maximum": 500}
    },
    "required": ["type", "price"]
}"""
"""Of the developer guide, "OpenAPI definition of a sample API with basic request validation"."""

MODELS = {
    "Pet": {"name": "Pet", "schema": PET},
    "Empty": {"name": "Empty", "schema": '{"type": "object"}'},
    "Text": {"name": "Text", "schema": '{"type": "string"}'},
}
VALIDATORS = {
    "all": {"id": "all", "validateRequestBody": True, "validateRequestParameters": True},
    "params": {"id": "params", "validateRequestBody": False, "validateRequestParameters": True},
    "body": {"id": "body", "validateRequestBody": True, "validateRequestParameters": False},
    "none": {"id": "none", "validateRequestBody": False, "validateRequestParameters": False},
}
PARAMETERS = {
    "method.request.querystring.qs1": True,
    "method.request.path.issuer": True,
    "method.request.header.x-header-param": True,
    "method.request.querystring.optional": False,
}


def compiled(
    validator: str = "all", parameters: dict[str, bool] | None = None, models: dict[str, str] | None = None
) -> Step:
    step = compile_validator(
        {"requestValidatorId": validator, "requestParameters": parameters, "requestModels": models},
        VALIDATORS,
        MODELS,
        "a1b2c3d4e5",
    )
    assert step is not None
    return step


def asked(line: str = "POST /", headers: dict[str, str] | None = None, body: bytes = b"", **path: str) -> Exchange:
    made = exchange(line, headers, body)
    made.path_parameters = path
    return made


def refusal(step: Step, request: Exchange) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        step(request)
    return refused.value


# --- parameters


def test_missing_parameters_are_named_header_first() -> None:
    failed = refusal(compiled(parameters=PARAMETERS), asked())

    assert failed.failure.name == "BAD_REQUEST_PARAMETERS"
    assert failed.failure.status == 400
    assert failed.message == "Missing required request parameters: [x-header-param, issuer, qs1]"


def test_blank_parameters_are_missing() -> None:
    request = asked("GET /?qs1=%20&optional=1", {"x-header-param": " "}, issuer="x")

    failed = refusal(compiled(parameters=PARAMETERS), request)

    assert failed.message == "Missing required request parameters: [x-header-param, qs1]"


def test_what_is_there_passes() -> None:
    compiled(parameters=PARAMETERS)(asked("GET /?qs1=1", {"x-header-param": "1"}, issuer="x"))


def test_headers_are_matched_by_case() -> None:
    request = asked("GET /?qs1=1", {"X-Header-Param": "1"}, issuer="x")

    failed = refusal(compiled(parameters=PARAMETERS), request)

    assert failed.message == "Missing required request parameters: [x-header-param]"


def test_parameters_are_judged_before_the_body() -> None:
    step = compiled(parameters=PARAMETERS, models={"application/json": "Pet"})

    assert refusal(step, asked(body=b"{")).failure.name == "BAD_REQUEST_PARAMETERS"


def test_a_validator_of_bodies_ignores_parameters() -> None:
    compiled("body", PARAMETERS, {"application/json": "Empty"})(asked())


# --- bodies


def test_a_body_that_adheres_passes() -> None:
    compiled("body", models={"application/json": "Pet"})(asked(body=b'{"type": "dog", "price": 260}'))


def test_a_body_that_does_not_is_refused_with_the_reason_apart() -> None:
    failed = refusal(
        compiled("body", models={"application/json": "Pet"}), asked(body=b'{"type": "bird", "price": 269}')
    )

    assert failed.failure.name == "BAD_REQUEST_BODY"
    assert failed.message == "Invalid request body"
    assert failed.detail == '[instance value ("bird") not found in enum (possible values: ["dog","cat","fish"])]'


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"<pet/>"])
def test_what_is_no_json_cannot_be_parsed(body: bytes) -> None:
    failed = refusal(compiled("body", models={"application/json": "Pet"}), asked(body=body))

    assert failed.message == "Invalid request body"
    assert failed.detail == "[Unknown error parsing request body]"


def test_an_empty_body_is_an_empty_object() -> None:
    compiled("body", models={"application/json": "Empty"})(asked())


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "application/json; charset=utf-8", "Application/JSON", ""]
)
def test_the_model_goes_by_the_content_type(content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    step = compiled("body", models={"application/json": "Pet", "text/plain": "Text"})

    assert refusal(step, asked(headers=headers, body=b'"x"')).failure.name == "BAD_REQUEST_BODY"


def test_other_content_types_are_not_judged() -> None:
    step = compiled("body", models={"application/json": "Pet"})

    step(asked(headers={"Content-Type": "application/xml"}, body=b"<pet/>"))


def test_the_default_model_judges_other_content_types() -> None:
    step = compiled("body", models={"application/json": "Empty", "$default": "Text"})

    step(asked(headers={"Content-Type": "text/x"}, body=b'"x"'))
    assert refusal(step, asked(headers={"Content-Type": "text/x"}, body=b"{}")).failure.name == "BAD_REQUEST_BODY"
    step(asked(body=b"{}"))


# --- what is configured


@pytest.mark.parametrize("validator", [None, "", "none", "all"])
def test_nothing_to_validate_is_no_step(validator: str | None) -> None:
    method = {"requestValidatorId": validator, "requestParameters": {"method.request.path.id": False}}

    assert compile_validator(method, VALIDATORS, MODELS, "a1b2c3d4e5") is None


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ({"requestValidatorId": "gone"}, "request validator 'gone' does not exist"),
        ({"requestValidatorId": "body", "requestModels": {"text/x": "Gone"}}, "model 'Gone' does not exist"),
        ({"requestValidatorId": "all", "requestParameters": {"method.request.body": True}}, "none that can be"),
        ({"requestValidatorId": "all", "requestParameters": {"method.request.cookie.a": True}}, "none that can be"),
    ],
)
def test_what_cannot_be_built_is_refused(method: dict[str, Any], reason: str) -> None:
    with pytest.raises(PlanError, match=reason):
        compile_validator(method, VALIDATORS, MODELS, "a1b2c3d4e5")


# --- traces


def events(step: Step, request: Exchange) -> list[dict[str, Any]]:
    request.trace = Trace()
    with suppress(GatewayError):
        step(request)
    return [event.values for event in request.trace.events]


def test_a_trace_tells_what_passed() -> None:
    step = compiled(parameters={"method.request.querystring.q": True}, models={"application/json": "Empty"})

    assert events(step, asked("GET /?q=1")) == [
        {"what": "parameters", "outcome": "passed"},
        {"what": "body", "outcome": "passed", "model": "Empty", "content_type": "application/json"},
    ]


def test_a_trace_points_to_what_failed() -> None:
    step = compiled("body", models={"application/json": "Pet"})

    assert events(step, asked(body=b'{"type": "dog", "price": 1}')) == [
        {
            "what": "body",
            "outcome": "failed",
            "model": "Pet",
            "message": "Request body does not match model schema for content type application/json: [numeric instance "
            "is lower than the required minimum (minimum: 25, found: 1)]",
            "pointer": "/price",
        }
    ]


def test_a_trace_tells_what_was_not_judged() -> None:
    step = compiled("body", models={"application/json": "Pet"})

    assert events(step, asked(headers={"Content-Type": "text/plain"})) == [
        {"what": "body", "outcome": "skipped", "message": "no model for content type text/plain"}
    ]


def test_an_integer_of_any_size_is_one() -> None:
    models = {"Large": {"name": "Large", "schema": '{"type": "integer", "minimum": 1}'}}
    method = {"requestValidatorId": "body", "requestModels": {"application/json": "Large"}}
    step = compile_validator(method, VALIDATORS, models, "a1b2c3d4e5")
    assert step is not None

    step(exchange("POST /", body=b"12345678901234567890123"))

    with pytest.raises(GatewayError):
        step(exchange("POST /", body=b"-12345678901234567890123"))
