"""What attackers try on REST APIs, by class: seams of mapped parts, growing bodies, hostile backends and documents."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.client import exchange_bytes
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.raw_backend import RawBackend
from tests.support.recording_backend import RecordingBackend

JSON = "Content-Type: application/json"
ANSWER = {"default": {"statusCode": "200"}}
OVERRIDE = (
    '#set($name = $input.params("name"))#set($context.responseOverride.header[$name] = $input.params("value"))'
    '#set($context.responseOverride.status = $input.params("status")){"statusCode": 200}'
)


def integration(uri: str, kind: str = "http_proxy", **members: Any) -> dict[str, Any]:
    responses = {"responses": ANSWER} if kind == "http" else {}
    return {"type": kind, "httpMethod": "ANY", "uri": uri, **responses, **members}


def mock(template: str, **members: Any) -> dict[str, Any]:
    return {"type": "mock", "requestTemplates": {"application/json": template}, "responses": ANSWER, **members}


def operation(given: dict[str, Any], *declared: str, **members: Any) -> dict[str, Any]:
    """`declared`: parameters such as `path id`."""
    parameters = [
        {"in": place, "name": name, "type": "string", "required": place == "path"}
        for place, name in (each.split() for each in declared)
    ]
    return {
        "parameters": parameters,
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": given,
        **members,
    }


def document(paths: dict[str, dict[str, Any]], **members: Any) -> bytes:
    methods = {path: {"x-amazon-apigateway-any-method": each} for path, each in paths.items()}
    return json.dumps({"swagger": "2.0", "info": {"title": "a", "version": "1"}, "paths": methods, **members}).encode()


def deploy(limen: LimenProcess, body: bytes, **stage: Any) -> str:
    client = limen.client("apigateway")
    api_id = str(client.import_rest_api(body=body)["id"])
    client.create_deployment(restApiId=api_id, stageName="prod", **stage)
    return api_id


def send(limen: LimenProcess, api_id: str, target: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """By raw bytes: a client library would tidy the target up."""
    length = [f"Content-Length: {len(body)}"] if body else []
    lines = [f"{method} /prod{target} HTTP/1.1", f"Host: {limen.host_of(api_id)}", "Connection: close"]
    head = "\r\n".join([*lines, *length, *headers, "", ""]).encode("latin-1")
    return exchange_bytes(limen.port, limen.ca, head + body)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def headers_of(answer: bytes) -> list[bytes]:
    return answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


@pytest.fixture(scope="module")
def shared_backend() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def api_id(limen: LimenProcess, shared_backend: RecordingBackend) -> str:
    url = shared_backend.url
    of_query = {
        "integration.request.path.id": "method.request.querystring.id",
        "integration.request.header.X-Value": "method.request.querystring.value",
        "integration.request.header.Host": "method.request.querystring.host",
        "integration.request.querystring.other": "method.request.querystring.other",
    }
    of_body = {
        "integration.request.header.X-Value": "method.request.body.a",
        "integration.request.querystring.deep": "method.request.body.deep",
    }
    selecting = '{"a": "$util.escapeJavaScript($input.path("$.a"))", "b": $input.json("$..b")}'
    echo = "method.request.querystring.echo"
    greedy = {"integration.request.path.proxy": "method.request.path.proxy"}
    single = {"integration.request.path.id": "method.request.path.id"}
    queries = ("query id", "query value", "query host", "query other")
    paths = {
        "/greedy/{proxy+}": operation(integration(f"{url}/base/{{proxy}}", requestParameters=greedy), "path proxy"),
        "/single/{id}": operation(integration(f"{url}/base/{{id}}/x", requestParameters=single), "path id"),
        "/proxied": operation(integration(f"{url}/base/{{id}}/x", requestParameters=of_query), *queries),
        "/mapped": operation(integration(f"{url}/base/{{id}}/x", "http", requestParameters=of_query), *queries),
        "/override": operation(mock(OVERRIDE)),
        "/status": operation(mock('{"statusCode": $input.params("status")}')),
        "/body": operation(
            integration(
                f"{url}/body", "http", requestParameters=of_body, requestTemplates={"application/json": selecting}
            )
        ),
    }
    responses = {
        "DEFAULT_4XX": {
            "responseParameters": {
                "gatewayresponse.header.X-Echo": echo,
                "gatewayresponse.header.Transfer-Encoding": "'chunked'",
                "gatewayresponse.header.Content-Length": "'3'",
            },
            "responseTemplates": {"application/json": f'{{"echo": "${echo}", "path": "$context.path"}}'},
        }
    }
    made = deploy(
        limen,
        document(
            paths,
            **{"x-amazon-apigateway-gateway-responses": responses, "x-amazon-apigateway-minimum-compression-size": 900},
        ),
    )
    wait_until(lambda: status_of(send(limen, made, "/status?status=200", JSON)) == 200, 10, lambda: limen.log)
    return made


# --- paths and parameters that become parts of a request


@pytest.mark.parametrize("place", ["/greedy/", "/single/", "/proxied?id=", "/mapped?id="])
@pytest.mark.parametrize("value", ["..", "%2e%2e", "..%2fx", "a%2f..%2fb", "a%5c..%5cb", "..;", "%2e%2e%3ba", "."])
def test_no_parameter_climbs(
    limen: LimenProcess, api_id: str, shared_backend: RecordingBackend, place: str, value: str
) -> None:
    before = len(shared_backend.requests)

    assert status_of(send(limen, api_id, place + value)) == 400
    assert len(shared_backend.requests) == before


@pytest.mark.parametrize(
    ("target", "arrives_as"),
    [
        ("/greedy/%252e%252e/x", "/base/%252e%252e/x"),
        ("/greedy/a%0d%0aX-Evil:1", "/base/a%0d%0aX-Evil:1"),
        ("/greedy//evil.example/x", "/base//evil.example/x"),
        ("/greedy/@evil.example", "/base/@evil.example"),
        ("/single/a%2fb%3fc%23d", "/base/a%2fb%3fc%23d/x"),
        ("/mapped?id=a/b%3fc%26d%23e%0d%0af", "/base/a/b%3Fc&d%23e%0D%0Af/x"),
        ("/mapped?id=a&other=b%26c=d%0d%0ae", "/base/a/x?other=b%26c%3Dd%0D%0Ae"),
    ],
)
def test_no_parameter_becomes_another_part_of_the_request(
    limen: LimenProcess, api_id: str, shared_backend: RecordingBackend, target: str, arrives_as: str
) -> None:
    assert status_of(send(limen, api_id, target)) == 200
    assert shared_backend.last.target == arrives_as
    assert shared_backend.last.header("x-evil") is None


@pytest.mark.parametrize("path", ["/proxied", "/mapped"])
@pytest.mark.parametrize(
    "query",
    ["value=a%0d%0aX-Evil:1", "value=a%00", "value=%7f", "host=a%0d%0aX-Evil:1", "host=a/b", "host=a@b", "host=a%20b"],
)
def test_no_parameter_adds_a_header_or_chooses_more_than_a_host(
    limen: LimenProcess, api_id: str, path: str, query: str
) -> None:
    assert status_of(send(limen, api_id, f"{path}?id=a&{query}")) == 400


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("X-Ok", "a", 201),
        ("X-Spaced", "%09a%20", 201),
        ("X-Evil", "a%0d%0aSet-Cookie:b", 500),
        ("X%0d%0aSet-Cookie", "a", 500),
        ("X-Evil", "a%00", 500),
        ("X-Evil", "a%0b", 500),
        (":status", "200", 500),
        ("", "a", 500),
        ("Content-Length", "1", 201),
        ("Transfer-Encoding", "chunked", 201),
    ],
)
def test_overrides_add_no_line_and_no_framing(
    limen: LimenProcess, api_id: str, name: str, value: str, status: int
) -> None:
    answer = send(limen, api_id, f"/override?name={name}&value={value}&status=201", JSON)

    assert status_of(answer) == status
    names = [header.partition(b":")[0].lower() for header in headers_of(answer)]
    assert names.count(b"content-length") == 1
    assert not {b"set-cookie", b"transfer-encoding"} & set(names)
    assert not [header for header in headers_of(answer) if header.strip() != header]


@pytest.mark.parametrize("echo", ["a%0d%0aSet-Cookie:b", "%22,%22x%22:%22", "%00", "%ff", "%5c"])
def test_gateway_responses_add_no_line_and_stay_json(limen: LimenProcess, api_id: str, echo: str) -> None:
    answer = send(limen, api_id, f"/nowhere?echo={echo}")

    assert status_of(answer) == 403
    assert set(json.loads(answer.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"))) == {"echo", "path"}
    names = [header.partition(b":")[0].lower() for header in headers_of(answer)]
    assert names.count(b"content-length") == 1
    assert not {b"set-cookie", b"transfer-encoding"} & set(names)


# --- bodies

QUADRATIC = b'{"b":' * 200 + json.dumps("x" * 1_000_000).encode() + b"}" * 200
BODIES = {
    "deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "deep for a mapping": (b'{"deep":' * 900 + b"1" + b"}" * 900, 200),
    "selected with all around it": (QUADRATIC, 500),
    "number too large": (b'{"a": 1e999}', 400),
    "half a character": (b'{"a": "\\ud800"}', 400),
    "not UTF-8": (b'{"a": "\xff"}', 400),
    "line end": (b'{"a": "x\\r\\nX-Evil: 1"}', 400),
    "trailing": (b"{} {}", 400),
    "twice": (b'{"a": "x", "a": "y"}', 200),
    "empty": (b"", 200),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_all_kinds_are_answered_at_once_and_without_a_bug(
    limen: LimenProcess, api_id: str, name: str
) -> None:
    body, status = BODIES[name]
    before, bugs = time.monotonic(), limen.log.count("Traceback")

    assert status_of(send(limen, api_id, "/body", JSON, method="POST", body=body)) == status
    assert time.monotonic() - before < 5
    assert limen.log.count("Traceback") == bugs


@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", gzip.compress(b" " * 20_000_000, mtime=0), 413),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-3], 415),
        ("gzip", gzip.compress(b"{}", mtime=0) + b"more", 415),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), 415),
        ("br", b"{}", 415),
        ("gzip", gzip.compress(b"{}", mtime=0), 200),
    ],
)
def test_coded_bodies_are_bounded(limen: LimenProcess, api_id: str, coding: str, body: bytes, status: int) -> None:
    answer = send(limen, api_id, "/body", JSON, f"Content-Encoding: {coding}", method="POST", body=body)

    assert status_of(answer) == status


# --- hostile backends

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nX:",
    "short body": HEAD + b"Content-Length: 10\r\n\r\nabc",
    "short chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "no last chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "two framings": HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "folded": HEAD + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "NUL": HEAD + b"X: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "switched": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc",
    "many interim": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5_000,
}


@pytest.fixture(scope="module")
def raw() -> Iterator[RawBackend]:
    running = RawBackend()
    yield running
    running.close()


@pytest.fixture(scope="module")
def raw_api(limen: LimenProcess, raw: RawBackend) -> str:
    streamed = integration(raw.url, responseTransferMode="STREAM")
    paths = {
        "/proxy": operation(integration(raw.url)),
        "/custom": operation(integration(raw.url, "http")),
        "/stream": operation(streamed),
    }
    raw.answer = HEAD + b"Content-Length: 2\r\n\r\nok"
    made = deploy(limen, document(paths))
    wait_until(lambda: status_of(send(limen, made, "/proxy")) == 200, 10, lambda: limen.log)
    return made


@pytest.mark.parametrize("path", ["/proxy", "/custom", "/stream"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_response_has_no_clean_end(
    limen: LimenProcess, raw: RawBackend, raw_api: str, name: str, path: str
) -> None:
    raw.answer = BROKEN[name]

    answer = send(limen, raw_api, path)

    if status_of(answer) == 200:  # the head of a stream had gone out
        body = answer.partition(b"\r\n\r\n")[2]
        assert path == "/stream"
        assert not body.endswith(b"0\r\n\r\n")
        assert b"content-length: %d\r\n" % len(body) not in answer.lower()
    else:
        assert status_of(answer) == 504


@pytest.mark.parametrize("path", ["/proxy", "/custom", "/stream"])
def test_what_follows_a_response_is_no_response(limen: LimenProcess, raw: RawBackend, raw_api: str, path: str) -> None:
    raw.answer = HEAD + b"Content-Length: 3\r\n\r\nabc" + HEAD + b"Content-Length: 4\r\n\r\nEVIL"
    for _ in range(3):
        answer = send(limen, raw_api, path)
        assert (status_of(answer), answer[-3:]) == (200, b"abc")


# --- ways to the inside


@pytest.mark.parametrize("kind", ["http", "http_proxy"])
@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1:{admin}/healthz",
        "https://localhost:{admin}/healthz",
        "https://[::ffff:127.0.0.1]:{admin}/healthz",
        "https://${{stageVariables.host}}:{admin}/healthz",
        "https://127.1.2.3:{admin}/{{path}}",
        "http://169.254.169.254/latest",
    ],
)
def test_no_integration_reaches_the_admin_port_or_the_metadata_of_the_machine(
    limen: LimenProcess, kind: str, address: str
) -> None:
    mapped = {"integration.request.path.path": "method.request.querystring.path"}
    uri = address.format(admin=limen.admin_port)
    given = integration(uri, kind, requestParameters=mapped if "{path}" in uri else {})
    api_id = deploy(limen, document({"/x": operation(given, "query path")}), variables={"host": "0.0.0.0"})
    wait_until(lambda: status_of(send(limen, api_id, "/x?path=healthz")) != 403, 10, lambda: limen.log)

    assert status_of(send(limen, api_id, "/x?path=healthz")) == 500


# --- hostile and careless authors


@pytest.mark.parametrize(
    "text", [b"a: " + b"[" * 100_000, b"- " * 50_000, b'{"a": ' + b"9" * 5_000 + b"}", b'{"a": "\\ud800"}']
)
def test_no_document_ends_the_control_process(limen: LimenProcess, text: bytes) -> None:
    before, bugs = limen.control_pids(), limen.log.count("Traceback")

    with pytest.raises(ClientError) as refused:
        limen.client("apigateway").import_rest_api(body=text)

    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    assert (limen.control_pids(), limen.log.count("Traceback")) == (before, bugs)


UNSERVABLE: dict[str, dict[str, Any]] = {
    "pattern": mock("{}", responses={"(": {"statusCode": "200"}}),
    "address": integration("https://backend.example:99999/"),
}


@pytest.mark.parametrize("name", UNSERVABLE)
def test_what_cannot_be_served_never_replaces_what_can(limen: LimenProcess, name: str) -> None:
    client = limen.client("apigateway")
    api_id = deploy(limen, document({"/x": operation(mock('{"statusCode": 200}'))}))
    with pytest.raises(ClientError) as refused:
        client.put_rest_api(restApiId=api_id, mode="overwrite", body=document({"/x": operation(UNSERVABLE[name])}))
        client.create_deployment(restApiId=api_id, stageName="prod")

    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    wait_until(lambda: status_of(send(limen, api_id, "/x", JSON)) == 200, 10, lambda: limen.log)


def test_a_template_that_is_none_takes_nothing_with_it(limen: LimenProcess) -> None:
    """As on AWS, which finds out when it is used."""
    fine = operation(mock('{"statusCode": 200}'))
    api_id = deploy(limen, document({"/broken": operation(mock("#if($a)")), "/fine": fine}))
    wait_until(lambda: status_of(send(limen, api_id, "/fine", JSON)) == 200, 10, lambda: limen.log)
    assert status_of(send(limen, api_id, "/broken", JSON)) == 500
