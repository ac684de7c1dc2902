"""Requests through HTTP proxy integrations: what the backend is asked, what the client is answered."""

import asyncio
import logging
import re

import pytest

from tests.integrations.proxying import proxy
from tests.upstream.backends import read_request


def test_a_request_goes_to_the_backend_as_it_came() -> None:
    outcome = proxy(
        "POST /pets/7?a=1&a=2&b=%20x",
        {"User-Agent": "curl", "X-Custom": "One", "Authorization": "Bearer t", "Content-Type": "text/plain"},
        b"hello",
    )

    assert outcome.request_line == "POST /pets/7?a=1&a=2&b=%20x HTTP/1.1"
    assert outcome.body == b"hello"
    assert outcome.sent("content-length") == ["5"]
    assert outcome.sent("user-agent") == ["curl"]
    assert outcome.sent("x-custom") == ["One"]
    assert outcome.sent("authorization") == ["Bearer t"]
    assert re.fullmatch(r"127\.0\.0\.1:\d+", outcome.sent("host")[0])
    assert len(outcome.sent("host")) == 1


def test_the_response_comes_back_as_it_was_sent() -> None:
    outcome = proxy(
        response=b"HTTP/1.1 418 Teapot\r\nServer: kettle\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Case: Kept\r\n"
        b"Content-Length: 3\r\n\r\ntea"
    )

    assert (outcome.response.status, outcome.response.body) == (418, b"tea")
    assert outcome.received("set-cookie") == ["a=1", "b=2"]
    assert outcome.received("server") == ["kettle"]
    assert (b"x-case", b"X-Case", b"Kept") in outcome.response.headers
    assert outcome.exchange.integration_status == 418
    assert 0 < (outcome.exchange.integration_latency or 0) < 5
    assert outcome.exchange.integration_error is None


def test_headers_of_the_backends_connection_stay_there() -> None:
    outcome = proxy(
        response=b"HTTP/1.1 200 OK\r\nConnection: X-Private, close\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\n"
        b"Date: Mon, 01 Jan 2001 00:00:00 GMT\r\nApigw-Requestid: forged\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nok\r\n0\r\n\r\n"
    )

    assert outcome.response.body == b"ok"
    assert outcome.response.headers == []


def test_headers_of_the_clients_connection_stay_there() -> None:
    outcome = proxy(
        headers={
            "Connection": "keep-alive, X-Hop, X-Forwarded-For, Forwarded, Via",
            "X-Hop": "1",
            "Keep-Alive": "5",
            "TE": "trailers",
            "Upgrade": "h2c",
            "HTTP2-Settings": "AAA",
            "Proxy-Authorization": "Basic x",
            "Expect": "100-continue",
            "Trailer": "X",
            "X-Kept": "yes",
            "X-Forwarded-For": "203.0.113.9",
            "Via": "1.1 edge",
        }
    )

    for name in ("x-hop", "connection", "keep-alive", "te", "upgrade", "http2-settings", "proxy-authorization"):
        assert outcome.sent(name) == []
    assert outcome.sent("expect") == outcome.sent("trailer") == []
    assert outcome.sent("x-kept") == ["yes"]
    assert "for=203.0.113.9" in outcome.sent("forwarded")[0]
    assert outcome.sent("via") == ["1.1 edge, HTTP/1.1 AmazonAPIGateway"]


def test_the_gateway_says_for_whom_it_calls() -> None:
    outcome = proxy(headers={"X-Forwarded-Proto": "http", "X-Forwarded-Port": "80", "X-Forwarded-Host": "evil"})

    assert outcome.sent("forwarded") == ['for=192.0.2.1;host="localhost:8443";proto=https']
    assert outcome.sent("via") == ["HTTP/1.1 AmazonAPIGateway"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", outcome.sent("x-amzn-trace-id")[0])
    assert not any(outcome.sent(f"x-forwarded-{name}") for name in ("for", "proto", "port", "host"))


@pytest.mark.parametrize(
    ("method", "headers", "length", "content_type"),
    [
        ("GET", {}, [], []),
        ("HEAD", {}, [], []),
        ("POST", {}, ["0"], ["application/x-www-form-urlencoded"]),
        ("OPTIONS", {}, ["0"], ["application/x-www-form-urlencoded"]),
        ("DELETE", {"Content-Type": "text/x"}, ["0"], ["text/x"]),
        ("PUT", {"X-A": "content-type: b"}, ["0"], ["application/x-www-form-urlencoded"]),
    ],
)
def test_a_request_without_a_body_says_so(
    method: str, headers: dict[str, str], length: list[str], content_type: list[str]
) -> None:
    outcome = proxy(f"{method} /pets/7", headers)

    assert (outcome.sent("content-length"), outcome.sent("content-type")) == (length, content_type)


@pytest.mark.parametrize(("configured", "sent"), [("ANY", "DELETE"), ("POST", "POST"), ("PATCH", "PATCH")])
def test_the_integration_may_name_the_method(configured: str, sent: str) -> None:
    assert proxy("DELETE /pets/7", integrationMethod=configured).request_line.startswith(f"{sent} ")


def test_a_head_response_keeps_its_length() -> None:
    outcome = proxy("HEAD /pets/7", response=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")

    assert outcome.response.body == b""
    assert outcome.received("content-length") == ["500"]


def test_a_backend_that_is_not_there_is_service_unavailable() -> None:
    outcome = proxy(uri="http://127.0.0.1:1/x")

    assert outcome.response.status == 503
    assert outcome.response.body == b'{"message":"Service Unavailable"}'
    assert "127.0.0.1:1: Connection refused" in (outcome.exchange.integration_error or "")
    assert outcome.exchange.integration_status is None


def test_a_backend_that_takes_too_long_is_a_timeout() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await asyncio.sleep(1)

    outcome = proxy(handler=handle, timeoutInMillis=60)

    assert outcome.response.status == 504
    assert outcome.response.body == b'{"message":"Endpoint request timed out"}'
    assert 0.05 < (outcome.exchange.integration_latency or 0) < 0.5


@pytest.mark.parametrize("response", [b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"])
def test_a_response_that_cannot_be_passed_on_is_service_unavailable(response: bytes) -> None:
    outcome = proxy(response=response)

    assert outcome.response.status == 503
    assert outcome.exchange.integration_error


def test_a_request_that_goes_in_circles_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    passed = ", ".join(["HTTP/1.1 AmazonAPIGateway"] * 8)
    with caplog.at_level(logging.ERROR):
        outcome = proxy(headers={"Via": passed})

    assert outcome.response.status == 500
    assert outcome.requests == []
    assert "an API calls itself" in caplog.text


def test_a_line_break_that_came_through_never_makes_a_line() -> None:
    outcome = proxy(headers=[("X-Evil", "a\r\nX-Admin: yes")])
    assert (outcome.response.status, outcome.requests) == (400, [])

    outcome = proxy(headers=[("X-Evil", "a\nX-Admin: yes")])
    assert (outcome.response.status, outcome.requests) == (400, [])


def test_mapping_reaches_the_backend_and_the_client() -> None:
    outcome = proxy(
        "POST /pets/7?page=2&x=1",
        {"X-Old": "v", "X-Gone": "1"},
        b'{"owner":{"name":"Ann"}}',
        requestParameters={
            "append:header.X-New": "$request.header.x-old",
            "remove:header.x-gone": "''",
            "overwrite:querystring.owner": "$request.body.owner.name",
            "remove:querystring.x": "",
            "overwrite:path": "/animals/${request.path.id}/of/${request.body.owner.name}",
            "overwrite:header.host": "inner.example.com",
        },
        responseParameters={
            "200": {"overwrite:statuscode": "201", "append:header.X-Got": "$response.header.content-type"}
        },
    )

    assert outcome.request_line == "POST /animals/7/of/Ann?page=2&owner=Ann HTTP/1.1"
    assert outcome.sent("x-new") == ["v"]
    assert outcome.sent("x-gone") == []
    assert outcome.sent("host") == ["inner.example.com"]
    assert outcome.response.status == 201
    assert outcome.exchange.integration_status == 200
    assert outcome.received("x-got") == ["text/plain"]


def test_a_response_mapping_that_makes_no_status_is_an_error_of_the_gateway() -> None:
    outcome = proxy(responseParameters={"200": {"overwrite:statuscode": "$response.header.x-status"}})

    assert outcome.response.status == 500
    assert "is not a status code" in (outcome.exchange.integration_error or "")


def test_a_private_integration_keeps_the_stage_in_the_path() -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/pets/50dc6c495c0c9188/0467ef3c8400ae65"
    private = {"uri": arn, "vpc_links": {arn: "http://BACKEND"}, "connectionType": "VPC_LINK", "connectionId": "link1"}

    assert proxy("GET /pets/7?x=1", **private, stage="test").target == "/test/pets/7?x=1"
    assert proxy("GET /pets/7", **private).target == "/pets/7"
    plain_path = {"overwrite:path": "$request.path"}
    assert proxy("GET /pets/7", **private, stage="test", requestParameters=plain_path).target == "/pets/7"
