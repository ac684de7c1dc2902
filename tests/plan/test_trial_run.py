"""Methods that are tested as they stand."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from limen.clock import Clock
from limen.gateway.body_stream import BodyStream
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.route_plan import WAITS, Step
from limen.integrations.rest.scope import TEST_STAGE
from limen.plan import rest, trial_run
from limen.plan.snapshot import StageUpdate
from limen.plan.state import WorkerState
from limen.plan.trial import Trial, TrialCaller, TrialResult
from limen.plan.trial_run import run_trial
from limen.wire import header

RESOURCES = {"r1": {"id": "r1", "path": "/pets/{petId}", "parentId": "r0", "pathPart": "{petId}"}}
PARAMETERS = {"method.request.header.h1": True}


def trial(verb: str = "POST", target: str | None = None, body: bytes = b"", **changes: Any) -> Trial:
    method: dict[str, Any] = {
        "httpMethod": "POST",
        "authorizationType": "AWS_IAM",
        "apiKeyRequired": True,
        "requestValidatorId": "v1",
        "requestParameters": PARAMETERS,
        "requestModels": {"application/json": "Pet"},
        "_resourceId": "r1",
        "methodIntegration": {"type": "AWS_PROXY", "uri": "arn:aws:x", "httpMethod": "POST"},
        **changes.pop("method", {}),
    }
    return Trial(
        api=StageUpdate(
            api_id="a1b2c3d4e5",
            stage_name=TEST_STAGE,
            revision=1,
            full=True,
            protocol="REST",
            account="000000000000",
            region="us-east-1",
            api={"id": "a1b2c3d4e5", "name": "pets", "_account": "000000000000", "_region": "us-east-1"},
            stage={"stageName": TEST_STAGE, "variables": {}},
            put={
                "Method": {"r1/POST": method},
                "Resource": RESOURCES,
                "RequestValidator": {
                    "v1": {"id": "v1", "validateRequestBody": True, "validateRequestParameters": True}
                },
                "Model": {"Pet": {"name": "Pet", "schema": '{"required": ["name"]}'}},
            },
        ),
        method_key="r1/POST",
        verb=verb,
        target=target,
        body=body,
        **changes,
    )


def tried(asked: Trial) -> TrialResult:
    async def run() -> TrialResult:
        return await run_trial(asked, WorkerState.dry())

    return asyncio.run(run())


def lines(result: TrialResult) -> list[str]:
    """Without their time."""
    first, *others = result.log.splitlines()
    assert re.fullmatch(r"Execution log for request [0-9a-f-]{36}", first)
    stamp = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : ")
    assert all(stamp.match(line) for line in others)
    return [stamp.sub("", line) for line in others]


def test_nobody_is_asked_who_calls() -> None:
    result = tried(trial(target="/pets/7?a=1&a=2"))

    assert (result.status, result.body) == (400, b'{"message": "Missing required request parameters: [h1]"}')
    assert result.headers == [("x-amzn-ErrorType", "BadRequestException")]
    assert lines(result)[1:] == [
        "HTTP Method: POST, Resource Path: /pets/7",
        "Method request path: {petId=7}",
        "Method request query string: {a=1,2}",
        "Method request headers: {}",
        "Method request body before transformations: ",
        "Missing required request parameters: [h1]",
        "Method completed with status: 400",
    ]
    assert result.log.endswith("Method completed with status: 400\n")


def test_without_a_path_variables_stand_for_themselves() -> None:
    assert lines(tried(trial()))[1:3] == [
        "HTTP Method: POST, Resource Path: /pets/{petId}",
        "Method request path: {petId={petId}}",
    ]


@pytest.mark.parametrize("target", ["/elsewhere", "/%zz", "/pets/../x"])
def test_a_path_of_another_resource_has_no_variables(target: str) -> None:
    assert lines(tried(trial(target=target)))[2] == "Method request path: {}"


def test_a_body_is_validated() -> None:
    result = tried(trial(target="/pets/7", headers=[("h1", "1")], body=b'{"name": "x"}'))

    assert "Request validation succeeded for content type application/json" in lines(result)
    assert "Method request headers: {h1=1}" in lines(result)
    assert result.status == 500


def test_the_caller_of_a_test_is_seen_and_nothing_called_as_them() -> None:
    template = "$context.identity.userArn $context.identity.apiKey $context.authorizer.principalId"
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "integrationResponses": {"200": {"statusCode": "200", "responseTemplates": {"application/json": template}}},
    }
    method = {"methodIntegration": integration, "methodResponses": {"200": {"statusCode": "200"}}}
    caller = TrialCaller("AKID", "000000000000", "AIDANA", "arn:aws:iam::000000000000:user/ana")
    wanted = trial(target="/pets/7", headers=[("h1", "1")], body=b'{"name": "x"}', method=method, caller=caller)

    assert tried(wanted).body == b"arn:aws:iam::000000000000:user/ana test-invoke-api-key "
    shown = trial_run._caller(wanted)
    assert shown is not None and shown.iam is not None
    assert shown.iam.principal is None


def test_no_content_type_but_json_is_looked_at() -> None:
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}', "application/xml": '{"statusCode": 404}'},
        "integrationResponses": {"200": {"statusCode": "200"}},
    }
    method = {"methodIntegration": integration, "methodResponses": {"200": {"statusCode": "200"}}}
    headers = [("h1", "1"), ("Content-Type", "application/xml")]

    result = tried(trial(target="/pets/7", headers=headers, body=b'{"name": "x"}', method=method))

    assert result.status == 200
    assert "Request validation succeeded for content type application/json" in lines(result)
    assert "Method request headers: {h1=1, Content-Type=application/xml}" in lines(result)


def test_a_method_that_cannot_be_built_fails_as_it_would_deployed() -> None:
    result = tried(trial(method={"requestModels": {"application/json": "Gone"}}))

    assert (result.status, result.body) == (500, b'{"message": "Internal server error"}')
    assert result.headers == [("x-amzn-ErrorType", "InternalServerErrorException")]
    assert lines(result)[-2:] == [
        "Execution failed due to configuration error: model 'Gone' does not exist",
        "Method completed with status: 500",
    ]


def test_an_api_that_cannot_be_read_is_refused() -> None:
    broken = trial()
    broken.api.api.clear()  # type: ignore[union-attr]

    with pytest.raises(PlanError):
        tried(broken)


# --- streamed responses


class Source:
    """A backend that is told to wait, and when nobody takes any more."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")

    def abandon(self) -> None:
        self.said.append("abandon")


def streamed(monkeypatch: pytest.MonkeyPatch, push: Callable[[BodyStream], None]) -> tuple[TrialResult, list[str]]:
    source = Source()

    def compile_streaming(*_: Any) -> Step:
        def stream(exchange: Exchange) -> None:
            body = BodyStream(source, Clock())
            exchange.response = Response(200, [header(b"Content-Type", b"text/plain")], stream=body)
            asyncio.get_running_loop().call_soon(push, body)

        return stream

    monkeypatch.setattr(rest, "compile_answer", compile_streaming)
    monkeypatch.setattr(trial_run, "TIMEOUT", 0.2)
    return tried(trial(target="/pets/7", headers=[("h1", "1")], body=b'{"name": "x"}')), source.said


def test_a_streamed_response_is_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    def push(body: BodyStream) -> None:
        body.push(b"one, ")
        body.push(b"two")
        body.finish()

    result, said = streamed(monkeypatch, push)

    assert (result.status, result.body) == (200, b"one, two")
    assert "Method response body after transformations: " in lines(result)
    assert said == ["abandon"]


def test_of_a_long_stream_the_first_megabyte_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def push(body: BodyStream) -> None:
        for _ in range(3):
            body.push(bytes(600_000))

    result, said = streamed(monkeypatch, push)

    assert len(result.body) == 1024 * 1024
    assert said[-1] == "abandon"


def test_a_stream_that_does_not_end_is_shown_as_far_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _ = streamed(monkeypatch, lambda body: body.push(b"one, "))

    assert (result.status, result.body) == (200, b"one, ")


def test_nothing_that_comes_in_time_is_status_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "compile_answer", lambda *_: lambda exchange: WAITS)
    monkeypatch.setattr(trial_run, "TIMEOUT", 0.05)

    result = tried(trial(target="/pets/7", headers=[("h1", "1")], body=b'{"name": "x"}'))

    assert (result.status, result.headers, result.body) == (0, [], b"")
    assert lines(result)[-1] == "Request validation succeeded for content type application/json"
