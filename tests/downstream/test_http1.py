"""HTTP/1.1 over real TLS sockets: responses, bodies, limits, time, and clients that leave."""

import socket
import time
from collections.abc import Callable

import pytest

from limen.downstream.limits import Limits
from limen.gateway.exchange import Exchange
from tests.downstream.serving import Answers, Served, answer, echo

GET = b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_response_has_length_date_and_connection(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(GET)
        found = Answers(sock).next()
    assert found.headers["connection"] == "keep-alive"
    assert found.headers["date"].endswith("GMT")
    assert int(found.headers["content-length"]) == len(found.body)


def test_the_client_is_known_to_the_exchange(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(GET)
        seen = Answers(sock).next().json()
    assert (seen["source_ip"], seen["sni"], seen["tls"]) == ("127.0.0.1", "localhost", "TLSv1.3")
    assert seen["protocol"] == "HTTP/1.1"


def test_pipelined_requests_are_answered_in_order(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    with served.connect() as sock:
        sock.sendall(b"".join(GET.replace(b"/a", b"/%d" % number) for number in range(50)))
        answers = Answers(sock)
        for number in range(50):
            served.wait_until(lambda: bool(waiting))
            assert len(waiting) == 1  # one at a time
            served.call(lambda: echo(waiting.pop()))
            assert answers.next().json()["target"] == f"/{number}"


def test_thousands_of_pipelined_requests_do_not_recurse(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(GET * 2000)
        answers = Answers(sock)
        assert {answers.next().status for _ in range(2000)} == {200}


def test_what_is_sent_ahead_is_read_only_to_a_bound(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append, Limits(pipelined_size=1_000))
    with served.connect() as sock:
        sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                sock.sendall(GET * 1000)


def test_head_has_the_length_and_no_body(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"twelve bytes"))
    with served.connect() as sock:
        sock.sendall(GET.replace(b"GET", b"HEAD") + GET)
        answers = Answers(sock)
        assert answers.next(has_body=False).headers["content-length"] == "12"
        assert answers.next().body == b"twelve bytes"
    assert [exchange.response_length for exchange in served.exchanges] == [0, 12]


def test_head_keeps_the_length_that_a_backend_announced(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"", 200, (b"Content-Length", b"345")))
    with served.connect() as sock:
        sock.sendall(GET.replace(b"GET", b"HEAD"))
        assert Answers(sock).next(has_body=False).headers["content-length"] == "345"


@pytest.mark.parametrize("status", [204, 304])
def test_a_bodiless_status_has_neither_length_nor_body(serving: Callable[..., Served], status: int) -> None:
    served = serving(lambda exchange: answer(exchange, b"not to be sent", status))
    with served.connect() as sock:
        sock.sendall(GET + GET)
        answers = Answers(sock)
        for _ in range(2):
            found = answers.next()
            assert (found.status, found.body, "content-length" in found.headers) == (status, b"", False)


def test_framing_headers_of_a_response_are_ours(serving: Callable[..., Served]) -> None:
    fields = [
        (b"Content-Length", b"3"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Connection", b"upgrade"),
        (b"Date", b"yesterday"),
        (b"X-Kept", b"1"),
    ]
    served = serving(lambda exchange: answer(exchange, b"hello", 200, *fields))
    with served.connect() as sock:
        sock.sendall(GET)
        found = Answers(sock).next()
    assert found.body == b"hello"
    assert "transfer-encoding" not in found.headers
    assert (found.headers["connection"], found.headers["x-kept"]) == ("keep-alive", "1")
    assert found.headers["date"] != "yesterday"


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: b", b"a\nb", b"a\rb"])
def test_a_line_end_in_a_response_header_becomes_500(serving: Callable[..., Served], value: bytes) -> None:
    served = serving(lambda exchange: answer(exchange, b"hello", 200, (b"X", value)))
    with served.connect() as sock:
        sock.sendall(GET)
        answers = Answers(sock)
        found = answers.next()
        assert (found.status, found.json()) == (500, {"message": "Internal Server Error"})
        assert answers.is_closed()


def test_100_continue_is_sent_for_an_acceptable_head(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        answers = Answers(sock)
        assert answers.next().status == 100
        sock.sendall(b"hello")
        assert answers.next().json()["body"] == "hello"


def test_100_continue_is_not_sent_for_a_body_too_large(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485761\r\nExpect: 100-continue\r\n\r\n")
        found = Answers(sock).next()
    assert (found.status, found.json()) == (413, {"message": "Request Entity Too Large"})


def test_the_largest_body_passes(echoing: Served) -> None:
    size = 10_485_760
    with echoing.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        assert Answers(sock).next().json()["body"] == size
    echoing.wait_until(lambda: echoing.budget.taken == 0)


def test_a_client_that_sends_on_can_read_its_413(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n")
        sock.sendall(b"x" * 2_000_000)
        assert Answers(sock).next().status == 413


def test_chunks_past_the_cap_are_refused(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_size=1_000))
    with served.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(11):
            sock.sendall(b"64\r\n" + b"x" * 100 + b"\r\n")
        assert Answers(sock).next().status == 413
    served.wait_until(lambda: served.budget.taken == 0)


def test_a_chunk_for_each_byte_is_refused(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(
            b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 40_000
        )
        assert Answers(sock).next().status == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"a" * 10_240), 414),
        (b"GET /%s" % (b"a" * 10_400), 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: %s\r\n\r\n" % (b"a" * 20_480), 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: %s" % (b"a" * 20_480), 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (b"X: a\r\n" * 100), 431),
    ],
)
def test_heads_past_a_bound_are_refused(echoing: Served, head: bytes, status: int) -> None:
    with echoing.connect() as sock:
        sock.sendall(head)
        answers = Answers(sock)
        assert answers.next().status == status
        assert answers.is_closed()


def test_aliases_of_trusted_headers_are_dropped(echoing: Served) -> None:
    names = [b"X_Forwarded_For", b"x-forwarded_proto", b"X_Amzn_Trace_Id", b"Content_Length", b"my_own"]
    with echoing.connect() as sock:
        sock.sendall(GET[:-2] + b"".join(b"%s: 1\r\n" % name for name in names) + b"\r\n")
        seen = Answers(sock).next().json()
    assert [name for name, _ in seen["headers"]] == ["Host", "my_own"]


def test_headers_that_connection_names_are_dropped(echoing: Served) -> None:
    with echoing.connect() as sock:
        sock.sendall(GET[:-2] + b"Connection: keep-alive, X-Secret, Host\r\nX-Secret: 1\r\nX-Other: 2\r\n\r\n")
        seen = Answers(sock).next().json()
    assert [name for name, _ in seen["headers"]] == ["Host", "Connection", "X-Other"]


def test_a_slow_head_is_refused(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(head_timeout=0.1))
    with served.connect() as sock:
        sock.sendall(GET[:10])
        assert Answers(sock).next().status == 408


def test_a_trickling_body_is_refused_and_given_back(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_timeout=0.1, body_rate=1000))
    with served.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n")
        sock.sendall(b"x" * 99)
        served.wait_until(lambda: served.budget.taken == 50_000)
        assert Answers(sock).next().status == 408
        served.wait_until(lambda: served.budget.taken == 0)


def test_slow_bodies_make_way_when_room_is_scarce(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_timeout=0.2, body_rate=0, scarce_body_rate=50_000), room=100_000)
    with served.connect() as slow, served.connect() as quick:
        slow.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 95000\r\n\r\nx")
        served.wait_until(lambda: served.budget.taken == 95_000)
        quick.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n" + b"x" * 50_000)
        assert Answers(quick).next().json()["body"] == 50_000
        assert Answers(slow).next().status == 408


def test_a_slow_but_steady_body_passes(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_timeout=0.1, body_rate=100))
    with served.connect() as sock:
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\n")
        for _ in range(8):
            sock.sendall(b"x" * 100)
            time.sleep(0.05)
        assert Answers(sock).next().json()["body"] == "x" * 800


def test_an_idle_connection_is_closed(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(idle_timeout=0.2))
    with served.connect() as sock:
        sock.sendall(GET)
        answers = Answers(sock)
        answers.next()
        assert answers.is_closed()


def test_a_body_waits_for_room_and_is_read_when_there_is(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append, room=1_000)
    with served.connect() as first, served.connect() as second:
        post = b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\n"
        first.sendall(post + b"x" * 800)
        served.wait_until(lambda: len(waiting) == 1)
        second.sendall(post + b"y" * 800)
        time.sleep(0.1)
        assert len(waiting) == 1
        served.call(lambda: echo(waiting.pop(0)))
        served.wait_until(lambda: len(waiting) == 1)
        served.call(lambda: echo(waiting.pop(0)))
        assert Answers(second).next().json()["body"] == "y" * 800
    assert served.budget.taken == 0


def test_a_body_that_finds_no_room_is_answered_503(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append, Limits(room_timeout=0.1), room=1_000)
    with served.connect() as first, served.connect() as second:
        post = b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\n"
        first.sendall(post + b"x" * 800)
        served.wait_until(lambda: len(waiting) == 1)
        second.sendall(post)
        found = Answers(second).next()
        assert (found.status, found.json()) == (503, {"message": "Service Unavailable"})
        served.call(lambda: echo(waiting.pop()))
    assert served.budget.taken == 0


@pytest.mark.parametrize(
    "sent", [b"GET / HT", b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 800\r\n\r\nabc"]
)
def test_a_client_that_leaves_early_leaks_nothing(serving: Callable[..., Served], sent: bytes) -> None:
    served = serving()
    sock = served.connect()
    sock.sendall(sent)
    served.wait_until(lambda: len(served.listener.connections.open) == 1)
    sock.close()
    served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0
    assert served.exchanges == []


def test_a_client_that_leaves_during_its_exchange_leaks_nothing(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    sock = served.connect()
    sock.sendall(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
    served.wait_until(lambda: len(waiting) == 1)
    sock.close()
    served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 5  # the gateway still works with it
    served.call(lambda: echo(waiting[0]))
    assert served.budget.taken == 0
    assert waiting[0].response_length == 0


def test_a_client_that_does_not_read_is_dropped(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"x" * 10_000_000), Limits(write_timeout=0.1))
    with served.connect(receive_buffer=4096) as sock:
        sock.sendall(GET)
        served.wait_until(lambda: served.budget.taken > 0)
        served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_a_large_response_arrives_whole_before_the_close(serving: Callable[..., Served]) -> None:
    body = bytes(range(256)) * 40_000
    served = serving(lambda exchange: answer(exchange, body), Limits(closing_timeout=0.3))
    with served.connect(receive_buffer=4096) as sock:
        sock.sendall(GET[:-2] + b"Connection: close\r\n\r\n")
        time.sleep(0.5)
        answers = Answers(sock)
        assert answers.next().body == body
        assert answers.is_closed()
    served.wait_until(lambda: served.budget.taken == 0)


def test_bytes_of_one_client_never_reach_another(echoing: Served) -> None:
    """One parser serves all connections: whatever a head leaves it in the middle of must not show elsewhere."""
    heads = [
        b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"FETCH / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"PROPFIND / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ]
    for head in heads:
        with echoing.connect() as attacker, echoing.connect() as victim:
            attacker.sendall(head)
            victim.sendall(GET)
            assert Answers(victim).next().json()["target"] == "/a"


def test_a_reset_is_no_error(echoing: Served, caplog: pytest.LogCaptureFixture) -> None:
    sock = echoing.connect()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.sendall(GET)
    sock.close()
    with echoing.connect() as other:
        other.sendall(GET)
        Answers(other).next()
    assert caplog.records == []
