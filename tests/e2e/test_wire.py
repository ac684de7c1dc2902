"""What arrives at the port: framing by the byte, limits, plain HTTP, HTTP/2."""

import socket
import ssl

import httpx
import pytest

from tests.support.apis import quick_create
from tests.support.client import exchange_bytes
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend


def request_bytes(limen: LimenProcess, api_id: str, head: str, body: bytes = b"") -> bytes:
    """`head` is a request line and header lines; Host is added."""
    first, *headers = head.split("\n")
    lines = [first, f"Host: {limen.host_of(api_id)}:{limen.port}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


SMUGGLING = {
    "content-length and transfer-encoding": (
        "POST / HTTP/1.1\nContent-Length: 4\nTransfer-Encoding: chunked",
        b"0\r\n\r\n",
    ),
    "two content-lengths": ("POST / HTTP/1.1\nContent-Length: 4\nContent-Length: 5", b"12345"),
    "obsolete fold": ("GET / HTTP/1.1\nX-A: b\n c", b""),
    "space before colon": ("GET / HTTP/1.1\nX-A : b", b""),
    "bad chunk size": ("POST / HTTP/1.1\nTransfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"),
    "chunked not last": ("POST / HTTP/1.1\nTransfer-Encoding: chunked, identity", b"0\r\n\r\n"),
}


@pytest.mark.parametrize("case", SMUGGLING)
def test_ambiguous_framing_is_refused_and_closed(limen: LimenProcess, backend: RecordingBackend, case: str) -> None:
    api_id = quick_create(limen.client(), backend.url)

    received = exchange_bytes(limen.port, limen.ca, request_bytes(limen, api_id, *SMUGGLING[case]))

    assert received.startswith(b"HTTP/1.1 400 ")
    assert not received.endswith(b"<open>")
    assert backend.requests == []


def test_pipelined_requests_are_answered_in_order(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = quick_create(limen.client(), backend.url)
    backend.script("/slow", body=b"slow", delay=0.2)
    backend.script("/fast", body=b"fast")

    received = exchange_bytes(
        limen.port,
        limen.ca,
        request_bytes(limen, api_id, "GET /slow HTTP/1.1")
        + request_bytes(limen, api_id, "GET /fast HTTP/1.1\nConnection: close"),
    )

    assert received.count(b"HTTP/1.1 200 ") == 2
    assert received.index(b"slow") < received.index(b"fast")


def test_expect_100_continue_is_answered(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = quick_create(limen.client(), backend.url)

    received = exchange_bytes(
        limen.port,
        limen.ca,
        request_bytes(
            limen, api_id, "POST / HTTP/1.1\nContent-Length: 2\nExpect: 100-continue\nConnection: close", b"hi"
        ),
    )

    assert b"HTTP/1.1 200 " in received
    assert backend.last.body == b"hi"


def test_a_body_over_ten_megabytes_is_too_large(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = quick_create(limen.client(), backend.url)
    head = f"POST / HTTP/1.1\nContent-Length: {10 * 1024 * 1024 + 1}"

    received = exchange_bytes(limen.port, limen.ca, request_bytes(limen, api_id, head))

    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'{"message":"Request Entity Too Large"}' in received


def test_headers_that_are_too_large_are_refused(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = quick_create(limen.client(), backend.url)

    received = exchange_bytes(
        limen.port, limen.ca, request_bytes(limen, api_id, "GET / HTTP/1.1\nX-Long: " + "x" * 30_000)
    )

    assert received.startswith(b"HTTP/1.1 431 ")


def test_plain_http_is_told_so_and_closed(limen: LimenProcess) -> None:
    with socket.create_connection(("127.0.0.1", limen.port), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while chunk := connection.recv(4096):
            received += chunk

    assert received.startswith(b"HTTP/1.1 400 ")


def test_http2_carries_bodies_and_many_requests(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = quick_create(limen.client(), backend.url)
    body = b"x" * 300_000

    context = ssl.create_default_context(cafile=str(limen.ca))
    with httpx.Client(http2=True, verify=context, trust_env=False) as client:
        base = f"https://localhost:{limen.port}/_api/{api_id}/$default"
        posted = client.post(f"{base}/upload", content=body)
        answers = [client.get(f"{base}/orders/{number}") for number in range(20)]

    assert posted.http_version == "HTTP/2"
    assert backend.requests[0].body == body
    assert [answer.json()["target"] for answer in answers] == [f"/orders/{number}" for number in range(20)]


def test_head_has_no_body(limen: LimenProcess, backend: RecordingBackend) -> None:
    answer = limen.caller(quick_create(limen.client(), backend.url)).send("HEAD", "/orders")

    assert (answer.status, answer.body) == (200, b"")
    assert backend.last.method == "HEAD"
