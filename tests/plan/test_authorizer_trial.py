"""Authorizers that are tested as they stand."""

import asyncio
from typing import Any

import pytest

from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.errors import PlanError
from limen.plan.authorizer_trial import run_authorizer_trial
from limen.plan.snapshot import StageUpdate
from limen.plan.state import WorkerState
from limen.plan.trial import AUTHORIZER_TEST_STAGE, AuthorizerTrial, AuthorizerTrialResult
from tests.features.authorizers.asking import REQUEST, TOKEN, URI, Functions, failed, policy

ARN = "arn:aws:execute-api:us-east-1:000000000000:api1/ESTestInvoke-stage/GET/"


def try_out(
    output: Any, authorizer: dict[str, Any] = TOKEN, functions: Functions | None = None, **given: Any
) -> AuthorizerTrialResult:
    api = {"id": "api1", "name": "pets", "_account": "000000000000", "_region": "us-east-1"}
    update = StageUpdate(
        api_id="api1",
        stage_name=AUTHORIZER_TEST_STAGE,
        revision=1,
        full=True,
        protocol="REST",
        account="000000000000",
        region="us-east-1",
        api=api,
        stage={"stageName": AUTHORIZER_TEST_STAGE, "variables": {}},
        put={"Authorizer": {"au1": {"id": "au1", "name": "mine", "authorizerUri": URI, **authorizer}}},
    )
    given = {"authorizer_id": "au1", "target": "/", "headers": [("Authorization", "a-secret-token-of-mine")], **given}
    state = WorkerState.dry()
    state.authorizers = AuthorizerTools(functions or Functions(output))

    async def main() -> AuthorizerTrialResult:
        return await run_authorizer_trial(AuthorizerTrial(api=update, **given), state)

    result = asyncio.run(main())
    assert len(state.authorizers.answers) == 0
    return result


def lines(result: AuthorizerTrialResult) -> list[str]:
    return [line.partition(" : ")[2] or line for line in result.log.splitlines()]


def test_an_allowing_policy_is_shown_with_its_log() -> None:
    functions = Functions(policy(resource=ARN))
    result = try_out(None, functions=functions)
    assert (result.status, result.principal_id) == (0, "ana")
    assert '"Effect":"Allow"' in result.policy
    assert functions.calls[0].arn == ARN
    first, started, identity, *_, using, completed = lines(result)
    request_id = first.rpartition(" ")[2]
    assert started == f"Starting authorizer: au1 for request: {request_id}"
    assert identity == "Incoming identity: ****************f-mine"
    assert (using, completed) == (
        "Using valid authorizer policy for principal: ***",
        "Successfully completed authorizer execution",
    )


def test_a_denial_is_a_success() -> None:
    result = try_out(policy("Deny", ARN))
    assert (result.status, result.principal_id) == (0, "ana")
    assert '"Effect":"Deny"' in result.policy


@pytest.mark.parametrize(("output", "status"), [(failed("Unauthorized"), 401), (failed("boom"), 500), ([], 500)])
def test_what_fails_says_what_a_client_would_have_read(output: Any, status: int) -> None:
    result = try_out(output)
    assert (result.status, result.principal_id, result.policy) == (status, "", "")
    if status == 500:
        assert lines(result)[-1] == "AuthorizerConfigurationException"
        assert lines(result)[-2].startswith("Execution failed due to configuration error: authorizer 'mine' (au1): ")


def test_a_token_that_is_not_there_is_refused() -> None:
    assert try_out(policy(), headers=[]).status == 401


def test_additional_context_stands_in_for_what_the_context_has() -> None:
    functions = Functions(policy(resource="*"))
    result = try_out(None, REQUEST | {"identitySource": "context.tenant"}, functions, context={"tenant": "red"})
    assert result.status == 0
    assert functions.calls[0].identity == ["red"]


def test_one_that_cannot_be_built_says_why() -> None:
    with pytest.raises(PlanError, match="no identity source"):
        try_out(policy(), {"type": "TOKEN"})
    with pytest.raises(PlanError, match="no authorizer au2"):
        try_out(policy(), authorizer_id="au2")
