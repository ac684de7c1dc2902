"""Integrations that pass the caller's identity on: functions of a real `limen serve`, and a server like SQS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.client import Answer
from tests.support.function_apis import any_method, arn_of, write_code
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

ACCOUNT = "000000000000"
CALLER = "arn:aws:iam::*:user/*"
INVOKE_API = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
INVOKE_FUNCTION = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn_of("own")}
CODE = "def handler(event, context):\n    return {'body': event['requestContext']['identity']['userArn'] or 'nobody'}\n"
SWAGGER = {"openapi": "3.0.1", "info": {"title": "as the caller", "version": "1"}}


class Passing:
    """A REST API whose methods act as their callers."""

    def __init__(self, limen: LimenProcess, folder: Path, queue: RecordingBackend) -> None:
        self.limen = limen
        self.queue = queue
        self.iam = limen.client("iam")
        self.functions = limen.client("lambda")
        self.functions.create_function(
            FunctionName="own",
            Runtime="python3.11",
            Handler="app.handler",
            Timeout=20,
            Role=f"arn:aws:iam::{ACCOUNT}:role/any",
            Code=write_code(folder, {"app.py": CODE}),
        )
        self.api = self._make_api()

    def _make_api(self) -> str:
        open_method, signed = any_method("own", credentials=CALLER), any_method("own", credentials=CALLER)
        signed["x-amazon-apigateway-any-method"]["x-amazon-apigateway-auth"] = {"type": "AWS_IAM"}
        paths = {"/signed/{proxy+}": signed, "/open/{proxy+}": open_method}
        paths["/queue"] = _service("sqs", "action/ListQueues")
        paths["/table"] = _service("dynamodb", "action/ListTables")
        client = self.limen.client("apigateway")
        api = client.import_rest_api(body=json.dumps({**SWAGGER, "paths": paths}))["id"]
        client.create_deployment(restApiId=api, stageName="prod")
        return str(api)

    def user(self, name: str, *statements: dict[str, Any]) -> Credentials:
        self.iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": [INVOKE_API, *statements]})
        self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def ask(self, credentials: Credentials, path: str = "/prod/signed/x") -> Answer:
        origin = f"https://{self.limen.host_of(self.api)}:{self.limen.port}"
        request = AWSRequest("GET", origin + path)
        SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
        client = self.limen.caller(self.api)
        try:
            sent = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            return client.send("GET", path, sent)
        finally:
            client.close()


def _service(name: str, rest: str) -> dict[str, Any]:
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:us-east-1:{name}:{rest}",
        "credentials": CALLER,
        "responses": {"default": {"statusCode": "200"}},
    }
    return {
        "get": {
            "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
            "responses": {"200": {"description": "as it is"}},
            "x-amazon-apigateway-integration": integration,
        }
    }


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Passing]:
    directory, queue = tmp_path_factory.mktemp("passing"), RecordingBackend()
    (directory / "limen.toml").write_text(f'[aws]\nprofile = "none-such"\n[aws.endpoints]\nsqs = "{queue.url}"\n')
    limen = LimenProcess(directory)
    yield Passing(limen, directory / "code", queue)
    limen.stop()
    queue.close()


def test_a_function_is_called_by_the_callers_own_permission(passing: Passing) -> None:
    ana = passing.user("ana", INVOKE_FUNCTION)

    answer = passing.ask(ana)

    assert (answer.status, answer.body) == (200, f"arn:aws:iam::{ACCOUNT}:user/ana".encode())


def test_a_caller_without_it_is_refused_until_the_function_names_it(passing: Passing) -> None:
    ben = passing.user("ben")
    # What lets the API itself in counts for nothing here.
    passing.functions.add_permission(
        FunctionName="own", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    refused = passing.ask(ben)
    assert (refused.status, refused.json) == (500, {"message": "Internal server error"})

    passing.functions.add_permission(
        FunctionName="own",
        StatementId="ben",
        Action="lambda:InvokeFunction",
        Principal=f"arn:aws:iam::{ACCOUNT}:user/ben",
    )

    assert passing.ask(ben).status == 200
    assert passing.ask(passing.user("bert")).status == 500


def test_a_deny_of_the_callers_own_decides(passing: Passing) -> None:
    cara = passing.user("cara", INVOKE_FUNCTION, {**INVOKE_FUNCTION, "Effect": "Deny"})

    assert passing.ask(cara).status == 500


def test_sessions_pass_their_identity_on(passing: Passing) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    role = passing.iam.create_role(
        RoleName="caller", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [INVOKE_API, INVOKE_FUNCTION]})
    passing.iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=policy)
    assumed = passing.limen.client("sts").assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    session = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])

    assert passing.ask(session).body == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/run".encode()
    assert passing.ask(session, "/prod/queue").status == 200
    sent = passing.queue.last
    assert sent.header("x-amz-security-token") == assumed["SessionToken"]


def test_nobody_signs_where_no_signature_is_asked_for(passing: Passing) -> None:
    ana = passing.user("anna", INVOKE_FUNCTION)

    assert passing.ask(ana, "/prod/open/x").status == 500


def test_a_server_like_aws_gets_the_callers_signature(passing: Passing) -> None:
    ana = passing.user("ann")

    assert passing.ask(ana, "/prod/queue").status == 200
    sent = passing.queue.last
    assert f"Credential={ana.access_key}/" in str(sent.header("authorization"))
    assert "/us-east-1/sqs/aws4_request" in str(sent.header("authorization"))


def test_aws_itself_is_not_called_as_a_user_it_does_not_know(passing: Passing) -> None:
    answer = passing.ask(passing.user("anton"), "/prod/table")

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
