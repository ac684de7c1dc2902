"""What clients are answered, the same over HTTP/1.1 and HTTP/2: statuses, bodies at the limit, backends that fail."""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.support.apis import add_route, create_api, quick_create
from tests.support.limen_process import LimenProcess
from tests.support.raw_backend import RawBackend
from tests.support.recording_backend import RecordingBackend

MEGABYTE = 1024 * 1024
CORS = {"AllowOrigins": ["https://app.example"], "AllowMethods": ["*"]}


@pytest.fixture(params=["http1", "http2"])
def caller(request: pytest.FixtureRequest, limen: LimenProcess) -> Iterator[httpx.Client]:
    has_http2 = request.param == "http2"
    context = ssl.create_default_context(cafile=str(limen.ca))
    with httpx.Client(
        http1=not has_http2, http2=has_http2, verify=context, trust_env=False, base_url=limen.url, timeout=20
    ) as client:
        yield client


@pytest.fixture
def raw_backend() -> Iterator[RawBackend]:
    running = RawBackend()
    yield running
    running.close()


def base(api_id: str) -> str:
    return f"/_api/{api_id}/$default"


ANSWERS = {
    "a body with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
    "chunks with trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2;a=b\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
        200,
        b"ok",
    ),
    "a body until the end": (b"HTTP/1.1 200 OK\r\n\r\nok", 200, b"ok"),
    "an old version": (b"HTTP/1.0 200 OK\r\n\r\nok", 200, b"ok"),
    "no content": (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", 204, b""),
    "not modified": (b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n', 304, b""),
    "an empty body": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    "interim responses": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
        201,
        b"ok",
    ),
    "a status without a name": (b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n", 599, b""),
    "a redirection": (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, b""),
}

FAILURES = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
    "half a chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok",
    "garbage": b"garbage\r\n\r\n",
    "two framings": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "a bare CR": b"HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 2\r\n\r\nok",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "a status under 100": b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_of_a_backend_are_passed_on(
    limen: LimenProcess, raw_backend: RawBackend, caller: httpx.Client, case: str
) -> None:
    raw_backend.answer, status, body = ANSWERS[case]

    answer = caller.get(f"{base(quick_create(limen.client(), raw_backend.url))}/a")

    assert (answer.status_code, answer.content) == (status, body)
    assert answer.headers["apigw-requestid"]
    assert answer.headers.get("content-length") == (None if status in (204, 304) else str(len(body)))
    assert "transfer-encoding" not in answer.headers and "trailer" not in answer.headers


@pytest.mark.parametrize("case", FAILURES)
def test_a_backend_that_breaks_the_protocol_is_unavailable(
    limen: LimenProcess, raw_backend: RawBackend, caller: httpx.Client, case: str
) -> None:
    raw_backend.answer = FAILURES[case]

    answer = caller.post(f"{base(quick_create(limen.client(), raw_backend.url))}/a", content=b"x")

    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["apigw-requestid"]
    assert len(raw_backend.requests) == 1


def test_failures_carry_cors_headers(limen: LimenProcess, backend: RecordingBackend, caller: httpx.Client) -> None:
    client = limen.client()
    backend.script("/slow", delay=1.0)
    api_id = create_api(client, {"GET /refused": "http://127.0.0.1:1", "GET /nameless": "http://nowhere.invalid"})
    add_route(client, api_id, "GET /slow", f"{backend.url}/slow", TimeoutInMillis=50)
    add_route(client, api_id, "POST /large", backend.url)
    client.update_api(ApiId=api_id, CorsConfiguration=CORS)
    caller.headers["origin"] = "https://app.example"

    answers = {path: caller.get(f"{base(api_id)}/{path}") for path in ("refused", "nameless", "slow", "unknown", "%zz")}
    answers["large"] = caller.post(f"{base(api_id)}/large", content=b"x" * (10 * MEGABYTE + 1))

    assert {path: (answer.status_code, answer.json()["message"]) for path, answer in answers.items()} == {
        "refused": (503, "Service Unavailable"),
        "nameless": (503, "Service Unavailable"),
        "slow": (504, "Endpoint request timed out"),
        "unknown": (404, "Not Found"),
        "%zz": (400, "Bad Request"),
        "large": (413, "Request Entity Too Large"),
    }
    assert {answer.headers["access-control-allow-origin"] for answer in answers.values()} == {"https://app.example"}
    assert all(answer.headers["apigw-requestid"] for answer in answers.values())


def test_ten_megabytes_pass_both_ways_and_a_byte_more_does_not(
    limen: LimenProcess, backend: RecordingBackend, caller: httpx.Client
) -> None:
    backend.script("/most", body=b"y" * 10 * MEGABYTE)
    backend.script("/more", body=b"y" * (10 * MEGABYTE + 1))
    path = base(quick_create(limen.client(), backend.url))

    assert len(caller.post(f"{path}/most", content=b"x" * 10 * MEGABYTE).content) == 10 * MEGABYTE
    assert len(backend.last.body) == 10 * MEGABYTE
    assert caller.post(f"{path}/most", content=b"x" * (10 * MEGABYTE + 1)).status_code == 413
    assert caller.post(f"{path}/most", content=iter([b"x" * MEGABYTE] * 10 + [b"x"])).status_code == 413
    assert caller.get(f"{path}/more").status_code == 503
    assert caller.get(f"{path}/after").status_code == 200


def test_the_head_of_a_request_has_10240_bytes(
    limen: LimenProcess, backend: RecordingBackend, caller: httpx.Client
) -> None:
    path = base(quick_create(limen.client(), backend.url))

    assert caller.get(path, headers={"x-long": "x" * 9_500}).status_code == 200
    refused = caller.get(path, headers={"x-long": "x" * 10_240})
    assert (refused.status_code, refused.json()) == (431, {"message": "Request Header Fields Too Large"})


def test_head_tells_no_length_that_the_backend_did_not(
    limen: LimenProcess, raw_backend: RawBackend, caller: httpx.Client
) -> None:
    path = base(quick_create(limen.client(), raw_backend.url))

    raw_backend.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
    assert caller.head(path).headers["content-length"] == "7"
    raw_backend.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert "content-length" not in caller.head(path).headers


def test_a_request_without_a_body_says_so_as_api_gateway_does(
    limen: LimenProcess, backend: RecordingBackend, caller: httpx.Client
) -> None:
    path = base(quick_create(limen.client(), backend.url))

    caller.get(path)
    assert (backend.last.header("content-length"), backend.last.header("content-type")) == (None, None)
    caller.post(path)
    assert backend.last.header("content-length") == "0"
    assert backend.last.header("content-type") == "application/x-www-form-urlencoded"
    caller.post(path, headers={"content-type": "application/json"})
    assert [value for name, value in backend.last.headers if name == "content-type"] == ["application/json"]
    caller.post(path, content=b"{}")
    assert backend.last.header("content-type") is None
