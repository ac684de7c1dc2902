"""AWS_IAM authorization of a real `limen serve`: users made with boto3, requests signed by AWS's own signers."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.crt.auth import CrtSigV4AsymAuth

from tests.support.client import Answer
from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend

ACCOUNT = "000000000000"
ADMINISTRATOR = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)
MISSING = (403, {"message": "Missing Authentication Token"})
INVALID = (403, {"message": "The security token included in the request is invalid."})


def allow(resource: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Guarded:
    """A REST and an HTTP API whose routes take signed requests, in front of one backend."""

    def __init__(self, limen: LimenProcess, backend: RecordingBackend) -> None:
        self.limen = limen
        self.backend = backend
        self.iam = limen.client("iam")
        self.rest = self._make_rest(backend.url)
        self.http = self._make_http(backend.url)

    def _make_rest(self, url: str) -> str:
        client = self.limen.client("apigateway")
        api = client.create_rest_api(name="guarded")["id"]
        root = client.get_resources(restApiId=api)["items"][0]["id"]
        proxy = client.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
        named = {"restApiId": api, "resourceId": proxy, "httpMethod": "ANY"}
        client.put_method(**named, authorizationType="AWS_IAM", requestParameters={"method.request.path.proxy": True})
        client.put_integration(
            **named,
            type="HTTP_PROXY",
            integrationHttpMethod="ANY",
            uri=f"{url}/{{proxy}}",
            requestParameters={
                "integration.request.path.proxy": "method.request.path.proxy",
                "integration.request.header.X-Caller": "context.identity.userArn",
            },
        )
        client.create_deployment(restApiId=api, stageName="prod")
        return str(api)

    def _make_http(self, url: str) -> str:
        client = self.limen.client("apigatewayv2")
        api = client.create_api(Name="guarded", ProtocolType="HTTP")["ApiId"]
        target = client.create_integration(
            ApiId=api,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=url,
            PayloadFormatVersion="1.0",
            RequestParameters={"append:header.X-Caller": "$context.identity.userArn"},
        )["IntegrationId"]
        client.create_route(
            ApiId=api, RouteKey="$default", AuthorizationType="AWS_IAM", Target=f"integrations/{target}"
        )
        client.create_stage(ApiId=api, StageName="prod", AutoDeploy=True)
        return str(api)

    def user(self, name: str, *policies: str) -> Credentials:
        self.iam.create_user(UserName=name)
        for number, document in enumerate(policies):
            self.iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=document)
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def ask(
        self,
        api: str,
        credentials: Credentials | None,
        method: str = "GET",
        path: str = "/prod/pets",
        body: bytes = b"",
        *,
        signer: type[Any] = SigV4Auth,
        region: str = "us-east-1",
        on_bare_host: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        host, path = self.limen.host_of(api), path
        if on_bare_host:
            host, path = "localhost", f"/_api/{api}{path}"
        origin = f"https://{host}:{self.limen.port}"
        request = AWSRequest(method, origin + path, data=body, headers=headers or {})
        if credentials is not None:
            signer(credentials, "execute-api", region).add_auth(request)
        client = self.limen.caller(None if on_bare_host else api)
        try:
            sent = {name: value for name, value in request.headers.items() if name.lower() != "host"}
            return client.send(method, request.url.removeprefix(origin), sent, body or None)
        finally:
            client.close()


@pytest.fixture(scope="module")
def guarded(limen: LimenProcess) -> Iterator[Guarded]:
    backend = RecordingBackend()
    yield Guarded(limen, backend)
    backend.close()


def told(answer: Answer) -> tuple[int, Any]:
    return answer.status, answer.json


@pytest.mark.parametrize("signer", [SigV4Auth, SigV4QueryAuth, CrtSigV4AsymAuth])
def test_a_user_whose_policy_allows_it_calls_a_rest_api(guarded: Guarded, signer: type[Any]) -> None:
    user = guarded.user(f"rest-{signer.__name__}", allow(f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{guarded.rest}/*"))
    for on_bare_host in (False, True):
        body = b"" if signer is SigV4QueryAuth else b'{"a": 1}'
        method = "POST" if body else "GET"
        answer = guarded.ask(
            guarded.rest, user, method, "/prod/a%20b/c?x=1&y=%7E", body, signer=signer, on_bare_host=on_bare_host
        )

        assert told(answer)[0] == 200, answer
        asked = guarded.backend.last
        assert (asked.method, asked.body) == (method, body)
        assert asked.header("x-caller") == f"arn:aws:iam::{ACCOUNT}:user/rest-{signer.__name__}"
        assert asked.header("authorization") is None


def test_a_user_whose_policy_allows_it_calls_an_http_api(guarded: Guarded) -> None:
    user = guarded.user("http", allow(f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{guarded.http}/prod/GET/*"))

    assert guarded.ask(guarded.http, user).status == 200
    assert guarded.backend.last.header("x-caller") == f"arn:aws:iam::{ACCOUNT}:user/http"
    assert guarded.backend.last.header("authorization") is None
    for refused in (
        guarded.ask(guarded.http, None),
        guarded.ask(guarded.http, user, "POST"),
        guarded.ask(guarded.http, user, region="eu-west-1"),
        guarded.ask(guarded.http, user, signer=CrtSigV4AsymAuth),
        guarded.ask(guarded.http, Credentials(user.access_key, "wrong")),
    ):
        assert told(refused) == (403, {"message": "Forbidden"})


def test_a_rest_api_says_what_is_wrong(guarded: Guarded) -> None:
    user = guarded.user("denied", allow("*"), allow(f"arn:aws:execute-api:*:*:{guarded.rest}/prod/DELETE/*", "Deny"))
    arn = f"arn:aws:execute-api:us-east-1:********0000:{guarded.rest}/prod/DELETE/pets"

    nobody = guarded.ask(guarded.rest, None)
    assert told(nobody) == MISSING
    assert nobody.header("x-amzn-errortype") == "MissingAuthenticationTokenException"
    unknown = guarded.ask(guarded.rest, Credentials("AKIDNOBODY", "x"))
    assert told(unknown) == INVALID
    assert unknown.header("x-amzn-errortype") == "UnrecognizedClientException"
    wrong = guarded.ask(guarded.rest, Credentials(user.access_key, "wrong"))
    assert wrong.header("x-amzn-errortype") == "InvalidSignatureException"
    assert "The Canonical String for this request should have been\n'GET\n/prod/pets\n" in wrong.json["message"]
    denied = guarded.ask(guarded.rest, user, "DELETE")
    assert denied.header("x-amzn-errortype") == "AccessDeniedException"
    assert told(denied) == (
        403,
        {
            "Message": f"User: arn:aws:iam::{ACCOUNT}:user/denied is not authorized to perform: execute-api:Invoke on "
            f"resource: {arn} with an explicit deny"
        },
    )


def test_the_account_itself_may_everything(guarded: Guarded) -> None:
    assert guarded.ask(guarded.rest, ADMINISTRATOR).status == 200
    assert guarded.backend.last.header("x-caller") == f"arn:aws:iam::{ACCOUNT}:root"


def test_what_iam_changes_is_in_force_at_once_in_all_workers(guarded: Guarded) -> None:
    """Each request comes over a connection of its own, so that either worker is asked."""
    iam, user = guarded.iam, guarded.user("short-lived", allow("*"))
    key = {"UserName": "short-lived", "AccessKeyId": user.access_key}

    def statuses() -> set[int]:
        return {guarded.ask(guarded.rest, user).status for _ in range(8)}

    assert statuses() == {200}
    iam.put_user_policy(UserName="short-lived", PolicyName="no", PolicyDocument=allow("*", "Deny"))
    assert statuses() == {403}
    iam.delete_user_policy(UserName="short-lived", PolicyName="no")
    assert statuses() == {200}
    iam.update_access_key(**key, Status="Inactive")
    assert statuses() == {403}
    iam.update_access_key(**key, Status="Active")
    assert statuses() == {200}
    iam.delete_access_key(**key)
    assert statuses() == {403}


def test_a_role_that_is_assumed_calls_as_its_session(guarded: Guarded) -> None:
    iam = guarded.iam
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="caller", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"} | trust))[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="caller", PolicyName="p", PolicyDocument=allow("*"))
    sts = guarded.limen.client("sts")

    def assume(**more: Any) -> Credentials:
        given = sts.assume_role(RoleArn=role, RoleSessionName="work", **more)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    session = assume()
    for _ in range(2):
        assert guarded.ask(guarded.rest, session).status == 200
    assert guarded.backend.last.header("x-caller") == f"arn:aws:sts::{ACCOUNT}:assumed-role/caller/work"
    narrow = assume(Policy=allow(f"arn:aws:execute-api:*:*:{guarded.rest}/prod/POST/*"))
    assert guarded.ask(guarded.rest, narrow, "POST").status == 200
    assert "because no session policy allows" in guarded.ask(guarded.rest, narrow).json["Message"]
    bare = Credentials(session.access_key, session.secret_key)
    assert told(guarded.ask(guarded.rest, bare)) == INVALID
    iam.delete_role_policy(RoleName="caller", PolicyName="p")
    assert guarded.ask(guarded.rest, session).status == 403


def test_awscurl_is_let_through(guarded: Guarded) -> None:
    user = guarded.user("curl", allow("*"))
    finished = subprocess.run(
        [
            str(Path(sys.executable).with_name("awscurl")),
            *("--service", "execute-api", "--region", "us-east-1", "--fail-with-body"),
            *("--access_key", user.access_key, "--secret_key", user.secret_key),
            *("-X", "POST", "-d", '{"a": 1}', f"{guarded.limen.url}/_api/{guarded.rest}/prod/pets?b=2&a=1"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=guarded.limen.environment | {"REQUESTS_CA_BUNDLE": str(guarded.limen.ca)},
    )

    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert (guarded.backend.last.target, guarded.backend.last.body) == ("/pets?b=2&a=1", b'{"a": 1}')


def test_a_compressed_body_is_signed_as_it_was_sent(guarded: Guarded) -> None:
    import gzip

    client = guarded.limen.client("apigateway")
    client.update_rest_api(
        restApiId=guarded.rest,
        patchOperations=[{"op": "replace", "path": "/minimumCompressionSize", "value": "100000"}],
    )
    client.create_deployment(restApiId=guarded.rest, stageName="prod")
    body = gzip.compress(b'{"a": 1}')

    answer = guarded.ask(guarded.rest, ADMINISTRATOR, "POST", body=body, headers={"Content-Encoding": "gzip"})

    assert answer.status == 200, answer
    assert guarded.backend.last.body == b'{"a": 1}'


def test_a_worker_that_starts_anew_knows_who_may_sign(guarded: Guarded) -> None:
    import os
    import signal

    user = guarded.user("survivor", allow("*"))
    before = guarded.limen.worker_pids()
    os.kill(before[0], signal.SIGKILL)
    wait_until(
        lambda: len(set(guarded.limen.worker_pids()) - {before[0]}) == len(before), 20, lambda: guarded.limen.log
    )
    time.sleep(0.5)

    assert {guarded.ask(guarded.rest, user).status for _ in range(8)} == {200}
