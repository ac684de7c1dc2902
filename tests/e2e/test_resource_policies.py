"""Resource policies of a real `limen serve`: set with boto3, enforced over TLS from the next deployment on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:policy-guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
GUARD = """
def handler(event, context):
    says = event["authorizationToken"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny" if says == "deny" else "Allow", "Resource": "*"}
    if says == "neither":
        statement["Resource"] = "arn:aws:execute-api:*:*:other/*"
    return {"principalId": "ana", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
HERE, ELSEWHERE = ["127.0.0.0/8", "::1"], "192.0.2.0/24"


class Api:
    """Methods GET of `/` and of `/open`, which a mock answers."""

    def __init__(self, server: LimenProcess, **method: Any) -> None:
        self.server, self.client = server, server.client("apigateway")
        made = self.client.create_rest_api(name="policies")
        self.id, root = made["id"], made["rootResourceId"]
        below = self.client.create_resource(restApiId=self.id, parentId=root, pathPart="open")["id"]
        for resource in (root, below):
            self.add_method(resource, **method)
        self.root = root
        self.deploy()

    def add_method(self, resource: str, **method: Any) -> None:
        named = {"restApiId": self.id, "resourceId": resource, "httpMethod": "GET"}
        self.client.put_method(**named, **{"authorizationType": "NONE", **method})
        self.client.put_integration(**named, type="MOCK", requestTemplates={"application/json": '{"statusCode":200}'})
        self.client.put_method_response(**named, statusCode="200")
        self.client.put_integration_response(**named, statusCode="200")

    def put_policy(self, *statements: dict[str, Any]) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        changes = [{"op": "replace", "path": "/policy", "value": policy}]
        self.client.update_rest_api(restApiId=self.id, patchOperations=changes)

    def deploy(self) -> None:
        self.client.create_deployment(restApiId=self.id, stageName="prod")

    def get(self, path: str = "/", **headers: str) -> Answer:
        return self.server.caller(self.id).send("GET", f"/prod{path}", headers)

    def wait_for(self, status: int, path: str = "/", **headers: str) -> Answer:
        wait_until(lambda: self.get(path, **headers).status == status, 5, lambda: str(self.get(path, **headers)))
        return self.get(path, **headers)


@pytest.fixture(scope="module")
def api(limen: LimenProcess) -> Api:
    return Api(limen)


def only(condition: dict[str, Any], effect: str = "Allow") -> dict[str, Any]:
    return {**ALLOW, "Effect": effect, "Condition": condition}


def time_window(before: timedelta, after: timedelta) -> dict[str, Any]:
    now = datetime.now(UTC)
    stamps = [(now + each).strftime("%Y-%m-%dT%H:%M:%SZ") for each in (before, after)]
    return {"DateGreaterThan": {"aws:CurrentTime": stamps[0]}, "DateLessThan": {"aws:CurrentTime": stamps[1]}}


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("statements", "status"),
    [
        (lambda: [only({"IpAddress": {"aws:SourceIp": HERE}})], 200),
        (lambda: [only({"IpAddress": {"aws:SourceIp": ELSEWHERE}})], 403),
        (lambda: [ALLOW, only({"IpAddress": {"aws:SourceIp": HERE}}, "Deny")], 403),
        (lambda: [ALLOW, only({"NotIpAddress": {"aws:SourceIp": HERE}}, "Deny")], 200),
        (lambda: [only(time_window(-HOUR, HOUR))], 200),
        (lambda: [only(time_window(HOUR, 2 * HOUR))], 403),
        (lambda: [only({"StringLike": {"aws:UserAgent": "limen-test/*"}})], 200),
        (lambda: [{**ALLOW, "Principal": {"AWS": ACCOUNT}}], 403),
        (lambda: [{**ALLOW, "Resource": "execute-api:/prod/GET/"}], 200),
        (lambda: [{**ALLOW, "Resource": "execute-api:/prod/GET/open"}], 403),
        (lambda: [ALLOW, only({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, "Deny")], 403),
    ],
)
def test_lists_windows_and_keys(api: Api, statements: Callable[[], list[dict[str, Any]]], status: int) -> None:
    api.put_policy(*statements())
    api.deploy()
    api.wait_for(status, **{"User-Agent": "limen-test/1"})


def test_a_policy_counts_from_the_next_deployment_on(limen: LimenProcess) -> None:
    api = Api(limen)
    api.wait_for(200)
    api.put_policy({**ALLOW, "Effect": "Deny"})
    assert api.get().status == 200
    api.deploy()
    refused = api.wait_for(403)
    assert refused.header("x-amzn-errortype") == "AccessDeniedException"
    assert refused.body == (
        b'{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: '
        b'arn:aws:execute-api:us-east-1:********0000:%s/prod/GET/ with an explicit deny"}' % api.id.encode()
    )


def test_which_statement_decided_is_explained(limen: LimenProcess) -> None:
    api = Api(limen)
    api.put_policy(ALLOW, {**ALLOW, "Sid": "shut", "Effect": "Deny", "Resource": "execute-api:/prod/GET/open"})
    level = [{"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}]
    api.client.update_stage(restApiId=api.id, stageName="prod", patchOperations=level)
    api.deploy()
    refused = api.wait_for(403, "/open")
    log = limen.data_directory / f"logs/API-Gateway-Execution-Logs_{api.id}/prod.log"
    told = "Resource policy: statement 1 (shut) decides on"
    wait_until(lambda: log.exists() and told in log.read_text(), 5, lambda: "nothing is logged")
    assert "with an explicit deny" in log.read_text()
    assert refused.status == 403
    overriding = api.server.caller(api.id).send("POST", "/prod/open", {"X-HTTP-Method-Override": "GET"})
    assert (overriding.status, overriding.header("x-amzn-errortype")) == (403, "AccessDeniedException")
    assert api.get().status == 200


@pytest.mark.parametrize(
    "elements",
    [
        {"Effect": "allow"},
        {"Principal": {"AWS": "nobody"}},
        {"Resource": "/open"},
        {"Condition": {"Like": {"aws:SourceIp": "1"}}},
        {"Condition": {"IpAddress": {"aws:SourceIp": "300.0.0.1"}}},
    ],
)
def test_a_policy_that_is_none_is_refused(api: Api, elements: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        api.put_policy({**ALLOW, **elements})
    assert refused.value.response["Error"] == {
        "Code": "BadRequestException",
        "Message": "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
    }


@pytest.fixture(scope="module")
def guarded(limen: LimenProcess) -> Api:
    functions = limen.client("lambda")
    functions.create_function(
        FunctionName="policy-guard",
        Runtime="python3.11",
        Handler="app.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/lambda",
        Code={"ZipFile": make_zip({"app.py": GUARD})},
    )
    functions.add_permission(
        FunctionName="policy-guard",
        StatementId="apis",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    api = Api(limen)
    authorizer = api.client.create_authorizer(
        restApiId=api.id,
        name="guard",
        type="TOKEN",
        authorizerUri=URI,
        identitySource="method.request.header.Authorization",
    )
    below = api.client.create_resource(restApiId=api.id, parentId=api.root, pathPart="guarded")["id"]
    api.add_method(below, authorizationType="CUSTOM", authorizerId=authorizer["id"])
    return api


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        ([ALLOW], {"allow": 200, "neither": 200, "deny": 403}),
        ([{**ALLOW, "Resource": "execute-api:/other/*"}], {"allow": 200, "neither": 403, "deny": 403}),
        ([ALLOW, {**ALLOW, "Effect": "Deny"}], {"allow": 403, "neither": 403, "deny": 403}),
    ],
)
def test_a_function_and_a_policy_decide_together(
    guarded: Api, policy: list[dict[str, Any]], outcomes: dict[str, int]
) -> None:
    guarded.put_policy(*policy)
    guarded.deploy()
    guarded.wait_for(403 if len(policy) > 1 or "other" in policy[0]["Resource"] else 200)
    for token, status in outcomes.items():
        assert guarded.get("/guarded", Authorization=token).status == status
    if len(policy) == 1:
        assert guarded.get("/guarded").status == 401
