"""Functions behind a REST API of a real `limen serve`: made with boto3, called over TLS, run by the functions host."""

import json
import shutil
import time
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

import pytest

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda"
FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
STREAMS = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions"
PETS = """
import json, time
seen = []
def handler(event, context):
    if not isinstance(event, dict) or "requestContext" not in event:
        if isinstance(event, dict) and event.get("raise"):
            raise ValueError("no such pet: " + event["raise"])
        seen.append(event)
        return {"given": event, "seen": len(seen)}
    asked = (event["queryStringParameters"] or {}).get("do")
    if asked == "raise":
        raise ValueError("as asked")
    if asked == "wait":
        time.sleep(1.5)
    if asked == "malformed":
        return {"status": 200}
    if asked == "binary":
        return {"body": "/wD/", "isBase64Encoded": True, "headers": {"Content-Type": "image/png"}}
    return {
        "statusCode": 201,
        "headers": {"Content-Type": "application/json", "X-Version": context.function_version},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": json.dumps(event),
    }
"""
STREAMING = """
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const http = awslambda.HttpResponseStream.from(stream, {statusCode: 202, headers: {"X-A": "b"}, cookies: ["c=d"]});
  for (let part = 0; part < 5; part++) {
    http.write(`part ${part} `);
    await new Promise((resolve) => setTimeout(resolve, 60));
    if (event.queryStringParameters?.do === "raise" && part === 1) throw new Error("as asked");
  }
  http.end();
});
"""


class Api:
    """One REST API whose methods call functions, deployed to `prod`."""

    def __init__(self, limen: LimenProcess) -> None:
        self.limen = limen
        self.client = limen.client("apigateway")
        self.functions = limen.client("lambda")
        created = self.client.create_rest_api(name="pets", binaryMediaTypes=["image/png"])
        self.id = created["id"]
        self.root = created["rootResourceId"]
        self.resources = {"/": self.root}
        self.server = limen.caller(self.id)

    def put(
        self, path: str, verb: str, uri: str, responses: dict[str, dict[str, Any]] | None = None, **members: Any
    ) -> None:
        if path not in self.resources:
            part = path.removeprefix("/")
            created = self.client.create_resource(restApiId=self.id, parentId=self.root, pathPart=part)
            self.resources[path] = created["id"]
        named = {"restApiId": self.id, "resourceId": self.resources[path], "httpMethod": verb}
        self.client.put_method(**named, authorizationType="NONE")
        given = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", **members}
        self.client.put_integration(**named, uri=uri, **given)
        for code, response in (responses or {}).items():
            self.client.put_method_response(**named, statusCode=code)
            self.client.put_integration_response(**named, statusCode=code, **response)

    def allow(self, function: str, source: str = "*/*", **members: Any) -> None:
        self.functions.add_permission(
            FunctionName=function,
            StatementId=f"s{time.monotonic_ns()}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{self.id}/{source}",
            **members,
        )

    def deploy(self, **variables: str) -> None:
        self.client.create_deployment(restApiId=self.id, stageName="prod", variables=variables)

    def call(self, verb: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        return self.server.send(verb, f"/prod{path}", headers, body)

    def log(self) -> str:
        return (self.limen.data_directory / f"logs/API-Gateway-Execution-Logs_{self.id}/prod.log").read_text()


def arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


@pytest.fixture(scope="module")
def api(limen: LimenProcess) -> Iterator[Api]:
    made = Api(limen)
    for name in ("rest-pets", "rest-forbidden"):
        made.functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="app.handler",
            Role=ROLE,
            Code={"ZipFile": make_zip({"app.py": PETS})},
            Timeout=10,
        )
    made.functions.publish_version(FunctionName="rest-pets")
    made.functions.create_alias(FunctionName="rest-pets", Name="live", FunctionVersion="1")
    made.allow("rest-pets")
    made.allow("rest-pets", Qualifier="live")
    made.put("/{proxy+}", "ANY", f"{FUNCTIONS}/{arn('rest-pets')}/invocations")
    made.put("/alias", "GET", f"{FUNCTIONS}/{arn('rest-pets')}:${{stageVariables.alias}}/invocations")
    made.put("/slow", "GET", f"{FUNCTIONS}/{arn('rest-pets')}/invocations", timeoutInMillis=500)
    made.put("/forbidden", "GET", f"{FUNCTIONS}/{arn('rest-forbidden')}/invocations")
    made.put("/nobody", "GET", f"{FUNCTIONS}/{arn('rest-nobody')}/invocations")
    made.put(
        "/custom",
        "POST",
        f"{FUNCTIONS}/{arn('rest-pets')}/invocations",
        {
            "200": {},
            "404": {
                "selectionPattern": "no such.*",
                "responseTemplates": {"application/json": "$input.path('$.errorType')"},
            },
        },
        type="AWS",
        requestTemplates={"application/json": '{"raise": "$input.params(\'raise\')"}'},
    )
    made.put(
        "/event",
        "POST",
        f"{FUNCTIONS}/{arn('rest-pets')}/invocations",
        {"200": {}},
        type="AWS",
        requestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
    )
    made.deploy(alias="live")
    made.client.update_stage(
        restApiId=made.id,
        stageName="prod",
        patchOperations=[{"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}],
    )
    yield made


def test_a_request_becomes_an_event_and_what_is_returned_the_response(api: Api) -> None:
    answer = api.call("PATCH", "/a%20b/c?x=1&x=2", {"Accept": "*/*", "X-Mine": "7"}, b'{"name": "Rex"}')
    event = answer.json

    assert answer.status == 201
    assert answer.header("X-Version") == "$LATEST"
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/{proxy+}", "/a%20b/c", "PATCH")
    assert event["pathParameters"] == {"proxy": "a%20b/c"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["X-Mine"] == "7"
    assert event["body"] == '{"name": "Rex"}'
    assert event["requestContext"]["requestId"] == answer.header("x-amzn-RequestId")
    assert event["requestContext"]["stage"] == "prod"
    assert event["requestContext"]["deploymentId"]


def test_an_alias_is_chosen_by_stage_variable(api: Api) -> None:
    assert api.call("GET", "/alias").header("X-Version") == "1"


def test_binary_bodies_go_in_and_out(api: Api) -> None:
    sent = api.call("POST", "/x", {"Content-Type": "image/png"}, b"\xff\x00\xff").json

    assert (sent["body"], sent["isBase64Encoded"]) == ("/wD/", True)
    assert api.call("GET", "/x?do=binary", {"Accept": "image/png"}).body == b"\xff\x00\xff"
    assert api.call("GET", "/x?do=binary", {"Accept": "text/html"}).body == b"/wD/"


@pytest.mark.parametrize(
    ("path", "status", "line"),
    [
        ("/x?do=raise", 502, "customer function error: as asked. Lambda request id: "),
        ("/x?do=malformed", 502, "Execution failed due to configuration error: Malformed Lambda proxy response"),
        ("/slow?do=wait", 504, "Execution failed due to a timeout error"),
        ("/forbidden", 500, "Execution failed due to configuration error: Invalid permissions on Lambda function"),
        ("/nobody", 500, f"Execution failed due to configuration error: Function not found: {arn('rest-nobody')}"),
    ],
)
def test_failures_are_answered_and_logged_as_api_gateway_does(api: Api, path: str, status: int, line: str) -> None:
    answer = api.call("GET", path)

    assert answer.status == status
    assert "message" in answer.json
    request_id = f"({answer.header('x-amzn-RequestId')})"
    wait_until(lambda: "Method completed" in of_request(api, request_id), 10, api.log)
    assert line in of_request(api, request_id)


def of_request(api: Api, request_id: str) -> str:
    return "\n".join(line for line in api.log().splitlines() if request_id in line)


def test_an_error_message_selects_the_response(api: Api) -> None:
    assert api.call("POST", "/custom?raise=Rex", body=b"{}").status == 404
    assert api.call("POST", "/custom?raise=Rex", body=b"{}").body == b"ValueError"
    assert api.call("POST", "/custom", body=b"{}").json["given"] == {"raise": ""}


def test_a_function_is_called_without_waiting_for_it(api: Api) -> None:
    answer = api.call("POST", "/event", body=b'{"later": 1}')

    assert (answer.status, answer.body) == (200, b"")


def test_a_permission_that_is_given_is_in_force_at_once(api: Api) -> None:
    api.functions.create_function(
        FunctionName="rest-late",
        Runtime="python3.11",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": make_zip({"app.py": PETS})},
    )
    api.put("/late", "GET", f"{FUNCTIONS}/{arn('rest-late')}/invocations")
    api.deploy(alias="live")
    assert api.call("GET", "/late").status == 500

    api.allow("rest-late", "other/GET/late")
    assert api.call("GET", "/late").status == 500
    api.allow("rest-late", "prod/GET/late")
    assert api.call("GET", "/late").status == 201


def test_a_method_is_tested_with_its_function(api: Api) -> None:
    named = {"restApiId": api.id, "resourceId": api.resources["/{proxy+}"], "httpMethod": "ANY"}
    answer = api.client.test_invoke_method(**named, pathWithQueryString="/a/b?x=1", headers={"X-Mine": "7"})
    event = json.loads(answer["body"])

    assert answer["status"] == 201
    assert event["headers"] == {"X-Mine": "7"}
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["requestContext"]["identity"]["apiKey"] == "test-invoke-api-key"
    url = f"https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/{arn('rest-pets')}/invocations"
    assert f"Endpoint request URI: {url}" in answer["log"]
    assert f"X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/test-invoke-stage/ANY/" in answer["log"]
    assert "Successfully completed execution" in answer["log"]


@pytest.mark.skipif(shutil.which("node") is None, reason="streaming handlers are of Node.js, which is not here")
def test_a_response_is_streamed_as_it_is_made(api: Api) -> None:
    api.functions.create_function(
        FunctionName="rest-stream",
        Runtime="nodejs20.x",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": make_zip({"app.mjs": STREAMING})},
    )
    api.allow("rest-stream")
    uri = f"{STREAMS}/{arn('rest-stream')}/response-streaming-invocations"
    api.put("/stream", "GET", uri, responseTransferMode="STREAM")
    api.deploy(alias="live")
    answer = api.call("GET", "/stream")

    assert (answer.status, answer.header("X-A"), answer.header("Set-Cookie")) == (202, "b", "c=d")
    assert answer.header("Transfer-Encoding") == "chunked"
    assert answer.body == b"part 0 part 1 part 2 part 3 part 4 "
    with pytest.raises((OSError, HTTPException)):
        api.call("GET", "/stream?do=raise")
