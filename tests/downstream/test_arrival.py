"""Connections on behalf of others: the PROXY protocol before TLS, and X-Forwarded-For of trusted proxies."""

import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from limen.downstream.limits import Limits
from tests.downstream.http2_client import REQUEST, Http2Client
from tests.downstream.serving import Answers, Served, serve

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
LINE = b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n"
BINARY = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes((203, 0, 113, 8, 192, 0, 2, 1, 19, 136, 1, 187))


@pytest.fixture(scope="module")
def behind_balancer(certificates: Path) -> Iterator[Served]:
    with serve(certificates, trusted=("127.0.0.1",), takes_proxy_protocol=True) as served:
        yield served


@pytest.fixture(scope="module")
def behind_proxy(certificates: Path) -> Iterator[Served]:
    with serve(certificates, trusted=("127.0.0.0/8", "10.0.0.0/8")) as served:
        yield served


@contextlib.contextmanager
def connected(served: Served, *pieces: bytes) -> Iterator[ssl.SSLSocket]:
    """After `pieces`, sent one after the other, over TLS."""
    with socket.create_connection(("127.0.0.1", served.port), 10) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            plain.sendall(piece)
            time.sleep(0.01)
        yield ssl.create_default_context(cafile=str(served.ca)).wrap_socket(plain, server_hostname="localhost")


def ask(sock: ssl.SSLSocket, *lines: bytes) -> dict[str, object]:
    sock.sendall(b"\r\n".join((GET[:-4], *lines, b"", b"")))
    seen: dict[str, object] = Answers(sock).next().json()
    return seen


@pytest.mark.parametrize("size", [1, 5, 200])
@pytest.mark.parametrize(("header", "source"), [(LINE, "203.0.113.7"), (BINARY, "203.0.113.8")])
def test_the_header_says_who_calls(behind_balancer: Served, header: bytes, source: str, size: int) -> None:
    pieces = [header[start : start + size] for start in range(0, len(header), size)]
    with connected(behind_balancer, *pieces) as sock:
        seen = ask(sock)
        assert (seen["source_ip"], seen["server"]) == (source, ["192.0.2.1", 443])
        assert seen["sni"] == "localhost"


def test_header_and_hello_may_come_as_one(behind_balancer: Served) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=str(behind_balancer.ca)).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with socket.create_connection(("127.0.0.1", behind_balancer.port), 10) as sock:
        sock.sendall(LINE + outgoing.read())
        assert sock.recv(1) == b"\x16"


def test_a_balancer_may_call_for_itself(behind_balancer: Served) -> None:
    with connected(behind_balancer, b"PROXY UNKNOWN\r\n") as sock:
        assert ask(sock)["source_ip"] == "127.0.0.1"


def test_only_trusted_clients_of_the_balancer_are_believed_further(behind_balancer: Served) -> None:
    with connected(behind_balancer, LINE) as sock:
        assert ask(sock, b"X-Forwarded-For: 198.51.100.1")["source_ip"] == "203.0.113.7"
    with connected(behind_balancer, LINE.replace(b"203.0.113.7", b"127.0.0.1")) as sock:
        assert ask(sock, b"X-Forwarded-For: 198.51.100.1")["source_ip"] == "198.51.100.1"


@pytest.mark.parametrize("sent", [GET, b"\x16\x03\x01\x00\x05hello", b"PROXY TCP4 evil\r\n", BINARY[:13] + b"\xff" * 9])
def test_what_begins_otherwise_is_closed_without_a_word(behind_balancer: Served, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", behind_balancer.port), 10) as sock:
        sock.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""
    behind_balancer.wait_until(lambda: behind_balancer.listener.open_count == 0)


def test_a_check_of_health_is_no_event(behind_balancer: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "limen.downstream")
    socket.create_connection(("127.0.0.1", behind_balancer.port), 10).close()
    behind_balancer.wait_until(lambda: behind_balancer.listener.open_count == 0)
    assert caplog.records == []


@pytest.mark.parametrize("sent", [b"", LINE[:20], BINARY[:-1], LINE])
def test_what_does_not_come_in_time_is_closed(serving: Callable[..., Served], sent: bytes) -> None:
    served = serving(limits=Limits(handshake_timeout=0.2), trusted=("127.0.0.1",), takes_proxy_protocol=True)
    with socket.create_connection(("127.0.0.1", served.port), 10) as sock:
        sock.sendall(sent)
        assert sock.recv(100) == b""


def test_others_than_trusted_proxies_are_closed(serving: Callable[..., Served]) -> None:
    served = serving(trusted=("10.0.0.0/8",), takes_proxy_protocol=True)
    with socket.create_connection(("127.0.0.1", served.port), 10) as sock, contextlib.suppress(ConnectionResetError):
        sock.sendall(LINE)
        assert sock.recv(100) == b""
    assert served.exchanges == []


def test_nobody_is_believed_by_default(echoing: Served) -> None:
    with connected(echoing) as sock:
        assert ask(sock, b"X-Forwarded-For: 198.51.100.1")["source_ip"] == "127.0.0.1"
    with socket.create_connection(("127.0.0.1", echoing.port), 10) as sock:
        sock.sendall(LINE)
        assert Answers(sock).next().status == 400


def test_each_request_of_a_proxy_has_its_own_client(behind_proxy: Served) -> None:
    with connected(behind_proxy) as sock:
        seen = [
            ask(sock, b"X-Forwarded-For: " + value)["source_ip"]
            for value in (b"203.0.113.7", b"203.0.113.9, 10.1.1.1", b"evil", b"203.0.113.7")
        ]
        assert seen == ["203.0.113.7", "203.0.113.9", "127.0.0.1", "203.0.113.7"]


def test_connection_cannot_take_away_what_a_proxy_said(behind_proxy: Served) -> None:
    with connected(behind_proxy) as sock:
        seen = ask(sock, b"X-Forwarded-For: 203.0.113.7", b"Connection: keep-alive, X-Forwarded-For")
        assert seen["source_ip"] == "203.0.113.7"


def test_what_a_proxy_says_counts_over_http2(behind_proxy: Served) -> None:
    said = [("x-forwarded-for", "198.51.100.1, 203.0.113.7"), ("x_forwarded_for", "1.1.1.1")]
    with Http2Client(behind_proxy) as client:
        seen = client.answer(client.request(REQUEST + said)).json()
    assert seen["source_ip"] == "203.0.113.7"
    assert ["x-forwarded-for", "198.51.100.1"] in [[name.lower(), value] for name, value in seen["headers"]]


FORWARDED = b"Forwarded: for=6.6.6.6, for=203.0.113.7", b"forwarded: for=10.1.1.1"


def forwarded_of(seen: Any) -> list[str]:
    return [value for name, value in seen["headers"] if name.lower() == "forwarded"]


def test_what_anybody_says_in_forwarded_is_not_passed_on(echoing: Served) -> None:
    with connected(echoing) as sock:
        for _ in range(2):  # the second time its head is known
            assert forwarded_of(ask(sock, *FORWARDED)) == []
            assert forwarded_of(ask(sock, *FORWARDED, b"Connection: keep-alive, Forwarded, X-A")) == []
    with Http2Client(echoing) as client:
        assert forwarded_of(client.answer(client.request([*REQUEST, ("forwarded", "for=6.6.6.6")])).json()) == []


@pytest.mark.parametrize("also", [(), (b"X-Forwarded-For: 203.0.113.7",)])
def test_what_a_trusted_proxy_says_in_forwarded_is(behind_proxy: Served, also: tuple[bytes, ...]) -> None:
    with connected(behind_proxy) as sock:
        assert forwarded_of(ask(sock, *FORWARDED, *also)) == ["for=6.6.6.6, for=203.0.113.7", "for=10.1.1.1"]
    with Http2Client(behind_proxy) as client:
        seen = client.answer(client.request([*REQUEST, ("forwarded", "for=6.6.6.6")])).json()
    assert forwarded_of(seen) == ["for=6.6.6.6"]
