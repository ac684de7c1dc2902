"""What attackers of gateways try, by class: paths read in two ways, forged and stripped headers, ways to the inside."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import StartLimen
from tests.support.apis import add_route, create_api, quick_create
from tests.support.client import exchange_bytes
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import Recorded, RecordingBackend

SECRETS = ("s3cret-bearer", "s3cret-cookie", "s3cret-query")


@pytest.fixture(scope="module")
def guarded(limen: LimenProcess) -> str:
    """An API with a route that anyone may call, one that nobody may, and nothing else."""
    client = limen.client()
    backend = "http://127.0.0.1:1"
    api_id = create_api(client, {"GET /public/{proxy+}": f"{backend}/public/{{proxy}}", "ANY /admin/{proxy+}": backend})
    client.update_route(
        ApiId=api_id, RouteId=_route_id(client, api_id, "ANY /admin/{proxy+}"), AuthorizationType="AWS_IAM"
    )
    return api_id


def _route_id(client: Any, api_id: str, key: str) -> str:
    routes = client.get_routes(ApiId=api_id)["Items"]
    return next(str(route["RouteId"]) for route in routes if route["RouteKey"] == key)


def send(limen: LimenProcess, api_id: str, target: str, *headers: str, method: str = "GET") -> bytes:
    """By raw bytes: a client library would tidy the target up."""
    lines = [f"{method} {target} HTTP/1.1", f"Host: {limen.host_of(api_id)}", "Connection: close", *headers, "", ""]
    return exchange_bytes(limen.port, limen.ca, "\r\n".join(lines).encode("latin-1"))


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# --- paths that the gateway and a backend could read in two ways

CLIMBING = [
    "/public/../admin/x",
    "/public/%2e%2e/admin/x",
    "/public/.%2E/admin/x",
    "/public/..%2fadmin/x",
    "/public/%2e%2e%2fadmin/x",
    "/public/a/..%5c..%5cadmin/x",
    "/public/a\\..\\..\\admin/x",
    "/public/..;/admin/x",
    "/public/..;a=b/admin/x",
    "/public/%2e%2e%3b/admin/x",
    "/public/./../admin/x",
    "/public/a/%2e/b",
    "/./admin/x",
    "/public/%c0%ae%c0%ae/admin/x",
    "/public/%zz",
    "/public/%",
    "/public/%ff",
]


@pytest.mark.parametrize("target", CLIMBING)
def test_a_path_that_climbs_is_refused_whatever_its_spelling(
    limen: LimenProcess, backend: RecordingBackend, target: str
) -> None:
    client = limen.client()
    api_id = create_api(client, {"GET /public/{proxy+}": f"{backend.url}/public/{{proxy}}", "$default": backend.url})

    assert status_of(send(limen, api_id, target)) == 400
    assert backend.requests == []


@pytest.mark.parametrize(
    ("target", "arrives_as"),
    [
        ("/public/a%2Fb", "/public/a%2Fb"),
        ("/public/%252e%252e/admin", "/public/%252e%252e/admin"),
        ("/public/a;x=1/b", "/public/a;x=1/b"),
        ("/public//a", "/public//a"),
        ("/public/a%00b", "/public/a%00b"),
        ("/public/a%0d%0aX-Evil:%201", "/public/a%0d%0aX-Evil:%201"),
        ("/public/a%3Fb=c%23d", "/public/a%3Fb=c%23d"),
        ("/public/{proxy}", "/public/%7Bproxy%7D"),
        ("/public/${stageVariables.x}", "/public/$%7BstageVariables.x%7D"),
        ("/public/a\\b", "/public/a%5Cb"),
    ],
)
def test_what_is_encoded_stays_encoded(
    limen: LimenProcess, backend: RecordingBackend, target: str, arrives_as: str
) -> None:
    api_id = create_api(limen.client(), {"GET /public/{proxy+}": f"{backend.url}/public/{{proxy}}"})

    assert status_of(send(limen, api_id, target)) == 200
    assert backend.last.target == arrives_as


@pytest.mark.parametrize(
    "target",
    ["/admin/x", "/%61dmin/x", "/admin/", "/admin", "/ADMIN/x", "//admin/x", "/admin%2Fx", "/$default/admin/x"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS"])
def test_no_spelling_reaches_a_route_that_nobody_may_call(
    limen: LimenProcess, guarded: str, target: str, method: str
) -> None:
    """Nobody signed: 403; another spelling is another path: 404."""
    assert status_of(send(limen, guarded, target, method=method)) in (403, 404)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "*", "evil.example:443", "/a b", "/a\tb", "/a#b", "", "?a=b"]
)
def test_only_origin_form_is_a_target(limen: LimenProcess, guarded: str, target: str) -> None:
    assert status_of(send(limen, guarded, target)) == 400


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "PRI", "get", "PROPFIND"])
def test_other_methods_are_refused(limen: LimenProcess, guarded: str, method: str) -> None:
    assert status_of(send(limen, guarded, "/public/a", method=method)) == 400


# --- headers that backends trust

FORGED = [
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Port: 1",
    "X-Forwarded-Prefix: /evil",
    "X_Forwarded_For: 6.6.6.6",
    "x_forwarded-proto: http",
    "X-Amzn-Oidc-Data: forged",
    "X-Amzn-Trace-Id: Root=forged",
    "Apigw-Requestid: forged",
    "Forwarded: for=6.6.6.6;by=evil",
    'Forwarded: for="open',
    "Proxy-Authorization: Basic forged",
    "Proxy-Connection: keep-alive",
    "Transfer_Encoding: chunked",
    "Content_Length: 7",
]


@pytest.mark.parametrize("forged", FORGED)
def test_headers_that_the_gateway_vouches_for_cannot_be_forged(
    limen: LimenProcess, backend: RecordingBackend, forged: str
) -> None:
    send(limen, quick_create(limen.client(), backend.url), "/", forged)

    names = {name.replace("_", "-") for name, _ in backend.last.headers}
    assert not {name for name in names if name.startswith(("x-forwarded-", "x-amzn-oidc-", "apigw-", "proxy-"))}
    assert "transfer-encoding" not in names
    assert vouched(backend.last)


@pytest.mark.parametrize(
    "connection",
    [
        "X-Forwarded-For, Forwarded, Via, X-Amzn-Trace-Id",
        "close, forwarded",
        "Host, Content-Length, X-Amzn-Trace-Id",
        "x-forwarded-for,,;, Via",
    ],
)
def test_connection_cannot_strip_what_the_gateway_adds(
    limen: LimenProcess, backend: RecordingBackend, connection: str
) -> None:
    send(limen, quick_create(limen.client(), backend.url), "/", f"Connection: {connection}")

    assert vouched(backend.last)
    assert backend.last.header("connection") is None


def vouched(request: Recorded) -> bool:
    """Whether the last word on who called is the gateway's, and each of its headers is there once."""
    values = {name: [value for key, value in request.headers if key == name] for name, _ in request.headers}
    [forwarded], [via], [trace], [_] = values["forwarded"], values["via"], values["x-amzn-trace-id"], values["host"]
    last = forwarded.rpartition(",")[2]
    return (
        last.startswith("by=127.0.0.1;for=127.0.0.1;host=")
        and last.endswith(";proto=https")
        and via.endswith("HTTP/1.1 AmazonAPIGateway")
        and trace.startswith("Root=1-")
    )


def test_headers_of_one_hop_go_one_hop_both_ways(limen: LimenProcess, backend: RecordingBackend) -> None:
    hop = (
        ("Connection", "X-Hop, keep-alive"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=9"),
        ("Upgrade", "h2c"),
        ("X-End", "1"),
    )
    backend.script("/", headers=(*hop, ("Proxy-Authenticate", "Basic"), ("Trailer", "X-Late")))
    sent = [f"{name}: {value}" for name, value in (*hop, ("TE", "trailers"))]

    answer = send(limen, quick_create(limen.client(), backend.url), "/", *sent).lower()

    gone = ("x-hop", "keep-alive", "upgrade", "proxy-authenticate", "trailer", "te")
    assert backend.last.header("x-end") == "1"
    assert not {name for name, _ in backend.last.headers} & set(gone)
    assert b"\r\nx-end: 1\r\n" in answer
    assert not [name for name in gone if b"\r\n%b:" % name.encode() in answer]


# --- ways to the inside


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:{admin}",
        "https://localhost:{admin}",
        "https://[::1]:{admin}",
        "https://[::ffff:127.0.0.1]:{admin}",
        "https://0.0.0.0:{admin}",
        "https://127.1.2.3:{admin}",
        "http://169.254.169.254",
        "http://[fe80::1]",
    ],
)
def test_no_integration_reaches_the_admin_port_or_the_metadata_of_the_machine(
    limen: LimenProcess, address: str
) -> None:
    api_id = quick_create(limen.client(), address.format(admin=limen.admin_port))

    answer = limen.caller(api_id).get("/healthz")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})


def test_a_host_that_stage_variables_name_is_no_way_round(limen: LimenProcess) -> None:
    client = limen.client()
    api_id = str(client.create_api(Name="variables", ProtocolType="HTTP")["ApiId"])
    add_route(client, api_id, "GET /healthz", "https://${stageVariables.host}/healthz")
    variables = {"host": f"127.0.0.1:{limen.admin_port}"}
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True, StageVariables=variables)

    assert limen.caller(api_id).get("/healthz").status == 503


def test_an_api_that_calls_itself_ends(start_limen: StartLimen, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start_limen()
    first.stop()
    monkeypatch.setenv("SSL_CERT_FILE", str(first.ca))
    limen = start_limen()
    client = limen.client()
    api_id = str(client.create_api(Name="circle", ProtocolType="HTTP")["ApiId"])
    add_route(client, api_id, "$default", f"{limen.url}/_api/{api_id}/$default")
    client.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)

    assert limen.caller(api_id).get("/").status == 500
    assert "an API calls itself" in limen.log


# --- logs


def test_nothing_that_a_client_sends_forges_a_line_of_the_log(
    start_limen: StartLimen, backend: RecordingBackend
) -> None:
    limen = start_limen()
    client = limen.client()
    api_id = quick_create(client, backend.url)
    line = (
        '{"id":"$context.requestId","path":"$context.path","agent":"$context.identity.userAgent",'
        '"status":"$context.status"}'
    )
    group = "arn:aws:logs:us-east-1:000000000000:log-group:gateway/access"
    client.update_stage(ApiId=api_id, StageName="$default", AccessLogSettings={"DestinationArn": group, "Format": line})
    agent = 'x","status":"200"}\\\x85\xe2\x80\xa8\xff{"id":"forged'

    send(limen, api_id, '/a%0a"}{"id":"forged', f"User-Agent: {agent}")

    file = limen.data_directory / "logs" / "gateway" / "access.log"
    wait_until(lambda: file.exists() and file.read_bytes().endswith(b"\n"), 5, lambda: limen.log)
    [logged] = [json.loads(each) for each in file.read_bytes().split(b"\n") if each]
    assert (logged["status"], logged["path"]) == ("200", '/a%0a"}{"id":"forged')
    assert logged["agent"].startswith('x","status":"200"}\\')


@pytest.mark.parametrize("path", ["/", "/refused", "/garbage", "/nowhere/../x"])
def test_secrets_of_a_request_are_in_no_log(start_limen: StartLimen, backend: RecordingBackend, path: str) -> None:
    limen = start_limen()
    client = limen.client()
    api_id = quick_create(client, backend.url)
    add_route(client, api_id, "GET /refused", "http://127.0.0.1:1")

    bearer, cookie, query = SECRETS
    send(limen, api_id, f"{path}?token={query}", f"Authorization: Bearer {bearer}", f"Cookie: session={cookie}")
    limen.stop()

    written = limen.log + "".join(file.read_text() for file in (limen.data_directory / "logs").rglob("*.log"))
    assert not [secret for secret in SECRETS if secret in written]
    assert "a-secret-of-the-tests-alone" not in written
