"""An HTTP API with a path for each kind of guard, all before one backend that remembers what reached it."""

from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.test_user_pools import PASSWORD, Pool
from tests.support.client import exchange_bytes
from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess, wait_until
from tests.support.recording_backend import Recorded, RecordingBackend
from tests.support.zips import make_zip

ACCOUNT = "000000000000"
NAME = "http-identity-guard"
URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{NAME}/invocations"
)
GUARD = """
import json
def handler(event, context):
    headers, sources = event["headers"], event["identitySource"] or [""]
    user = headers.get("authorization")
    if len(sources) > 1:
        user = f"{sources[0]} of {sources[1]}".rstrip("\\0 ")
    told = {"user": user, "tenant": headers.get("x-tenant", ""), "names": " ".join(headers),
            "query": json.dumps(event.get("queryStringParameters"))}
    return {"isAuthorized": headers.get("authorization") == sources[0] == "ana", "context": told}
"""
KINDS = ("function", "kept", "jwt", "iam")
CALLERS = {
    "function": "authorizer.user",
    "kept": "authorizer.user",
    "jwt": "authorizer.claims.sub",
    "iam": "identity.userArn",
}


class GuardedHttp:
    """`function` asks each time, `kept` keeps answers by two sources; `GET /exact` takes tokens; /open is open."""

    def __init__(self, limen: LimenProcess) -> None:
        self.limen, self.backend, self.pool = limen, RecordingBackend(), Pool(limen)
        self.pool.admin.admin_set_user_password(
            UserPoolId=self.pool.id, Username="ana", Password=PASSWORD, Permanent=True
        )
        self.token = self.pool.sign_in("ana", PASSWORD)["AuthenticationResult"]["IdToken"]
        self.functions = limen.client("lambda")
        self.functions.create_function(
            FunctionName=NAME,
            Runtime="python3.11",
            Handler="app.handler",
            Role=f"arn:aws:iam::{ACCOUNT}:role/lambda",
            Code={"ZipFile": make_zip({"app.py": GUARD})},
        )
        self.functions.add_permission(
            FunctionName=NAME,
            StatementId="all",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )
        self.client = limen.client()
        self.id = str(self.client.create_api(Name="identity", ProtocolType="HTTP")["ApiId"])
        self._make_routes()
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        wait_until(lambda: self.send(*self._allowed("function"))[0] == 200, 60, lambda: limen.log)
        wait_until(lambda: self.send(*self._allowed("jwt"))[0] == 200, 10, lambda: limen.log)

    def close(self) -> None:
        self.backend.close()
        self.pool.admin.delete_user_pool(UserPoolId=self.pool.id)
        self.functions.delete_function(FunctionName=NAME)

    def target_of(self, kind: str) -> str:
        return f"/{kind}/x?tenant=a" if kind == "kept" else f"/{kind}/x"

    def credentials(self, kind: str, target: str, verb: str = "GET") -> list[str]:
        """Header lines of a caller that may pass."""
        if kind in ("function", "kept"):
            return ["Authorization: ana"]
        if kind == "jwt":
            return [f"Authorization: Bearer {self.token}"]
        host = self.limen.host_of(self.id)
        request = AWSRequest(verb, f"https://{host}{target}", headers={"Host": host})
        SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", "us-east-1").add_auth(request)
        return [f"{name}: {value}" for name, value in request.headers.items() if name.lower() != "host"]

    def render(self, target: str, *lines: str, verb: str = "GET") -> bytes:
        head = [f"{verb} {target} HTTP/1.1", f"Host: {self.limen.host_of(self.id)}", *lines, "", ""]
        return "\r\n".join(head).encode("latin-1")

    def send(self, target: str, *lines: str, verb: str = "GET") -> tuple[int, Recorded | None]:
        """The status, and what the backend was asked."""
        self.backend.forget()
        sent = self.render(target, "Connection: close", *lines, verb=verb)
        answer = exchange_bytes(self.limen.port, self.limen.ca, sent, 30)
        asked = self.backend.requests
        assert len(asked) <= 1
        return int(answer.split(b" ", 2)[1]), asked[0] if asked else None

    def pass_as(self, kind: str, *lines: str, target: str = "") -> Recorded:
        target = target or self.target_of(kind)
        status, asked = self.send(target, *self.credentials(kind, target), *lines)
        assert status == 200 and asked is not None, self.limen.log
        return asked

    def _allowed(self, kind: str) -> tuple[str, ...]:
        target = self.target_of(kind)
        return (target, *self.credentials(kind, target))

    def _make_routes(self) -> None:
        asked = {
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": URI,
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
        }
        header = "$request.header.Authorization"
        function = self._authorizer("function", IdentitySource=[header], AuthorizerResultTtlInSeconds=0, **asked)
        kept = self._authorizer(
            "kept",
            IdentitySource=[header, "$request.querystring.tenant"],
            AuthorizerResultTtlInSeconds=300,
            **asked,
        )
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{self.pool.id}"
        tokens = {"Issuer": issuer, "Audience": [self.pool.client]}
        jwt = self._authorizer("jwt", AuthorizerType="JWT", IdentitySource=[header], JwtConfiguration=tokens)
        guards: dict[str, dict[str, str]] = {
            "open": {},
            "function": {"AuthorizationType": "CUSTOM", "AuthorizerId": function},
            "kept": {"AuthorizationType": "CUSTOM", "AuthorizerId": kept},
            "jwt": {"AuthorizationType": "JWT", "AuthorizerId": jwt},
            "iam": {"AuthorizationType": "AWS_IAM"},
        }
        for kind, guard in guards.items():
            self._route(f"ANY /{kind}/{{proxy+}}", kind, guard)
        self._route("GET /exact", "jwt", guards["jwt"])

    def _authorizer(self, name: str, **members: Any) -> str:
        return str(self.client.create_authorizer(ApiId=self.id, Name=name, **members)["AuthorizerId"])

    def _route(self, key: str, kind: str, guard: dict[str, str]) -> None:
        mapped = {}
        if kind in CALLERS:
            mapped["overwrite:header.X-User"] = f"$context.{CALLERS[kind]}"
        if kind == "function":
            for name in ("tenant", "names", "query"):
                mapped[f"overwrite:header.X-Told-{name}"] = f"$context.authorizer.{name}"
        integration = self.client.create_integration(
            ApiId=self.id,
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri=f"{self.backend.url}/{kind}" + ("/{proxy}" if "{proxy+}" in key else ""),
            PayloadFormatVersion="1.0",
            RequestParameters=mapped,
        )["IntegrationId"]
        self.client.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration}", **guard)
