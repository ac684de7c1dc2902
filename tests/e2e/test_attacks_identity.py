"""What attackers try on who calls: other spellings of guarded paths, borrowed methods, forged names, doubled values.

One REST API with a path for each kind of guard, all before one backend, asked by raw bytes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.conftest import StartLimen
from tests.e2e.test_user_pools import PASSWORD, Pool
from tests.support.client import exchange_bytes
from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess, wait_until
from tests.support.recording_backend import Recorded, RecordingBackend
from tests.support.spellings import SPELLINGS, is_open, spell
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:identity-guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
GUARD = """
import json
def handler(event, context):
    multi, single = event["multiValueHeaders"], event["headers"]
    is_known = single.get("Authorization") == "ana" and multi["Authorization"] == ["ana"]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow" if is_known else "Deny", "Resource": "*"}
    seen = {name: values for name, values in multi.items() if name.lower().startswith("x-tenant")}
    told = {"seen": json.dumps(seen), "method": event["httpMethod"], "arn": event["methodArn"],
            "query": json.dumps(event["multiValueQueryStringParameters"]), "names": " ".join(multi).lower()}
    return {"principalId": "ana", "context": told, "policyDocument": {"Statement": [statement]}}
"""
KINDS = ("function", "pool", "iam", "denied")
CALLERS = {"function": "principalId", "pool": "claims.sub"}
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
DENIED = [f"execute-api:/prod/{each}" for each in ("*/denied*", "DELETE/open*")]


def method(url: str, kind: str, **members: Any) -> dict[str, Any]:
    mapped = {"integration.request.path.proxy": "method.request.path.proxy"}
    mapped["integration.request.header.X-User"] = (
        "context.identity.userArn" if kind == "iam" else f"context.authorizer.{CALLERS.get(kind, 'nobody')}"
    )
    if kind == "function":
        for name in ("seen", "method", "arn", "query", "names"):
            mapped[f"integration.request.header.X-Told-{name}"] = f"context.authorizer.{name}"
    return {
        "parameters": [{"in": "path", "name": "proxy", "type": "string", "required": True}],
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": {
            "type": "http_proxy",
            "httpMethod": "ANY",
            "uri": f"{url}/{kind}/{{proxy}}",
            "requestParameters": mapped,
        },
        **members,
    }


def definition(url: str, pool_id: str) -> bytes:
    guards = {
        "function": {"x-amazon-apigateway-authtype": "custom", "x-amazon-apigateway-authorizer": {
            "type": "request", "authorizerUri": URI, "identitySource": "method.request.header.Authorization",
            "authorizerResultTtlInSeconds": 0}},
        "pool": {"x-amazon-apigateway-authtype": "cognito_user_pools", "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": [f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{pool_id}"]}},
        "iam": {"x-amazon-apigateway-authtype": "awsSigv4"},
    }  # fmt: skip
    api_key = {"type": "apiKey", "name": "Authorization", "in": "header"}
    paths = {
        f"/{kind}/{{proxy+}}": {
            "x-amazon-apigateway-any-method": method(
                url, kind, **({"security": [{kind: []}]} if kind in guards else {})
            )
        }
        for kind in ("open", *KINDS)
    }
    deny = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": DENIED}
    return json.dumps(
        {
            "swagger": "2.0",
            "info": {"title": "identity", "version": "1"},
            "paths": paths,
            "securityDefinitions": {name: {**api_key, **guard} for name, guard in guards.items()},
            "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [EVERYBODY, deny]},
        }
    ).encode()


class Guarded:
    """The API, and whoever may call it."""

    def __init__(self, limen: LimenProcess, backend: RecordingBackend, pool: Pool) -> None:
        self.limen, self.backend = limen, backend
        functions = limen.client("lambda")
        functions.create_function(
            FunctionName="identity-guard",
            Runtime="python3.11",
            Handler="app.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/lambda",
            Code={"ZipFile": make_zip({"app.py": GUARD})},
        )
        client = limen.client("apigateway")
        self.id = client.import_rest_api(body=definition(backend.url, pool.id), failOnWarnings=False)["id"]
        functions.add_permission(
            FunctionName="identity-guard",
            StatementId="all",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        client.create_deployment(restApiId=self.id, stageName="prod")
        self.token = pool.sign_in("ana", PASSWORD)["AuthenticationResult"]["IdToken"]

    def credentials(self, kind: str, target: str, verb: str = "GET", **headers: str) -> list[str]:
        """Header lines of a caller that may pass; `headers` are signed too."""
        if kind == "function":
            return ["Authorization: ana"]
        if kind == "pool":
            return [f"Authorization: {self.token}"]
        if kind != "iam":
            return []
        host = self.limen.host_of(self.id)
        request = AWSRequest(verb, f"https://{host}/prod{target}", headers={"Host": host, **headers})
        SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", "us-east-1").add_auth(request)
        return [f"{name}: {value}" for name, value in request.headers.items() if name.lower() != "host"]

    def send(self, target: str, *lines: str, verb: str = "GET") -> tuple[int, Recorded | None]:
        """The status, and what the backend was asked."""
        self.backend.forget()
        head = [
            f"{verb} {target} HTTP/1.1",
            f"Host: {self.limen.host_of(self.id)}",
            "Connection: close",
            *lines,
            "",
            "",
        ]
        answer = exchange_bytes(self.limen.port, self.limen.ca, "\r\n".join(head).encode("latin-1"), 30)
        asked = self.backend.requests
        assert len(asked) <= 1
        return int(answer.split(b" ", 2)[1]), asked[0] if asked else None

    def pass_as(self, kind: str, *lines: str, target: str = "/x", verb: str = "GET") -> Recorded:
        target = f"/{kind}{target}"
        status, asked = self.send(f"/prod{target}", *self.credentials(kind, target, verb), *lines, verb=verb)
        assert (status, asked is not None) == (200, True), self.limen.log
        assert asked is not None
        return asked


@pytest.fixture(scope="module")
def guarded(limen: LimenProcess) -> Iterator[Guarded]:
    backend, pool = RecordingBackend(), Pool(limen)
    pool.admin.admin_set_user_password(UserPoolId=pool.id, Username="ana", Password=PASSWORD, Permanent=True)
    made = Guarded(limen, backend, pool)
    caller = limen.caller(made.id)
    for path, headers in (
        ("open", {}),
        ("function", {"Authorization": "ana"}),
        ("pool", {"Authorization": made.token}),
    ):
        wait_until(lambda p=path, h=headers: caller.get(f"/prod/{p}/x", **h).status == 200, 60, lambda: limen.log)
    yield made
    backend.close()
    pool.admin.delete_user_pool(UserPoolId=pool.id)


def test_who_may_pass_does_and_nobody_else(guarded: Guarded) -> None:
    users = {kind: guarded.pass_as(kind).header("x-user") or "" for kind in ("function", "pool", "iam")}
    assert (users["function"], users["iam"]) == ("ana", f"arn:aws:iam::{ACCOUNT}:root")
    assert len(users["pool"]) == 36
    assert {kind: guarded.send(f"/prod/{kind}/x") for kind in KINDS} == {
        "function": (403, None),  # without a cache it is asked whatever is missing, and denies
        "pool": (401, None),
        "iam": (403, None),
        "denied": (403, None),
    }


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_spelling_leads_round_a_guard(guarded: Guarded, kind: str, spelling: str) -> None:
    """What reaches the backend does so below /open, however often a backend decodes it and however it cleans it up."""
    status, asked = guarded.send("/prod" + spell(spelling, kind))
    assert status in (200, 400, 401, 403, 404)
    assert asked is None or is_open(asked.target), asked.target


@pytest.mark.parametrize(
    "spelling", ["/denied/x", "//denied/x", "/%64enied/x", "/denied/%78", "/denied/x/", "/denied//x"]
)
def test_what_a_policy_denies_is_denied_however_it_is_written(guarded: Guarded, spelling: str) -> None:
    assert guarded.send(f"/prod{spelling}") == (403, None)
    assert guarded.send(f"/%70rod{spelling}") == (403, None)
    assert guarded.send(f"//prod{spelling}") == (403, None)


def test_policies_and_authorizers_see_the_method_that_is_routed(guarded: Guarded) -> None:
    override = "X-HTTP-Method-Override: DELETE"
    assert guarded.send("/prod/open/x", verb="DELETE") == (403, None)
    assert guarded.send("/prod/open/x", override, verb="POST") == (403, None)
    asked = guarded.pass_as("function", override, verb="POST")
    assert (asked.method, asked.header("x-told-method")) == ("DELETE", "DELETE")
    assert "/prod/DELETE/function/x" in (asked.header("x-told-arn") or "")


@pytest.mark.parametrize(
    "lines",
    [
        *(
            ["X-HTTP-Method-Override: delete"],
            ["X-HTTP-Method-Override: TRACE"],
            ["X-HTTP-Method-Override: DELETE, GET"],
        ),
        *(["X_HTTP_Method_Override: DELETE"], ["X-Method-Override_: DELETE"]),
    ],
)
def test_what_is_no_override_is_none_to_backends_either(guarded: Guarded, lines: list[str]) -> None:
    status, asked = guarded.send("/prod/open/x", *lines, verb="POST")
    assert (status, asked is not None and asked.method) == (200, "POST")
    assert asked is not None and asked.header("x-http-method-override") is None
    assert asked.header("x_http_method_override") is None


def test_a_signature_is_of_the_method_that_was_sent(guarded: Guarded) -> None:
    override = {"X-HTTP-Method-Override": "POST"}
    signed = guarded.credentials("iam", "/iam/x", "GET", **override)
    assert guarded.send("/prod/iam/x", *signed)[0] == 200
    unsigned = [*guarded.credentials("iam", "/iam/x", "GET"), "X-HTTP-Method-Override: POST"]
    assert guarded.send("/prod/iam/x", *unsigned) == (403, None)
    as_routed = guarded.credentials("iam", "/iam/x", "POST", **override)
    assert guarded.send("/prod/iam/x", *as_routed) == (403, None)


FORGED = [
    *("X-User: root", "x-user: root", "X_User: root", "X-Amzn-Oidc-Identity: root", "x_amzn_oidc_data: root"),
    *("X-Amzn-Oidc-Accesstoken: root", "X-Forwarded-Host: root", "X-Forwarded-User: root", "X_Forwarded_For: 6.6.6.6"),
    *("X-Forwarded-Prefix: /root", "X-Limen-Role: root", "X-Limen-Source-Arn: root", "X_Limen_Role: root"),
    *(
        "X-Amzn-Vpce-Id: root",
        "X-Amzn-Mtls-Clientcert: root",
        "X-Amzn-Apigateway-Api-Id: root",
        "X_Amzn_Trace_Id: root",
    ),
    *("X-Forwarded-Proto: root", "X-Forwarded-Port: root", "Apigw-Requestid: root", "Forwarded_: root"),
]


@pytest.mark.parametrize("kind", ["function", "pool", "iam", "open"])
@pytest.mark.parametrize("also", [[], ["Connection: close, X-User, X-Forwarded-For, X-Amzn-Trace-Id, X-Told-Seen"]])
def test_nobody_says_for_the_gateway_who_calls(guarded: Guarded, kind: str, also: list[str]) -> None:
    asked = guarded.pass_as(kind, *FORGED, *also)
    names = [name.replace("_", "-") for name, value in asked.headers if "root" in value]
    assert [name for name in names if name != "forwarded-"] == (["x-user"] if kind == "iam" else [])
    users = [value for name, value in asked.headers if name.replace("_", "-") == "x-user"]
    assert len(users) == (0 if kind == "open" else 1)
    assert kind != "iam" or users == [f"arn:aws:iam::{ACCOUNT}:root"]
    assert asked.header("x-forwarded-for") == "127.0.0.1"
    assert asked.header("x-forwarded-proto") == "https"
    assert asked.header("x-amzn-trace-id") is not None
    told = (asked.header("x-told-names") or "").split()
    assert not [
        name
        for name in told
        if name.startswith(("x-amzn-oidc", "x-limen", "x_amzn", "x_for")) or name == "x-forwarded-host"
    ]


@pytest.mark.parametrize("kind", ["function", "pool", "iam"])
@pytest.mark.parametrize("name", ["Authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("is_first", [True, False])
def test_doubled_credentials_are_none(guarded: Guarded, kind: str, name: str, is_first: bool) -> None:
    good = guarded.credentials(kind, f"/{kind}/x")
    lines = [f"{name}: evil", *good] if is_first else [*good, f"{name}: evil"]
    status, asked = guarded.send(f"/prod/{kind}/x", *lines)
    assert status in (401, 403)
    assert asked is None


def test_authorizer_and_backend_see_the_same_values(guarded: Guarded) -> None:
    asked = guarded.pass_as(
        "function", "X-Tenant: a", "X-Tenant: b", "x-tenant: c", target="/x?user=ana&user=root&us%65r=evil&user"
    )
    seen = json.loads(asked.header("x-told-seen") or "")
    assert sorted(value for values in seen.values() for value in values) == ["a", "b", "c"]
    assert [value for name, value in asked.headers if name == "x-tenant"] == ["a", "b", "c"]
    assert json.loads(asked.header("x-told-query") or "") == {"user": ["ana", "root", "evil", ""]}
    assert unquote(asked.target.partition("?")[2]) in (
        "user=ana&user=root&user=evil&user",
        "user=ana&user=root&user=evil&user=",
    )


def test_what_is_signed_is_what_is_asked(guarded: Guarded) -> None:
    signed = guarded.credentials("iam", "/iam/x?a=1")
    assert guarded.send("/prod/iam/x?a=1", *signed)[0] == 200
    for target in ("/iam/y?a=1", "/iam/x?a=2", "/iam/x?a=1&a=1", "/iam/x", "/iam/x/?a=1", "/iam/x?a=1&b"):
        assert guarded.send(f"/prod{target}", *signed) == (403, None), target


SOURCE_ONLY = {
    "Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*",
    "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
}  # fmt: skip


def test_trusted_proxies_say_who_calls_to_policies_logs_and_backends(
    start_limen: StartLimen, backend: RecordingBackend, tmp_path: Path
) -> None:
    (tmp_path / "limen.toml").write_text('trusted_proxies = ["127.0.0.0/8", "10.0.0.0/8"]')
    limen = start_limen()
    client = limen.client("apigateway")
    document = {
        "swagger": "2.0", "info": {"title": "proxied", "version": "1"},
        "paths": {"/{proxy+}": {"x-amazon-apigateway-any-method": method(backend.url, "open")}},
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": [EVERYBODY, SOURCE_ONLY]},
    }  # fmt: skip
    api = client.import_rest_api(body=json.dumps(document).encode())["id"]
    client.create_deployment(restApiId=api, stageName="prod")
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:sources"
    changes = {"destinationArn": group, "format": "$context.identity.sourceIp $context.requestId"}
    client.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value} for name, value in changes.items()
        ],
    )

    def ask(*addresses: str) -> tuple[int, str | None]:
        backend.forget()
        lines = [f"X-Forwarded-For: {each}" for each in addresses]
        head = ["GET /prod/x HTTP/1.1", f"Host: {limen.host_of(api)}", "Connection: close", *lines, "", ""]
        answer = exchange_bytes(limen.port, limen.ca, "\r\n".join(head).encode(), 30)
        seen = backend.requests[0].header("x-forwarded-for") if backend.requests else None
        return int(answer.split(b" ", 2)[1]), seen

    wait_until(lambda: ask("203.0.113.7")[0] == 200, 10, lambda: limen.log)
    assert ask("203.0.113.7") == (200, "203.0.113.7")
    assert ask("198.51.100.1, 203.0.113.7", "10.1.1.1") == (200, "198.51.100.1, 203.0.113.7")
    assert ask() == (403, None)
    assert ask("203.0.113.7, 198.51.100.1") == (403, None)
    assert ask("203.0.113.7, evil") == (403, None)
    log = limen.data_directory / "logs/sources.log"
    wait_until(lambda: log.exists() and len(log.read_text().splitlines()) >= 5, 5, lambda: "no access log")
    assert {line.split()[0] for line in log.read_text().splitlines()} == {"203.0.113.7", "127.0.0.1", "198.51.100.1"}
