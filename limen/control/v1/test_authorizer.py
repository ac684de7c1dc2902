"""TestInvokeAuthorizer: an authorizer run as it stands, used by a method or not, by a worker."""

from typing import Any

from limen.control.call import Call, Later
from limen.control.v1.documents import find_child, find_rest_api
from limen.control.v1.test_invoke import headers_of
from limen.plan.snapshot import StageUpdate
from limen.plan.trial import AUTHORIZER_TEST_STAGE, AuthorizerTrial, AuthorizerTrialResult


def test_invoke_authorizer(call: Call, members: dict[str, Any]) -> Later:
    api = find_rest_api(call, members["restapi_id"])
    authorizer = find_child(call, "Authorizer", members, members["authorizer_id"])
    update = StageUpdate(
        api_id=api["id"],
        stage_name=AUTHORIZER_TEST_STAGE,
        revision=call.documents.revision,
        full=True,
        protocol="REST",
        account=call.aws.account,
        region=call.aws.region,
        api=api,
        stage={"stageName": AUTHORIZER_TEST_STAGE, "variables": members.get("stageVariables") or {}},
        put={"Authorizer": {authorizer["id"]: authorizer}},
    )
    trial = AuthorizerTrial(
        api=update,
        authorizer_id=authorizer["id"],
        target=members.get("pathWithQueryString") or "/",
        headers=headers_of(members),
        body=(members.get("body") or "").encode(),
        context=members.get("additionalContext") or {},
    )
    return Later(trial, answer)


def answer(result: AuthorizerTrialResult) -> dict[str, Any]:
    """What a worker found, as AWS shows it."""
    shown: dict[str, Any] = {"clientStatus": result.status, "log": result.log, "latency": result.latency_ms}
    optional = {"principalId": result.principal_id, "policy": result.policy, "claims": result.claims}
    return shown | {name: value for name, value in optional.items() if value}
