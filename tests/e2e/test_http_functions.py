"""Lambda functions behind HTTP APIs of a real `limen serve`: made with boto3, called over TLS, really run."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/lambda"
CODE = """
import base64, json, time

def echo(event, context):
    return event

def answer(event, context):
    return json.loads(base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"])

def fail(event, context):
    raise ValueError("no such pet")

def hang(event, context):
    time.sleep(20)
"""
LOG_FORMAT = json.dumps(
    {
        "id": "$context.requestId",
        "status": "$context.status",
        "error": "$context.integrationErrorMessage",
        "function": "$context.integration.status",
        "lambda": "$context.integration.integrationStatus",
        "invocation": "$context.integration.requestId",
        "type": "$context.error.responseType",
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path_factory.mktemp("http-functions"))
    functions = running.client("lambda")
    for name in ("echo", "answer", "fail", "hang", "secret"):
        handler = "echo" if name == "secret" else name
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler=f"app.{handler}",
            Role=ROLE,
            Code={"ZipFile": make_zip({"app.py": CODE})},
            Timeout=30,
        )
    yield running
    running.stop()


def arn_of(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def allow(server: LimenProcess, name: str, api_id: str, below: str, **members: str) -> None:
    server.client("lambda").add_permission(
        FunctionName=name,
        StatementId=f"by-{api_id}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api_id}/{below}",
        **members,
    )


def quick_create(server: LimenProcess, name: str, *, is_allowed: bool = True) -> str:
    """The guide's way: `create-api --target`, `add-permission`."""
    created = server.client().create_api(Name=name, ProtocolType="HTTP", Target=arn_of(name))
    if is_allowed:
        allow(server, name, created["ApiId"], "*/$default")
    return str(created["ApiId"])


def route(server: LimenProcess, api_id: str, key: str, name: str, **members: Any) -> None:
    client = server.client()
    integration = client.create_integration(
        ApiId=api_id,
        **{"IntegrationType": "AWS_PROXY", "IntegrationUri": arn_of(name), "PayloadFormatVersion": "2.0", **members},
    )
    client.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")


def entry(server: LimenProcess, api_id: str, caller: Client, method: str = "GET", path: str = "/") -> Any:
    """The answer to a request, and what the access log says of it."""
    logged = server.directory / f"data/logs/{api_id}.log"
    answer = caller.send(method, path)
    request_id = answer.header("apigw-requestid")
    found: list[Any] = []

    def is_logged() -> bool:
        lines = logged.read_text().splitlines() if logged.exists() else []
        found[:] = [line for line in map(json.loads, lines) if line["id"] == request_id]
        return bool(found)

    wait_until(is_logged, 5, lambda: f"{request_id} is not in {logged}")
    return answer, found[0]


def log_accesses(server: LimenProcess, api_id: str) -> None:
    server.client().update_stage(
        ApiId=api_id,
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{api_id}",
            "Format": LOG_FORMAT,
        },
    )


def test_a_function_is_called_as_the_target_of_an_api(server: LimenProcess) -> None:
    api_id = quick_create(server, "echo")
    caller = server.caller(api_id)

    answer = caller.send(
        "POST", "/pets/caf%C3%A9?x=1&x=2", {"Cookie": "a=b; c=d", "Content-Type": "application/json"}, b'{"n": 1}'
    )

    event = answer.json
    assert (answer.status, answer.header("content-type")) == (200, "application/json"), answer
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "$default", "/pets/café")
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("x=1&x=2", {"x": "1,2"})
    assert (event["cookies"], event["body"], event["isBase64Encoded"]) == (["a=b", "c=d"], '{"n": 1}', False)
    assert event["requestContext"]["domainName"] == server.host_of(api_id)
    assert event["requestContext"]["requestId"] == answer.header("apigw-requestid")
    assert event["headers"]["x-forwarded-port"] == str(server.port)
    (integration,) = server.client().get_integrations(ApiId=api_id)["Items"]
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")


def test_a_response_is_what_the_function_says(server: LimenProcess) -> None:
    caller = server.caller(quick_create(server, "answer"))
    said = {
        "statusCode": 418,
        "headers": {"Content-Type": "image/png", "X-N": 1},
        "cookies": ["a=b; Secure", "c=d"],
        "body": base64.b64encode(b"\x89PNG").decode(),
        "isBase64Encoded": True,
    }

    answer = caller.send("PUT", "/", {"Content-Type": "image/x-any"}, json.dumps(said).encode())

    assert (answer.status, answer.body, answer.header("content-type")) == (418, b"\x89PNG", "image/png")
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=b; Secure", "c=d"]
    assert answer.header("x-n") == "1"


def test_version_1_is_strict_where_version_2_infers(server: LimenProcess) -> None:
    api_id = quick_create(server, "answer")
    route(server, api_id, "POST /v1/{id}", "answer", PayloadFormatVersion="1.0")
    server.client("lambda").remove_permission(FunctionName="answer", StatementId=f"by-{api_id}")
    allow(server, "answer", api_id, "*")
    caller = server.caller(api_id)
    text = {"Content-Type": "text/plain"}

    inferred = caller.send("POST", "/v2/7", text, b'{"a": 1}')
    refused = caller.send("POST", "/v1/7", text, b'{"a": 1}')
    taken = caller.send("POST", "/v1/7", text, b'{"statusCode": 200, "multiValueHeaders": {"X-A": ["1", "2"]}}')

    assert (inferred.status, inferred.json) == (200, {"a": 1})
    assert (refused.status, refused.json) == (500, {"message": "Internal Server Error"})
    assert [value for name, value in taken.headers if name == "x-a"] == ["1", "2"]


def test_without_a_permission_the_access_log_says_why(server: LimenProcess) -> None:
    api_id = quick_create(server, "secret", is_allowed=False)
    log_accesses(server, api_id)
    caller = server.caller(api_id)

    answer, logged = entry(server, api_id, caller)
    allow(server, "secret", api_id, "$default/$default")

    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert logged["error"].startswith("The IAM role configured on the integration or API Gateway doesn't have perm")
    assert logged["lambda"] == "403"
    wait_until(lambda: caller.get("/").status == 200, 5, lambda: "the permission does not count")


def test_a_permission_of_one_route_is_none_of_another(server: LimenProcess) -> None:
    api_id = quick_create(server, "echo", is_allowed=False)
    route(server, api_id, "GET /pets/{id}", "echo")
    route(server, api_id, "ANY /any", "echo")
    allow(server, "echo", api_id, "*/GET/pets/*")
    caller = server.caller(api_id)

    assert [caller.get(path).status for path in ("/pets/7", "/any", "/else")] == [200, 500, 500]


def test_errors_of_functions_reach_the_access_log_alone(server: LimenProcess) -> None:
    api_id = quick_create(server, "fail")
    log_accesses(server, api_id)

    answer, logged = entry(server, api_id, server.caller(api_id))

    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    assert logged["error"] == (
        "The Lambda function returned the following error: no such pet. Check your Lambda function code and try again."
    )
    assert (logged["lambda"], len(logged["invocation"])) == ("200", 36)


def test_statuses_of_lambda_and_of_the_function_are_told_apart(server: LimenProcess) -> None:
    api_id = quick_create(server, "echo")
    log_accesses(server, api_id)

    _, logged = entry(server, api_id, server.caller(api_id))

    assert (logged["status"], logged["function"], logged["lambda"]) == ("200", "200", "200")


def test_a_time_limit_does_not_wait_for_the_function(server: LimenProcess) -> None:
    api_id = quick_create(server, "hang", is_allowed=False)
    allow(server, "hang", api_id, "*")
    route(server, api_id, "GET /hang", "hang", TimeoutInMillis=300)
    log_accesses(server, api_id)

    answer, logged = entry(server, api_id, server.caller(api_id), path="/hang")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})
    assert logged["type"] == "INTEGRATION_TIMEOUT"


def test_a_function_without_concurrency_is_unavailable(server: LimenProcess) -> None:
    api_id = quick_create(server, "echo")
    functions = server.client("lambda")
    functions.put_function_concurrency(FunctionName="echo", ReservedConcurrentExecutions=0)
    try:
        answer = server.caller(api_id).get("/")
    finally:
        functions.delete_function_concurrency(FunctionName="echo")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


def test_stage_variables_choose_an_alias(server: LimenProcess) -> None:
    functions = server.client("lambda")
    version = functions.publish_version(FunctionName="echo")["Version"]
    functions.create_alias(FunctionName="echo", Name="live", FunctionVersion=version)
    api_id = quick_create(server, "echo", is_allowed=False)
    allow(server, "echo", api_id, "*", Qualifier="live")
    route(server, api_id, "GET /live", "echo", IntegrationUri=f"{arn_of('echo')}:${{stageVariables.alias}}")
    server.client().update_stage(ApiId=api_id, StageName="$default", StageVariables={"alias": "live"})
    caller = server.caller(api_id)

    wait_until(lambda: caller.get("/live").status == 200, 5, lambda: f"{caller.get('/live')}")
    assert caller.get("/live").json["stageVariables"] == {"alias": "live"}
    assert caller.get("/").status == 500  # the permission is the alias's alone


def test_large_and_binary_bodies_pass(server: LimenProcess) -> None:
    caller = server.caller(quick_create(server, "echo"))
    body = bytes(range(256)) * 8192

    answer = caller.send("POST", "/", {"Content-Type": "application/octet-stream"}, body)
    too_large = caller.send("POST", "/", {"Content-Type": "application/octet-stream"}, body * 3)

    assert base64.b64decode(answer.json["body"]) == body
    assert too_large.status == 413, too_large


OPENAPI = """
openapi: 3.0.1
info: {title: pets, version: "1"}
paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {default: {description: from the function}}
      x-amazon-apigateway-integration:
        type: AWS_PROXY
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/FUNCTION/invocations
        payloadFormatVersion: 2.0
"""


def test_an_imported_document_calls_its_function(server: LimenProcess) -> None:
    client = server.client()
    imported = client.import_api(Body=OPENAPI.replace("FUNCTION", arn_of("echo")))
    client.create_stage(ApiId=imported["ApiId"], StageName="$default", AutoDeploy=True)
    allow(server, "echo", imported["ApiId"], "*/GET/pets/*")
    (server.directory / "pets.yaml").write_text(OPENAPI.replace("FUNCTION", arn_of("echo")))

    answer = server.caller(imported["ApiId"]).get("/pets/7")
    checked = server.command("check", "pets.yaml", check=False)

    assert answer.json["pathParameters"] == {"id": "7"}, answer
    assert not imported.get("Warnings")
    assert "not served" not in checked.stdout
    assert checked.returncode == 0, checked.stdout
