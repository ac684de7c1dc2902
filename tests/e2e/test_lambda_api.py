"""Lambda's API of a real `limen serve`: boto3 and the aws command, functions that really run."""

import json
import ssl
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws_command import AwsCommand
from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess
from tests.support.zips import make_zip

ARN = "arn:aws:lambda:us-east-1:000000000000:function"
ROLE = "arn:aws:iam::000000000000:role/lambda"
ECHO = """
import json, os
def handler(event, context):
    print("seen", event)
    if event == "fail":
        raise ValueError("as asked")
    return {"event": event, "version": context.function_version, "stage": os.environ.get("STAGE")}
"""
CODE = make_zip({"app.py": ECHO})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path_factory.mktemp("lambda"))
    yield running
    running.stop()


@pytest.fixture
def client(server: LimenProcess) -> Any:
    return server.client("lambda")


def create(client: Any, name: str, **members: Any) -> Any:
    given = {"Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": CODE}}
    return client.create_function(FunctionName=name, **given | members)


def trust(server: LimenProcess) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca)


def test_waiters_pass_at_once(client: Any) -> None:
    create(client, "waited")
    for waiter, asked in (
        ("function_exists", {}),
        ("function_active", {}),
        ("function_active_v2", {}),
        ("function_updated", {}),
        ("function_updated_v2", {}),
        ("published_version_active", {"Qualifier": client.publish_version(FunctionName="waited")["Version"]}),
    ):
        client.get_waiter(waiter).wait(FunctionName="waited", WaiterConfig={"MaxAttempts": 1}, **asked)


def test_the_link_to_the_code_downloads_it(server: LimenProcess, client: Any) -> None:
    create(client, "linked")
    location = client.get_function(FunctionName="linked")["Code"]["Location"]
    downloaded = httpx.get(location, verify=trust(server))
    assert (downloaded.status_code, downloaded.headers["content-type"]) == (200, "application/zip")
    assert zipfile.ZipFile(BytesIO(downloaded.content)).read("app.py").decode() == ECHO
    forged = location[:-1] + ("0" if location[-1] != "0" else "1")
    assert httpx.get(forged, verify=trust(server)).status_code == 403


def test_errors_have_the_shape_that_sdks_know(server: LimenProcess, client: Any) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException) as missing:
        client.get_function(FunctionName="none")
    answer = missing.value.response
    assert answer["Error"]["Message"] == f"Function not found: {ARN}:none"
    assert (answer["Message"], answer["Type"]) == (f"Function not found: {ARN}:none", "User")
    create(client, "taken")
    with pytest.raises(client.exceptions.ResourceConflictException, match="Function already exist: taken"):
        create(client, "taken")
    unchecked = server.client("lambda", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError) as invalid:
        create(unchecked, "odd", MemorySize=1, Timeout=901)
    assert invalid.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: Member must "
        "have value less than or equal to 900; Value '1' at 'memorySize' failed to satisfy constraint: Member must "
        "have value greater than or equal to 128",
    }
    with pytest.raises(ClientError, match="Limen does not implement CreateFunctionUrlConfig yet"):
        client.create_function_url_config(FunctionName="taken", AuthType="NONE")


def test_what_terraform_asks_for_is_answered(client: Any) -> None:
    """aws_lambda_function, aws_lambda_alias and aws_lambda_permission, in the order of the provider."""
    create(client, "planned", Publish=True, Tags={"managed": "yes"})
    for ask in (
        lambda: client.get_function(FunctionName="planned"),
        lambda: client.list_versions_by_function(FunctionName="planned", MaxItems=10000),
        lambda: client.get_function_code_signing_config(FunctionName="planned"),
        lambda: client.get_function_configuration(FunctionName=f"{ARN}:planned", Qualifier="1"),
        lambda: client.create_alias(FunctionName="planned", Name="live", FunctionVersion="1"),
        lambda: client.get_alias(FunctionName=f"{ARN}:planned", Name="live"),
        lambda: client.list_tags(Resource=f"{ARN}:planned"),
        lambda: client.put_function_event_invoke_config(FunctionName="planned", MaximumRetryAttempts=0),
        lambda: client.delete_function(FunctionName="planned"),
        lambda: client.list_functions(),  # on the same connection
    ):
        ask()


def test_a_large_package_is_taken_and_a_too_large_one_refused(server: LimenProcess, client: Any) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("app.py", ECHO)
        archive.writestr("data", bytes(30 << 20))
    made = create(client, "large", Code={"ZipFile": buffer.getvalue()})
    assert made["CodeSize"] == len(buffer.getvalue())
    location = client.get_function(FunctionName="large")["Code"]["Location"]
    assert httpx.get(location, verify=trust(server)).content == buffer.getvalue()
    with pytest.raises(ClientError, match="Request must be smaller than 70167211 bytes for the UpdateFunctionCode"):
        client.update_function_code(FunctionName="large", ZipFile=bytes(53 << 20))


def test_the_aws_command_looks_after_a_function(server: LimenProcess) -> None:
    (server.directory / "hello.zip").write_bytes(CODE)
    aws = AwsCommand(server, "lambda", server.directory)
    made = aws(
        *["create-function", "--function-name", "cli", "--runtime", "python3.11", "--handler", "app.handler"],
        *f"--role {ROLE} --zip-file fileb://hello.zip --environment Variables={{STAGE=dev}}".split(),
    )
    assert made["FunctionArn"] == f"{ARN}:cli"
    aws("wait", "function-active-v2", "--function-name", "cli")
    permission = aws(
        *["add-permission", "--function-name", "cli", "--statement-id", "api", "--action", "lambda:InvokeFunction"],
        *[
            "--principal",
            "apigateway.amazonaws.com",
            "--source-arn",
            "arn:aws:execute-api:us-east-1:000000000000:abc/*",
        ],
    )
    assert json.loads(permission["Statement"])["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert aws("list-functions", "--query", "Functions[?FunctionName=='cli'].Runtime") == ["python3.11"]
    layer = aws("publish-layer-version", "--layer-name", "cli", "--zip-file", "fileb://hello.zip")
    aws("update-function-configuration", "--function-name", "cli", "--layers", layer["LayerVersionArn"])
    aws("delete-function", "--function-name", "cli")


def test_an_older_sdk_ends_its_paths_with_a_slash(server: LimenProcess) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", f"{server.admin_url}/2015-03-31/functions/")
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "lambda", "us-east-1").add_auth(request)
    answer = httpx.get(request.url, headers=dict(request.headers), verify=trust(server))
    assert answer.status_code == 200
    assert "Functions" in answer.json()
