"""What a test of an authorizer asks a worker for, and what becomes of the answer."""

from limen.control.call import Later
from limen.control.v1.test_authorizer import answer
from limen.plan.trial import AuthorizerTrial, AuthorizerTrialResult
from tests.control.v1.test_authorizers import TOKEN


def test_a_worker_is_asked_with_all_that_it_needs(control):
    api_id = control.api()
    made = control("CreateAuthorizer", restapi_id=api_id, **TOKEN)["id"]
    later = control(
        "TestInvokeAuthorizer",
        restapi_id=api_id,
        authorizer_id=made,
        headers={"Authorization": "a"},
        pathWithQueryString="/x?y=1",
        stageVariables={"v": "1"},
        additionalContext={"k": "2"},
    )
    assert isinstance(later, Later)
    trial = later.trial
    assert isinstance(trial, AuthorizerTrial)
    assert (trial.authorizer_id, trial.target, trial.headers) == (made, "/x?y=1", [("Authorization", "a")])
    assert trial.context == {"k": "2"}
    assert trial.api.stage == {"stageName": "ESTestInvoke-stage", "variables": {"v": "1"}}
    assert list(trial.api.put) == ["Authorizer"]


def test_one_that_is_not_there(control):
    assert control.refuses("TestInvokeAuthorizer", restapi_id=control.api(), authorizer_id="abc123")[1] == 404


def test_what_there_is_not_is_left_out():
    bare = AuthorizerTrialResult(status=401, log="log", latency_ms=3)
    assert answer(bare) == {"clientStatus": 401, "log": "log", "latency": 3}
    full = AuthorizerTrialResult(status=0, log="", latency_ms=3, principal_id="ana", policy="{}", claims={"sub": "1"})
    shown = {"principalId": "ana", "policy": "{}", "claims": {"sub": "1"}}
    assert answer(full) == {"clientStatus": 0, "log": "", "latency": 3} | shown
