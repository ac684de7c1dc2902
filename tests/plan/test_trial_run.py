"""Methods that are tested as they stand."""

import asyncio
import re
from typing import Any

import pytest

from limen.gateway.errors import PlanError
from limen.plan.snapshot import StageUpdate
from limen.plan.state import WorkerState
from limen.plan.trial import STAGE, Trial, TrialResult
from limen.plan.trial_run import run_trial

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
            stage_name=STAGE,
            revision=1,
            full=True,
            protocol="REST",
            account="000000000000",
            region="us-east-1",
            api={"id": "a1b2c3d4e5", "name": "pets", "_account": "000000000000", "_region": "us-east-1"},
            stage={"stageName": STAGE, "variables": {}},
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
