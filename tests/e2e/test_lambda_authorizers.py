"""Lambda authorizers of a real `limen serve`: made with boto3, asked and cached over TLS, run by the functions host."""

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda"
FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
GUARD = """
import time
calls = 0

def handler(event, context):
    global calls
    calls += 1
    token = event["authorizationToken"]
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if token == "boom":
        raise Exception("no such token")
    if token == "malformed":
        return {"principalId": "ana"}
    if token == "slow":
        time.sleep(0.7)
    resource = event["methodArn"] if token == "narrow" else event["methodArn"].split("/")[0] + "/*"
    statement = {"Action": "execute-api:Invoke", "Effect": "Deny" if token == "deny" else "Allow", "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    context = {"calls": calls, "vip": True, "asked": str(time.time())}
    return {"principalId": token, "policyDocument": policy, "context": context}

def request(event, context):
    arn = event["methodArn"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn.split("/")[0] + "/*"}
    context = {"type": event["type"], "body": str("body" in event), "tenant": event["headers"].get("X-Tenant", "")}
    return {"principalId": "req", "policyDocument": {"Statement": statement}, "context": context}
"""
NODE_GUARD = """
let calls = 0;
export const handler = async (event) => {
  calls += 1;
  const [user] = event.identitySource ?? [""];
  if (user === "throw") throw new Error("Unauthorized");
  if (user === "boom") throw new Error("boom");
  const context = { user, calls, tags: ["a", "b"], map: { deep: 1 }, keys: Object.keys(event) };
  return { isAuthorized: user !== "deny", context };
};
"""
ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}
"""


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


@pytest.fixture(scope="module")
def server(limen: LimenProcess) -> LimenProcess:
    functions = limen.client("lambda")
    files = {
        "auth-token": ("python3.11", "app.handler", {"app.py": GUARD}),
        "auth-request": ("python3.11", "app.request", {"app.py": GUARD}),
        "auth-echo": ("python3.11", "app.handler", {"app.py": ECHO}),
    }
    if shutil.which("node") is not None:
        files["auth-node"] = ("nodejs20.x", "index.handler", {"index.mjs": NODE_GUARD})
    for name, (runtime, handler, sources) in files.items():
        functions.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": make_zip(sources)},
            Timeout=10,
        )
    return limen


def allow(server: LimenProcess, name: str, api_id: str, below: str) -> None:
    server.client("lambda").add_permission(
        FunctionName=name,
        StatementId=f"s{time.monotonic_ns()}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}/{below}",
    )


class RestApi:
    """One API of which every method asks the same authorizer and tells what its function was told."""

    def __init__(self, server: LimenProcess, function: str = "auth-token", **authorizer: Any) -> None:
        self.server = server
        self.client = server.client("apigateway")
        api = self.client.create_rest_api(name="guarded")
        self.id, root = api["id"], api["rootResourceId"]
        given = {"type": "TOKEN", "identitySource": "method.request.header.Authorization", **authorizer}
        uri = f"{FUNCTIONS}/{arn(function)}/invocations"
        self.authorizer = self.client.create_authorizer(restApiId=self.id, name="guard", authorizerUri=uri, **given)[
            "id"
        ]
        resource = self.client.create_resource(restApiId=self.id, parentId=root, pathPart="{proxy+}")["id"]
        named = {"restApiId": self.id, "resourceId": resource, "httpMethod": "ANY"}
        self.client.put_method(**named, authorizationType="CUSTOM", authorizerId=self.authorizer)
        self.client.put_integration(
            **named,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"{FUNCTIONS}/{arn('auth-echo')}/invocations",
        )
        allow(server, "auth-echo", self.id, "*/*")
        self.client.create_deployment(restApiId=self.id, stageName="prod")
        group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:access-{self.id}"
        self.client.update_stage(
            restApiId=self.id,
            stageName="prod",
            patchOperations=[
                {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"},
                {"op": "replace", "path": "/*/*/logging/dataTrace", "value": "true"},
                {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": group},
                {"op": "replace", "path": "/accessLogSettings/format", "value": LOG_FORMAT},
            ],
        )
        self.caller = server.caller(self.id)

    def permit(self, function: str = "auth-token") -> None:
        allow(self.server, function, self.id, f"authorizers/{self.authorizer}")

    def get(self, token: str | None, path: str = "/pets") -> Answer:
        return self.caller.send("GET", f"/prod{path}", {} if token is None else {"authorization": token})

    def execution_log(self) -> str:
        file = self.server.data_directory / f"logs/API-Gateway-Execution-Logs_{self.id}/prod.log"
        return file.read_text() if file.exists() else ""

    def access_log(self) -> list[Any]:
        file = self.server.data_directory / f"logs/access-{self.id}.log"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


LOG_FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "principal": "$context.authorizer.principalId",
        "vip": "$context.authorizer.vip",
        "status": "$context.authorizer.status",
        "lambda": "$context.authorizer.integrationStatus",
        "error": "$context.authorizer.error",
        "type": "$context.error.responseType",
    }
)


@pytest.fixture(scope="module")
def rest(server: LimenProcess) -> Iterator[RestApi]:
    made = RestApi(server)
    before = made.get("allow")
    assert (before.status, before.body) == (500, b'{"message":null}')
    made.permit()
    wait_until(lambda: made.get("allow").status == 200, 5, lambda: "the permission does not count")
    yield made


def test_a_token_is_asked_about_once_and_its_answer_reaches_the_function(rest: RestApi) -> None:
    first, second = rest.get("ana").json, rest.get("ana", "/other").json
    assert (first["principalId"], first["vip"], first["calls"]) == ("ana", "true", second["calls"])
    assert isinstance(first["integrationLatency"], int) and second["integrationLatency"] == 0


@pytest.mark.parametrize(
    ("token", "status", "body", "error_type"),
    [
        (None, 401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
        ("unauthorized", 401, b'{"message":"Unauthorized"}', "UnauthorizedException"),
        ("boom", 500, b'{"message":null}', "AuthorizerConfigurationException"),
        ("malformed", 500, b'{"message":null}', "AuthorizerConfigurationException"),
    ],
)
def test_who_may_not_pass_reads_why(
    rest: RestApi, token: str | None, status: int, body: bytes, error_type: str
) -> None:
    answer = rest.get(token)
    assert (answer.status, answer.body, answer.header("x-amzn-errortype")) == (status, body, error_type)


def test_a_denial_names_itself(rest: RestApi) -> None:
    answer = rest.get("deny")
    assert answer.status == 403
    assert answer.json["Message"].startswith("User is not authorized to access this resource with an explicit deny")
    assert answer.header("x-amzn-errortype") == "AccessDeniedException"


def test_a_cached_policy_of_one_method_denies_the_others(rest: RestApi) -> None:
    assert rest.get("narrow", "/one").status == 200
    refused = rest.get("narrow", "/two")
    assert (refused.status, refused.json) == (403, {"Message": "User is not authorized to access this resource"})


def test_concurrent_requests_ask_once_for_each_worker(rest: RestApi) -> None:
    def ask(number: int) -> Any:
        return rest.server.caller(rest.id).send("GET", f"/prod/p{number}", {"Authorization": "slow"}).json["asked"]

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) <= len(rest.server.worker_pids())


def test_a_flush_makes_the_next_request_ask(rest: RestApi) -> None:
    asked = rest.get("flushed").json["asked"]
    assert rest.get("flushed").json["asked"] == asked
    for _ in range(2):
        rest.client.flush_stage_authorizers_cache(restApiId=rest.id, stageName="prod")
        again = rest.get("flushed").json["asked"]
        assert again != asked
        asked = again


def test_a_gateway_response_is_used(rest: RestApi) -> None:
    other = RestApi(rest.server)
    other.permit()
    other.client.put_gateway_response(
        restApiId=other.id,
        responseType="UNAUTHORIZED",
        statusCode="401",
        responseParameters={"gatewayresponse.header.WWW-Authenticate": "'Bearer'"},
        responseTemplates={
            "application/json": '{"who":"$context.authorizer.principalId","why":$context.error.messageString}'
        },
    )
    other.client.put_gateway_response(restApiId=other.id, responseType="ACCESS_DENIED", statusCode="404")
    other.client.create_deployment(restApiId=other.id, stageName="prod")
    answer = other.get("unauthorized")
    assert (answer.status, answer.json) == (401, {"who": "", "why": "Unauthorized"})
    assert answer.header("www-authenticate") == "Bearer"
    assert other.get("deny").status == 404


def test_logs_tell_what_happened(rest: RestApi) -> None:
    token = "a-token-of-some-length"
    answer = rest.get(token)
    request_id = answer.header("x-amzn-requestid")
    assert request_id is not None

    def entry() -> Any:
        return next((each for each in rest.access_log() if each["id"] == request_id), None)

    wait_until(lambda: entry() is not None, 5, lambda: "no access log")
    assert entry() == {
        "id": request_id,
        "principal": token,
        "vip": "true",
        "status": "200",
        "lambda": "200",
        "error": "-",
        "type": "-",
    }
    wait_until(
        lambda: f"({request_id}) Successfully completed execution" in rest.execution_log(), 5, rest.execution_log
    )
    lines = [line for line in rest.execution_log().splitlines() if request_id in line]
    log = "\n".join(lines)
    for text in (
        f"Starting authorizer: {rest.authorizer} for request: {request_id}",
        "Incoming identity: ****************length",
        "Authorizer result body before parsing: {",
        "Using valid authorizer policy for principal: ****************length",
        "Successfully completed authorizer execution",
    ):
        assert text in log, log
    sent = [line for line in lines if "Method request headers" in line or '"type":"TOKEN"' in line]
    assert len(sent) == 2
    assert token not in "\n".join(sent)


def test_a_request_authorizer_sees_the_request(server: LimenProcess) -> None:
    made = RestApi(
        server,
        "auth-request",
        type="REQUEST",
        identitySource="method.request.header.X-Tenant, method.request.querystring.q",
    )
    made.permit("auth-request")
    assert made.caller.send("GET", "/prod/a?q=1").status == 401
    answer = made.caller.send("POST", "/prod/a?q=1", {"X-Tenant": "red"}, b"hello")
    assert answer.json["type"] == "REQUEST"
    assert (answer.json["tenant"], answer.json["body"]) == ("red", "False")


def test_an_authorizer_is_tested_before_it_is_used(rest: RestApi) -> None:
    named = {"restApiId": rest.id, "authorizerId": rest.authorizer}
    tried = rest.client.test_invoke_authorizer(**named, headers={"Authorization": "narrow"})
    assert (tried["clientStatus"], tried["principalId"]) == (0, "narrow")
    [statement] = json.loads(tried["policy"])["Statement"]
    assert statement["Resource"] == f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{rest.id}/ESTestInvoke-stage/GET/"
    assert "Successfully completed authorizer execution" in tried["log"]
    refused = rest.client.test_invoke_authorizer(**named, headers={"Authorization": "unauthorized"})
    assert refused["clientStatus"] == 401
    assert "policy" not in refused


# --- HTTP APIs


class HttpApi:
    """`GET /a`, `GET /b` behind one authorizer."""

    def __init__(self, server: LimenProcess, function: str, **authorizer: Any) -> None:
        self.server = server
        self.client = server.client()
        self.id = self.client.create_api(Name="guarded", ProtocolType="HTTP")["ApiId"]
        given = {"AuthorizerPayloadFormatVersion": "2.0", "IdentitySource": ["$request.header.X-User"], **authorizer}
        self.authorizer = self.client.create_authorizer(
            ApiId=self.id,
            Name="guard",
            AuthorizerType="REQUEST",
            AuthorizerUri=f"{FUNCTIONS}/{arn(function)}/invocations",
            **given,
        )["AuthorizerId"]
        integration = self.client.create_integration(
            ApiId=self.id, IntegrationType="AWS_PROXY", IntegrationUri=arn("auth-echo"), PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for path in ("/a", "/b"):
            self.client.create_route(
                ApiId=self.id,
                RouteKey=f"GET {path}",
                Target=f"integrations/{integration}",
                AuthorizationType="CUSTOM",
                AuthorizerId=self.authorizer,
            )
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        allow(server, "auth-echo", self.id, "*")
        allow(server, function, self.id, f"authorizers/{self.authorizer}")
        self.caller = server.caller(self.id)

    def get(self, user: str | None, path: str = "/a") -> Answer:
        return self.caller.send("GET", path, {} if user is None else {"x-user": user})


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="no node")


@needs_node
def test_simple_responses(server: LimenProcess) -> None:
    api = HttpApi(server, "auth-node", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=60)
    first, other = api.get("ana").json["lambda"], api.get("ana", "/b").json["lambda"]
    assert (first["user"], first["tags"], first["map"]) == ("ana", ["a", "b"], {"deep": 1})
    assert first["calls"] == other["calls"]
    assert first["keys"][:4] == ["version", "type", "routeArn", "identitySource"]
    assert (api.get(None).status, api.get(None).json) == (401, {"message": "Unauthorized"})
    assert (api.get("deny").status, api.get("deny").json) == (403, {"message": "Forbidden"})
    assert (api.get("throw").status, api.get("boom").status) == (401, 500)
    assert api.get("boom").json == {"message": "Internal Server Error"}
    api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")
    assert api.get("ana").json["lambda"]["calls"] > first["calls"]


@needs_node
def test_the_route_key_keeps_answers_apart(server: LimenProcess) -> None:
    sources = ["$request.header.X-User", "$context.routeKey"]
    api = HttpApi(
        server, "auth-node", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=60, IdentitySource=sources
    )
    calls = [api.get("ana", path).json["lambda"]["calls"] for path in ("/a", "/b", "/a", "/b")]
    assert calls[0] != calls[1]
    assert calls[:2] == calls[2:]


def test_policies_in_format_1(server: LimenProcess) -> None:
    api = HttpApi(server, "auth-token", AuthorizerPayloadFormatVersion="1.0")
    first, second = api.get("ana").json["lambda"], api.get("ana").json["lambda"]
    assert first["vip"] is True
    assert second["calls"] != first["calls"]
    assert api.get("deny").status == 403


def test_an_explanation_names_the_authorizer_and_the_statement(rest: RestApi) -> None:
    server = rest.server
    server.command("explain", "--on", f"{rest.id}/prod")
    try:
        rest.get("explained")
        request_id = rest.get("explained").header("x-amzn-requestid")
        assert request_id is not None
        shown = server.command("explain", request_id).stdout
        assert f"authorizer 'guard' ({rest.authorizer}, TOKEN)" in shown
        assert "allowed by an answer kept for" in shown
        assert "Effect: Allow" in shown
    finally:
        server.command("explain", "--off", f"{rest.id}/prod")
