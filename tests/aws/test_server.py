"""What an SDK meets: boto3 against a real server."""

import asyncio
import socket
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from starlette.requests import Request

from limen.aws import body as body_module
from limen.aws import server as server_module
from limen.aws.allowances import DEFAULT, Allowance
from limen.aws.credentials import StaticCredentials
from limen.aws.errors import AwsError, bad_request, not_found, too_many_requests
from limen.aws.server import AwsApi
from limen.aws.service_model import ServiceModel
from tests.aws.conftest import ACCESS_KEY_ID, SECRET, AwsServer, Operations, serving


def send(server: AwsServer, method: str, path: str, body: bytes = b"", signed: bool = True, **headers: str):
    """A request with a good signature, then changed by nobody."""
    request = AWSRequest(method, server.url + path, headers=headers, data=body)
    if signed:
        SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET), "apigateway", "us-east-1").add_auth(request)
    return httpx.request(method, server.url + path, headers=dict(request.headers), content=body)


def refusal(call: Any, **members: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as raised:
        call(**members)
    response = raised.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_call_reaches_the_operation_by_wire_names(server: AwsServer):
    server.operations.output = {"apiId": "a1b2c3d4e5", "name": "orders", "protocolType": "HTTP"}

    answer = server.client().create_api(
        Name="orders", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": 5}, Tags={"a": "b"}
    )

    (call,) = server.operations.calls
    assert (call.service, call.operation) == ("apigatewayv2", "CreateApi")
    assert call.members == {
        "name": "orders",
        "protocolType": "HTTP",
        "corsConfiguration": {"allowOrigins": ["*"], "maxAge": 5},
        "tags": {"a": "b"},
    }
    assert (call.account, call.region, call.access_key_id) == ("123456789012", "eu-central-1", ACCESS_KEY_ID)
    assert answer["ApiId"] == "a1b2c3d4e5"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert answer["ResponseMetadata"]["RequestId"] == call.request_id


def test_labels_arrive_decoded(server: AwsServer):
    server.client().delete_route_settings(ApiId="api", StageName="$default", RouteKey="GET /pets/{id} 100%/ü")

    (call,) = server.operations.calls
    assert call.members == {"apiId": "api", "stageName": "$default", "routeKey": "GET /pets/{id} 100%/ü"}


def test_an_arn_is_one_label(server: AwsServer):
    arn = "arn:aws:apigateway:us-east-1::/apis/a1b2c3d4e5"

    server.client().untag_resource(ResourceArn=arn, TagKeys=["one", "two & three"])

    assert server.operations.calls[0].members == {"resource-arn": arn, "tagKeys": ["one", "two & three"]}


def test_stored_times_pass_through_and_datetimes_become_iso_8601(server: AwsServer):
    server.operations.output = {
        "items": [
            {"apiId": "a", "createdDate": "2026-01-02T03:04:05Z"},
            {"apiId": "b", "createdDate": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
        ]
    }

    items = server.client().get_apis()["Items"]

    assert [item["CreatedDate"] for item in items] == [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)] * 2


def test_an_exported_file_is_the_whole_body(server: AwsServer):
    server.operations.output = {"body": b"openapi: 3.0.1\n"}

    answer = server.client().export_api(ApiId="api", OutputType="YAML", Specification="OAS30")

    assert answer["body"].read() == b"openapi: 3.0.1\n"


def test_204_has_no_body(server: AwsServer):
    answer = send(server, "DELETE", "/v2/apis/a1b2c3d4e5")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers


def test_a_modelled_error_keeps_its_further_members(server: AwsServer):
    server.operations.error = not_found("Invalid API identifier specified abc", "Api")

    answer = send(server, "GET", "/v2/apis/abc")

    assert answer.status_code == 404
    assert answer.json() == {"message": "Invalid API identifier specified abc", "resourceType": "Api"}
    assert answer.headers["x-amzn-errortype"] == "NotFoundException"
    assert len(answer.headers["x-amzn-requestid"]) == 36


def test_sdks_know_the_exception_class(server: AwsServer):
    client = server.client()
    server.operations.error = too_many_requests("Too many", "routes")

    with pytest.raises(client.exceptions.TooManyRequestsException) as raised:
        client.get_apis()

    assert raised.value.response["LimitType"] == "routes"


def test_a_bug_is_answered_without_its_traceback(server: AwsServer, caplog: pytest.LogCaptureFixture):
    server.operations.error = ZeroDivisionError("secret detail")

    answer = send(server, "GET", "/v2/apis")

    assert answer.status_code == 500
    assert answer.headers["x-amzn-errortype"] == "InternalFailure"
    assert "secret detail" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["x-amzn-requestid"] in caplog.text


def test_an_operation_that_does_not_end_is_given_up(server: AwsServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "allowance_of", lambda *_: Allowance(timeout=0.01))
    server.operations.delay = 5

    answer = send(server, "GET", "/v2/apis")

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (503, "ServiceUnavailableException")


def test_invalid_input_never_reaches_the_operation(server: AwsServer):
    status, code, message = refusal(server.client().create_api, Name="n" * 129, ProtocolType="HTTP")

    assert (status, code) == (400, "BadRequestException")
    assert message.endswith(
        "'createApiInput.name' failed to satisfy constraint: Member must have length less than or equal to 128"
    )
    assert server.operations.calls == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/v2/nothing"), ("PUT", "/v2/vpclinks"), ("GET", "/v2/apis/a/routes/")]
)
def test_a_path_or_method_without_operation_is_forbidden(server: AwsServer, method: str, path: str):
    signed, unsigned = send(server, method, path), send(server, method, path, signed=False)

    assert (signed.status_code, signed.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert signed.json() == {"Message": "Unable to determine service/operation name to be authorized"}
    assert (unsigned.status_code, unsigned.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert unsigned.json() == {"message": "Missing Authentication Token"}


def test_an_unsigned_call_is_refused(server: AwsServer):
    answer = send(server, "GET", "/v2/apis", signed=False)

    assert (answer.status_code, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_another_aws_service_is_refused_by_name(server: AwsServer):
    status, code, message = refusal(server.client(service="sqs").list_queues)

    assert (status, code) == (404, "UnknownOperationException")
    assert message == "Limen does not serve the AWS service 'sqs'"


def test_an_unknown_key_is_refused(server: AwsServer):
    client = server.client(aws_access_key_id="AKIDOTHER")

    assert refusal(client.get_apis) == (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_wrong_secret_is_refused(server: AwsServer):
    status, code, message = refusal(server.client(aws_secret_access_key="guess").get_apis)

    assert (status, code) == (403, "InvalidSignatureException")
    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    assert SECRET not in message


def test_a_session_token_that_is_not_ours_is_refused(server: AwsServer):
    status, code, message = refusal(server.client(aws_session_token="token").get_apis)

    assert (status, code) == (403, "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


@pytest.mark.parametrize(("shift", "word"), [(270, None), (330, "expired"), (-330, "not yet current")])
def test_clocks_may_differ_by_five_minutes(server: AwsServer, shift: int, word: str | None):
    server.clock_shift[0] = shift

    answer = send(server, "GET", "/v2/apis")

    if word is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
        assert answer.json()["message"].startswith(f"Signature {word}: ")
        assert "5 min.)" in answer.json()["message"]


def test_a_replayed_request_with_another_body_is_refused(server: AwsServer):
    request = AWSRequest("POST", server.url + "/v2/apis", data=b'{"name":"mine","protocolType":"HTTP"}')
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET), "apigateway", "us-east-1").add_auth(request)

    answer = httpx.post(
        server.url + "/v2/apis", headers=dict(request.headers), content=b'{"name":"evil","protocolType":"HTTP"}'
    )

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert server.operations.calls == []


def test_malformed_json_is_a_serialization_exception(server: AwsServer):
    answer = send(server, "POST", "/v2/apis", b'{"name": ')

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "SerializationException")
    assert answer.json()["message"].startswith("Could not parse request body into json")


@pytest.mark.parametrize("access_key_id", [ACCESS_KEY_ID, "AKIDOTHER"])
def test_a_body_beyond_the_limit_is_refused_and_the_client_reads_why(server: AwsServer, access_key_id: str):
    call = server.client(aws_access_key_id=access_key_id).import_api

    status, code, _ = refusal(call, Body="x" * (DEFAULT.body + 1))

    expected = (
        (413, "RequestTooLargeException") if access_key_id == ACCESS_KEY_ID else (403, "UnrecognizedClientException")
    )
    assert (status, code) == expected


def test_six_megabytes_are_imported(server: AwsServer):
    body = "openapi: 3.0.1\n" * (6_000_000 // 15)

    server.client().import_api(Body=body, FailOnWarnings=True)

    assert server.operations.calls[0].members == {"body": body, "failOnWarnings": True}


def test_a_body_that_does_not_arrive_is_given_up(server: AwsServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "allowance_of", lambda *_: Allowance(body_timeout=0.05))
    monkeypatch.setattr(body_module, "DISCARD_TIMEOUT", 0.05)
    host, _, port = server.url.removeprefix("http://").partition(":")
    request = AWSRequest("POST", server.url + "/v2/apis", data=b"{}")
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET), "apigateway", "us-east-1").add_auth(request)
    lines = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = f"POST /v2/apis HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 2\r\n{lines}\r\n"
        connection.sendall(head.encode())
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"x-amzn-errortype: RequestTimeoutException" in answer


def test_a_presigned_url_is_accepted(server: AwsServer):
    request = AWSRequest("GET", server.url + "/v2/apis?maxResults=5")
    SigV4QueryAuth(Credentials(ACCESS_KEY_ID, SECRET), "apigateway", "us-east-1", expires=60).add_auth(request)

    accepted, altered = httpx.get(request.url), httpx.get(request.url.replace("maxResults=5", "maxResults=6"))

    assert (accepted.status_code, server.operations.calls[0].members) == (200, {"maxResults": "5"})
    assert (altered.status_code, altered.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")


def test_who_signed_a_question_is_told(server: AwsServer):
    async def no_operations(_: Any) -> dict[str, Any]:
        raise bad_request("none")

    api = AwsApi(["apigatewayv2"], StaticCredentials({ACCESS_KEY_ID: SECRET}), no_operations)

    async def asked(secret: str) -> str:
        request = AWSRequest("GET", "http://localhost:8444/_limen/status")
        SigV4Auth(Credentials(ACCESS_KEY_ID, secret), "limen", "us-east-1").add_auth(request)
        headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/_limen/status",
            "raw_path": b"/_limen/status",
            "query_string": b"",
            "headers": [(b"host", b"localhost:8444"), *headers],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        try:
            return (await api.identify(Request(scope, receive))).caller.kind
        except AwsError as error:
            return error.code

    assert asyncio.run(asked(SECRET)) == "Root"
    assert asyncio.run(asked("guess")) == "InvalidSignatureException"


def test_an_operation_without_authentication_needs_no_signature(monkeypatch: pytest.MonkeyPatch):
    operation = {"http": {"method": "POST", "requestUri": "/sign-up"}, "authtype": "none"}
    metadata = {"protocol": "rest-json", "endpointPrefix": "pools", "apiVersion": "2026-01-01"}
    model = ServiceModel("pools", {"metadata": metadata, "operations": {"SignUp": operation}, "shapes": {}})
    monkeypatch.setattr(server_module, "load_service", lambda _: model)
    operations = Operations()

    with serving(AwsApi(["pools"], StaticCredentials({}), operations)) as url:
        answer = httpx.post(url + "/sign-up")

    assert answer.status_code == 200
    assert (operations.calls[0].operation, operations.calls[0].access_key_id) == ("SignUp", "")
