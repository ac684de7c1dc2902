"""From an accepted socket to a protocol, and the end of it: TLS, plain HTTP, draining, the cap on connections."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable

import pytest

from limen.downstream.limits import Limits
from limen.gateway.exchange import Exchange
from tests.downstream.serving import Answers, Served, echo

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"


def drain(served: Served, timeout: float = 5) -> "asyncio.Task[None]":
    return served.call(lambda: served.loop.create_task(served.listener.drain(timeout)))


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_is_served(echoing: Served, version: str) -> None:
    name = "abc.execute-api.us-east-1.localhost"
    done = subprocess.run(
        ["curl", "-sS", version, "--cacert", echoing.ca, "-w", "%{http_version}", "-d", "hello",
         "--resolve", f"{name}:{echoing.port}:127.0.0.1", f"https://{name}:{echoing.port}/orders?a=b"],
        capture_output=True, check=True, timeout=10,
    )  # fmt: skip
    assert b'"target": "/orders?a=b"' in done.stdout
    assert b'"body": "hello"' in done.stdout
    assert b'"sni": "abc.execute-api.us-east-1.localhost"' in done.stdout
    assert done.stdout.endswith(b"1.1" if version == "--http1.1" else b"2")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_tls(echoing: Served, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(echoing.ca))
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", echoing.port)) as plain:
        sock = context.wrap_socket(plain, server_hostname="localhost")
        sock.sendall(GET)
        assert Answers(sock).next().json()["tls"] == version.name.replace("_", ".")


def test_older_tls_is_refused(echoing: Served) -> None:
    context = ssl.create_default_context(cafile=str(echoing.ca))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", echoing.port)) as plain, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(plain, server_hostname="localhost")


def test_a_session_is_resumed(echoing: Served) -> None:
    context = ssl.create_default_context(cafile=str(echoing.ca))
    session = None
    for resumes in (False, True):
        with socket.create_connection(("127.0.0.1", echoing.port)) as plain:
            sock = context.wrap_socket(plain, server_hostname="localhost", session=session)
            sock.sendall(GET)
            Answers(sock).next()
            assert sock.session_reused == resumes
            session = sock.session


def test_plain_http_is_told_to_use_https(echoing: Served) -> None:
    with socket.create_connection(("127.0.0.1", echoing.port)) as sock:
        sock.settimeout(5)
        sock.sendall(GET)
        answers = Answers(sock)
        found = answers.next()
        assert found.status == 400
        assert b"https://" in found.body
        assert answers.is_closed()


@pytest.mark.parametrize("sent", [b"\x00\x00\x00", b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01", b""])
def test_what_is_no_handshake_is_closed(serving: Callable[..., Served], sent: bytes) -> None:
    served = serving(limits=Limits(handshake_timeout=0.3))
    with socket.create_connection(("127.0.0.1", served.port)) as sock:
        sock.settimeout(5)
        sock.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(1000)[:1] in (b"", b"\x15")  # nothing, or an alert
    served.wait_until(lambda: served.listener.open_count == 0)


def test_failed_handshakes_are_quiet(serving: Callable[..., Served], caplog: pytest.LogCaptureFixture) -> None:
    served = serving()
    with socket.create_connection(("127.0.0.1", served.port)) as plain, pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")  # does not trust our authority
    served.wait_until(lambda: served.listener.open_count == 0)
    assert caplog.records == []


def test_a_client_hello_in_pieces_is_waited_for(echoing: Served) -> None:
    context = ssl.create_default_context(cafile=str(echoing.ca))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    with socket.create_connection(("127.0.0.1", echoing.port)) as sock:
        sock.settimeout(5)
        for piece in (hello[:3], hello[3:100], hello[100:]):
            sock.sendall(piece)
            time.sleep(0.02)
        assert sock.recv(1) == b"\x16"


def test_draining_closes_idle_connections_at_once(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(drain_grace=0.0))
    with served.connect() as sock:
        sock.sendall(GET)
        answers = Answers(sock)
        answers.next()
        drain(served)
        assert answers.is_closed()


def test_draining_answers_a_request_that_was_on_its_way(serving: Callable[..., Served]) -> None:
    served = serving()
    with served.connect() as sock:
        sock.sendall(GET)
        answers = Answers(sock)
        answers.next()
        drain(served)
        sock.sendall(GET)
        assert answers.next().headers["connection"] == "close"
        assert answers.is_closed()


def test_draining_answers_busy_connections_with_close(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    with served.connect() as sock:
        sock.sendall(GET)
        served.wait_until(lambda: len(waiting) == 1)
        task = drain(served)
        time.sleep(0.05)
        assert not task.done()
        served.call(lambda: echo(waiting[0]))
        answers = Answers(sock)
        assert answers.next().headers["connection"] == "close"
        assert answers.is_closed()
        sock.close()
        served.wait_until(task.done)


def test_draining_ends_in_its_time(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: None)
    with served.connect() as sock:
        sock.sendall(GET)
        served.wait_until(lambda: len(served.exchanges) == 1)
        task = drain(served, 0.1)
        served.wait_until(task.done)
        assert Answers(sock).is_closed()


def test_the_socket_goes_to_the_next_worker_with_its_queue(serving: Callable[..., Served]) -> None:
    served = serving()
    served.call(served.listener.stop_accepting)
    with socket.create_connection(("127.0.0.1", served.port)):
        time.sleep(0.05)
        assert served.listener.accepted == 0
        accepted, _ = served.listener._socket.accept()
        accepted.close()


def test_whom_the_kernel_let_in_before_the_end_is_answered_and_who_comes_later_refused(echoing: Served) -> None:
    echoing.call(echoing.listener.stop_accepting)
    context = ssl.create_default_context(cafile=str(echoing.ca))
    plain = socket.create_connection(("127.0.0.1", echoing.port))  # waits in the queue

    task = drain(echoing)

    with context.wrap_socket(plain, server_hostname="localhost") as sock:
        sock.sendall(GET)
        assert Answers(sock).next().status == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", echoing.port))
    echoing.wait_until(task.done)


def test_connections_past_the_cap_wait_until_one_closes(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: None, Limits(connections=2))
    busy = [served.connect(), served.connect()]
    for sock in busy:
        sock.sendall(GET)
    served.wait_until(lambda: len(served.exchanges) == 2)
    with socket.create_connection(("127.0.0.1", served.port)):
        time.sleep(0.05)
        assert served.listener.accepted == 2
        busy[0].close()
        served.wait_until(lambda: served.listener.accepted == 3)
    busy[1].close()


def test_an_idle_connection_makes_room_at_the_cap(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(connections=2))
    with served.connect() as first, served.connect() as second:
        for sock in (first, second):
            sock.sendall(GET)
            Answers(sock).next()
        with socket.create_connection(("127.0.0.1", served.port)):
            assert Answers(first).is_closed()
            first.close()
            served.wait_until(lambda: served.listener.accepted == 3)
