"""Streamed from a backend to a client through a gateway, over real sockets: what either end sees of the other, when."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from limen.downstream.authority import ensure_authority
from limen.gateway.body_stream import Bandwidth
from limen.gateway.errors import INTERNAL, GatewayError
from limen.gateway.exchange import Exchange
from limen.wire import Header, header
from tests.integrations.streams import Over, OverHttp1, OverHttp2, gateway, take_request

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
UNBOUND = Bandwidth(0, 0)

both = pytest.mark.parametrize("over", [OverHttp1, OverHttp2])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    ensure_authority(data)
    return data


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@both
def test_the_client_sees_each_byte_when_the_backend_has_sent_it(certificates: Path, over: Over) -> None:
    with gateway(certificates) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        status, headers = client.head()
        assert (status, headers["content-type"]) == (200, "text/event-stream")
        for event in (b"data: 1\n\n", b"data: 2\n\n"):
            backend.sendall(chunk(event))
            assert client.read(len(event)) == event
        assert not peer.has_recorded
        backend.sendall(b"0\r\n\r\n")
        assert client.end() == "whole"
        assert peer.recorded().response_length == 18

        client.ask()  # both connections serve the next one
        take_request(backend)
        backend.sendall(HEAD + chunk(b"again") + b"0\r\n\r\n")
        assert (client.head()[0], client.read(5), client.end()) == (200, b"again", "whole")
        assert peer.recorded().response_length == 5


@both
def test_records_run_once_at_the_end_and_know_the_times(certificates: Path, over: Over) -> None:
    with gateway(certificates) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        client.head()
        backend.sendall(chunk(b"hello"))
        client.read(5)
        backend.sendall(b"0\r\n\r\n")
        assert client.end() == "whole"
        noted = peer.recorded()
    assert noted.response is not None
    assert (noted.response.status, noted.integration_status, noted.response_length) == (200, 200, 5)
    assert noted.time_to_all_headers is not None
    assert noted.time_to_first_content is not None
    assert noted.integration_latency is not None
    assert 0 < noted.time_to_all_headers <= noted.time_to_first_content <= noted.integration_latency
    assert noted.integration_error is None


@both
def test_more_than_ten_megabytes_pass_and_none_is_held(certificates: Path, over: Over) -> None:
    with gateway(certificates, bandwidth=UNBOUND) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        client.head()
        piece = bytes(range(250)) * 4_000
        for _ in range(12):
            backend.sendall(chunk(piece))
            assert client.read(len(piece)) == piece
        backend.sendall(b"0\r\n\r\n")
        assert client.end() == "whole"
        assert peer.recorded().response_length == 12_000_000
        assert peer.served.budget.taken == 0


@both
def test_a_backend_that_breaks_midway_breaks_the_client_off(certificates: Path, over: Over) -> None:
    with gateway(certificates) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD + chunk(b"hello"))
        client.head()
        client.read(5)
        backend.close()
        assert client.end() == "broken"
        noted = peer.recorded()
    assert (noted.response_length, noted.integration_status) == (5, 200)
    assert "connection lost" in (noted.integration_error or "")


@both
def test_a_client_that_leaves_hangs_up_on_the_backend(certificates: Path, over: Over) -> None:
    with gateway(certificates) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD + chunk(b"hello"))
        client.head()
        client.read(5)
        client.leave()
        with pytest.raises(OSError):
            while True:
                backend.sendall(chunk(b"more"))
        assert peer.recorded().integration_error is None


@both
def test_a_client_that_reads_nothing_holds_the_backend_up(certificates: Path, over: Over) -> None:
    with gateway(certificates, bandwidth=UNBOUND) as peer:
        client = over(peer.served, receive_buffer=65_536)
        client.ask()
        backend = peer.asked()
        backend.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        backend.settimeout(0.3)
        data, size = chunk(b"x" * 60_000), 0
        with pytest.raises(TimeoutError):
            backend.sendall(HEAD)
            while size < 60_000_000:
                backend.sendall(data)
                size += 60_000
        assert peer.served.budget.taken < 2_000_000


def test_a_client_that_goes_on_reading_lets_the_backend_go_on(certificates: Path) -> None:
    with gateway(certificates, bandwidth=UNBOUND) as peer:
        client = OverHttp1(peer.served, receive_buffer=65_536)
        client.ask()
        backend = peer.asked()
        size = 20_000_000
        backend.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        assert client.head()[1]["content-length"] == str(size)
        backend.setblocking(False)
        sent = 0
        while sent < size:  # by turns, as far as either end has room
            try:
                sent += backend.send(b"x" * min(1_000_000, size - sent))
            except BlockingIOError:
                client.read(100_000)
                size -= 100_000
                sent -= 100_000
        client.read(size)
        assert peer.recorded().response_length == 20_000_000


def test_bytes_beyond_the_first_are_slowed_down(certificates: Path) -> None:
    with gateway(certificates, bandwidth=Bandwidth(unthrottled=100_000, rate=1_000_000)) as peer:
        client = OverHttp1(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        client.head()
        backend.sendall(chunk(b"x" * 600_000) + b"0\r\n\r\n")
        client.read(100_000)
        begun = time.monotonic()
        client.read(500_000)
        assert client.end() == "whole"
        assert time.monotonic() - begun > 0.15  # half a second, less what one read of the backend may hold


# --- what ends an exchange before its head


@both
def test_a_backend_that_is_not_there_is_a_failure(certificates: Path, over: Over) -> None:
    with gateway(certificates) as peer:
        peer.listening.close()
        client = over(peer.served)
        client.ask()
        assert client.head()[0] == 503
        noted = peer.recorded()
        assert "Connection refused" in (noted.integration_error or "")
        assert noted.time_to_all_headers is None


def test_a_backend_that_says_nothing_in_its_time_is_a_failure(certificates: Path) -> None:
    with gateway(certificates, timeout=0.05) as peer:
        client = OverHttp1(peer.served)
        client.ask()
        assert client.head()[0] == 504
        peer.recorded()


def test_a_backend_that_falls_silent_is_broken_off(certificates: Path) -> None:
    with gateway(certificates, idle_timeout=0.05) as peer:
        client = OverHttp2(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        assert client.head()[0] == 200
        assert client.end() == "broken"
        assert "nothing came for 0.05 s" in (peer.recorded().integration_error or "")


def refuse_head(_: Exchange, __: int, ___: list[Header]) -> Any:
    raise GatewayError(INTERNAL, "a status that maps to nothing")


@both
def test_a_head_that_cannot_be_mapped_is_a_failure(certificates: Path, over: Over) -> None:
    with gateway(certificates, make_head=refuse_head) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        assert client.head()[0] == 500
        assert peer.recorded().integration_error == "a status that maps to nothing"
        assert backend.recv(1) == b"", "hung up"


def name_it(exchange: Exchange) -> None:
    assert exchange.response is not None
    exchange.response.headers.append(header(b"X-Named", b"1"))


def break_down(_: Exchange) -> None:
    raise RuntimeError("a bug")


@both
def test_outbound_steps_come_before_the_head(certificates: Path, over: Over) -> None:
    with gateway(certificates, (name_it,)) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        assert client.head()[1]["x-named"] == "1"


@both
def test_an_outbound_step_that_fails_ends_the_stream(certificates: Path, over: Over) -> None:
    with gateway(certificates, (break_down,)) as peer:
        client = over(peer.served)
        client.ask()
        backend = peer.asked()
        backend.sendall(HEAD)
        assert client.head()[0] == 500
        assert backend.recv(1) == b"", "hung up"
        peer.recorded()
