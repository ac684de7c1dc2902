"""What REST APIs say at their port, by the byte: what belongs to no method, limits, HTTP/2, and curl."""

import json
import ssl
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.support.client import exchange_bytes
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_apis import operation, swagger

CASES = "$input.params('X-In')|$input.params().header.get('X-In')|$input.params().header.X-In|$input.params('x-in')"
TOLD = "$context.path|$context.resourcePath|$context.domainName|$context.domainPrefix|$context.protocol"
FORBIDDEN = ("403 Forbidden", {"content-type": "application/json", "x-amzn-errortype": "ForbiddenException"})


@pytest.fixture(scope="module")
def shared_backend() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def api_id(limen: LimenProcess, shared_backend: RecordingBackend) -> str:
    proxy = {"type": "http_proxy", "httpMethod": "ANY", "uri": shared_backend.url + "/proxy"}
    told = operation()
    told["x-amazon-apigateway-integration"]["responses"]["default"]["responseTemplates"] = {"application/json": TOLD}
    cases = operation()
    cases["x-amazon-apigateway-integration"]["responses"]["default"]["responseTemplates"] = {"application/json": CASES}
    document = swagger({})
    document["paths"] = {
        "/told": {"get": told},
        "/cases": {"get": cases},
        "/proxy": {"x-amazon-apigateway-any-method": operation(**{"x-amazon-apigateway-integration": proxy})},
    }
    document["x-amazon-apigateway-gateway-responses"] = {"REQUEST_TOO_LARGE": {"statusCode": "418"}}
    client = limen.client("apigateway")
    made = str(client.import_rest_api(body=json.dumps(document).encode())["id"])
    client.create_deployment(restApiId=made, stageName="prod")
    return made


def send(limen: LimenProcess, host: str, head: str, body: bytes = b"") -> tuple[str, dict[str, str], bytes]:
    """Status and reason, headers by lower-cased name, body."""
    first, *fields = head.split("\n")
    lines = [first, f"Host: {host}", *fields, "Connection: close", "", ""]
    received = exchange_bytes(limen.port, limen.ca, "\r\n".join(lines).encode() + body)
    top, _, content = received.partition(b"\r\n\r\n")
    status, *headers = top.decode().split("\r\n")
    pairs = (line.partition(": ") for line in headers)
    return status.partition(" ")[2], {name.lower(): value for name, _, value in pairs}, content


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/prod/told", "/prod/told"),
        ("/prod/told/", "/prod/told/"),
        ("/prod//told", "/prod//told"),
        ("//prod/told", "//prod/told"),
    ],
)
def test_slashes_too_many_lead_to_the_same_method(limen: LimenProcess, api_id: str, target: str, told: str) -> None:
    host = limen.host_of(api_id)

    status, headers, body = send(limen, f"{host}:{limen.port}", f"GET {target} HTTP/1.1")

    assert (status, body.decode()) == ("200 OK", f"{told}|/told|{host}|{api_id}|HTTP/1.1")
    names = ["connection", "content-length", "content-type", "date", "x-amz-apigw-id", "x-amzn-requestid"]
    assert sorted(headers) == names


@pytest.mark.parametrize("target", ["/", "/told", "/dev/told", "/PROD/told"])
def test_no_stage_is_forbidden(limen: LimenProcess, api_id: str, target: str) -> None:
    status, headers, body = send(limen, limen.host_of(api_id), f"GET {target} HTTP/1.1")

    assert (status, {name: headers[name] for name in FORBIDDEN[1]}) == FORBIDDEN
    assert (body, headers["content-length"]) == (b'{"message":"Forbidden"}', "23")


def test_a_disabled_endpoint_is_forbidden_after_its_deployment(limen: LimenProcess) -> None:
    client = limen.client("apigateway")
    made = client.import_rest_api(body=json.dumps(swagger({"/a": ["GET"]})).encode())["id"]
    client.create_deployment(restApiId=made, stageName="prod")
    disable = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    client.update_rest_api(restApiId=made, patchOperations=disable)

    before = send(limen, limen.host_of(made), "GET /prod/a HTTP/1.1")
    client.create_deployment(restApiId=made, stageName="prod")
    after = send(limen, limen.host_of(made), "GET /prod/a HTTP/1.1")

    assert (before[0], after[0], after[2]) == ("200 OK", "403 Forbidden", b'{"message":"Forbidden"}')


@pytest.mark.parametrize("framing", ["Content-Length: 10485761", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_large_is_told_in_text(limen: LimenProcess, api_id: str, framing: str) -> None:
    """A customised gateway response has no effect on it."""
    body = b"" if "Length" in framing else b"a00001\r\n" + b"x" * 10_485_761 + b"\r\n0\r\n\r\n"

    status, headers, content = send(limen, limen.host_of(api_id), f"POST /prod/proxy HTTP/1.1\n{framing}", body)

    assert status == "413 Request Entity Too Large"
    assert content == b"HTTP content length exceeded 10485760 bytes."
    assert headers["content-type"] == "text; charset=utf-8"
    assert not any(name.startswith("x-am") for name in headers)


@pytest.mark.parametrize(("size", "status"), [(19_000, "200 OK"), (20_500, "431 Request Header Fields Too Large")])
def test_a_head_of_20480_bytes_is_taken(limen: LimenProcess, api_id: str, size: int, status: str) -> None:
    assert send(limen, limen.host_of(api_id), f"GET /prod/told HTTP/1.1\nX-Long: {'x' * size}")[0] == status


def test_ten_megabytes_pass_and_a_byte_more_is_an_error(
    limen: LimenProcess, api_id: str, shared_backend: RecordingBackend
) -> None:
    host = limen.host_of(api_id)
    shared_backend.script("/proxy", body=b"x" * 10_485_760)
    whole = send(limen, host, "GET /prod/proxy HTTP/1.1")
    shared_backend.script("/proxy", body=b"x" * 10_485_761)
    over = send(limen, host, "GET /prod/proxy HTTP/1.1")

    assert (whole[0], len(whole[2])) == ("200 OK", 10_485_760)
    assert (over[0], over[2]) == ("500 Internal Server Error", b'{"message": "Internal server error"}')
    shared_backend.forget()


def test_http2_is_answered_alike(limen: LimenProcess, api_id: str, shared_backend: RecordingBackend) -> None:
    context = ssl.create_default_context(cafile=str(limen.ca))
    base = f"https://localhost:{limen.port}/_api/{api_id}/prod"
    with httpx.Client(http2=True, verify=context, trust_env=False) as client:
        told = client.get(f"{base}/told")
        unknown = client.get(f"{base}/nope")
        overridden = client.post(f"{base}/proxy", json={"a": 1}, headers={"X-HTTP-Method-Override": "PATCH"})

    assert (told.http_version, told.text.rpartition("|")[2]) == ("HTTP/2", "HTTP/1.1")
    assert (unknown.status_code, unknown.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert overridden.json()["method"] == "PATCH"
    assert shared_backend.last.body == b'{"a":1}'


def test_templates_find_headers_that_http2_made_lower_case(limen: LimenProcess, api_id: str) -> None:
    context = ssl.create_default_context(cafile=str(limen.ca))
    url = f"https://localhost:{limen.port}/_api/{api_id}/prod/cases"
    with httpx.Client(http2=True, verify=context, trust_env=False) as client:
        over_http2 = client.get(url, headers={"X-In": "a"}).text
    over_http1 = send(limen, limen.host_of(api_id), "GET /prod/cases HTTP/1.1\nX-In: a")[2].decode()

    assert over_http2 == "a|a|a|a"
    assert over_http1 == "a|a|a|"


def test_curl_trusts_and_is_answered(limen: LimenProcess, api_id: str) -> None:
    host = limen.host_of(api_id)
    arguments = ["--cacert", str(limen.ca), "--resolve", f"{host}:{limen.port}:127.0.0.1", "--noproxy", "*"]

    ran = subprocess.run(
        ["curl", "-sS", "-w", "|%{http_code}", *arguments, f"https://{host}:{limen.port}/prod/told"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert ran.stdout == f"/prod/told|/told|{host}|{api_id}|HTTP/1.1|200"
