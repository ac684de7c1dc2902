"""HTTP/2 over real TLS sockets, by a client that can break its rules."""

import contextlib
import time
from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes
from hyperframe.frame import ContinuationFrame, HeadersFrame, RstStreamFrame

from limen.downstream.limits import Limits
from limen.gateway.exchange import Exchange
from tests.downstream.http2_client import REQUEST, Http2Client
from tests.downstream.serving import Served, answer, echo


def with_fields(*fields: tuple[str, str], **replaced: str) -> list[tuple[str, str]]:
    return [(name, replaced.get(name[1:], value)) for name, value in REQUEST] + list(fields)


def test_a_request_becomes_the_same_exchange_as_over_http1(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        seen = client.answer(client.request(with_fields(("x-a", "1"), path="/b?c=d")))
    assert seen.status == 200
    exchange = seen.json()
    assert (exchange["method"], exchange["target"], exchange["host"]) == ("GET", "/b?c=d", "localhost")
    assert exchange["protocol"] == "HTTP/2.0"
    assert exchange["headers"] == [["host", "localhost"], ["x-a", "1"]]
    assert int(seen.headers["content-length"]) == len(seen.body)
    assert "date" in seen.headers


def test_crumbs_of_a_cookie_are_joined(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        seen = client.answer(client.request(with_fields(("cookie", "a=1"), ("x-b", "2"), ("cookie", "c=3"))))
    assert seen.json()["headers"] == [["host", "localhost"], ["cookie", "a=1; c=3"], ["x-b", "2"]]


def test_many_streams_at_once(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    with Http2Client(served) as client:
        streams = [client.request(with_fields(path=f"/{number}")) for number in range(100)]
        served.wait_until(lambda: len(waiting) == 100)
        served.call(lambda: [echo(exchange) for exchange in reversed(waiting)])
        assert [client.answer(stream).json()["target"] for stream in streams] == [f"/{n}" for n in range(100)]


def test_a_megabyte_goes_both_ways(serving: Callable[..., Served]) -> None:
    body = bytes(range(256)) * 4096
    served = serving(lambda exchange: answer(exchange, exchange.body))
    with Http2Client(served) as client:
        for _ in range(4):
            seen = client.answer(client.request(with_fields(method="POST"), body))
            assert seen.body == body
    served.wait_until(lambda: served.budget.taken == 0)
    assert served.exchanges[0].response_length == len(body)


def test_a_body_past_the_cap_is_refused_on_its_stream(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_size=100_000))
    with Http2Client(served) as client:
        announced = client.request(with_fields(("content-length", "100001"), method="POST"), ends=False)
        assert client.answer(announced).status == 413
        streamed = client.request(with_fields(method="POST"), ends=False)
        client.send(streamed, b"x" * 100_001, ends=False)
        assert client.answer(streamed).status == 413
        assert client.answer(client.request()).status == 200
    served.wait_until(lambda: served.budget.taken == 0)


def test_a_client_that_sends_all_of_a_refused_body_reads_the_refusal_after_it(serving: Callable[..., Served]) -> None:
    body = b"x" * 3_000_000  # more than its window: it must be opened for a client that waits for nothing else
    served = serving(limits=Limits(body_size=100_000))
    with Http2Client(served) as client:
        stream = client.request(with_fields(("content-length", str(len(body))), method="POST"), body)
        assert (client.answer(stream).status, client.streams[stream].reset) == (413, None)
        assert client.answer(client.request()).status == 200


def test_a_refused_body_without_end_is_reset(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_size=100_000, unwanted_size=200_000))
    with Http2Client(served) as client:
        stream = client.request(with_fields(method="POST"), ends=False)
        client.send(stream, b"x" * 400_000, ends=False)
        while client.streams[stream].reset is None:
            client.receive()
        assert (client.streams[stream].status, client.streams[stream].reset) == (413, 0)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (with_fields(("connection", "close")), 400),
        (with_fields(("transfer-encoding", "chunked")), 400),
        (with_fields(("te", "gzip")), 400),
        (with_fields(("te", "trailers")), 200),
        (with_fields(("host", "evil")), 400),
        (with_fields(("host", "localhost")), 200),
        (with_fields(("X-Upper", "1")), 400),
        (with_fields(("x-a", "1\r\nx-b: 2")), 400),
        (with_fields(("x-a", "1\0")), 400),
        (with_fields(("x a", "1")), 400),
        (with_fields(("content-length", "+1")), 400),
        (with_fields((":path", "/b")), 400),
        (with_fields((":status", "200")), 400),
        (with_fields(authority="local host"), 400),
        (with_fields(authority=""), 400),
        (with_fields(scheme="http"), 400),
        (with_fields(method="TRACE"), 400),
        (with_fields(method="G ET"), 400),
        (with_fields(path="*"), 400),
        (with_fields(path=""), 400),
        (with_fields(path="https://localhost/a"), 400),
        (with_fields(path="/a b"), 400),
        (with_fields(path="/a\r\nb"), 400),
        (with_fields(path="/a#b"), 400),
        (with_fields(path="/" + "a" * 10_240), 414),
        (with_fields(("expect", "much")), 417),
        (with_fields(*[("x-a", "1")] * 101), 431),
        (with_fields(*[("cookie", "a=1")] * 101), 431),
        (with_fields(("x-a", "1" * 20_480)), 431),
        ([("x-a", "1"), *REQUEST], 400),
        (REQUEST[:3], 400),
    ],
)
def test_what_is_no_request_is_refused_on_its_stream(
    echoing: Served, fields: list[tuple[str, str]], status: int
) -> None:
    with Http2Client(echoing) as client:
        with contextlib.suppress(AssertionError, KeyError):
            assert client.answer(client.request(fields)).status == status
            assert client.answer(client.request()).status == 200
            return
        assert status == 400
        assert client.wait_for_goodbye() == ErrorCodes.PROTOCOL_ERROR


def test_a_content_length_that_is_not_kept_ends_the_connection(echoing: Served) -> None:
    before = len(echoing.exchanges)
    with Http2Client(echoing) as client:
        client.request(with_fields(("content-length", "3"), method="POST"), b"four")
        assert client.wait_for_goodbye() == ErrorCodes.PROTOCOL_ERROR
    assert len(echoing.exchanges) == before


def test_100_continue(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        stream = client.request(with_fields(("expect", "100-continue"), method="POST"), ends=False)
        while not client.streams[stream].informational:
            client.receive()
        client.send(stream, b"hello")
        assert client.answer(stream).json()["body"] == "hello"


def test_response_headers_are_lower_case_and_ours_alone(serving: Callable[..., Served]) -> None:
    fields = [(b"X-Mixed", b"1"), (b"Connection", b"close"), (b"Content-Length", b"9")]
    served = serving(lambda exchange: answer(exchange, b"hello", 200, *fields))
    with Http2Client(served) as client:
        seen = client.answer(client.request())
    assert set(seen.headers) == {":status", "date", "content-length", "x-mixed"}
    assert seen.headers["content-length"] == "5"


def test_a_line_end_in_a_response_header_becomes_500(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"hello", 200, (b"X", b"a\r\nb: c")))
    with Http2Client(served) as client:
        assert client.answer(client.request()).status == 500


def test_head_has_no_body(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"hello"))
    with Http2Client(served) as client:
        seen = client.answer(client.request(with_fields(method="HEAD")))
    assert (seen.headers["content-length"], seen.body) == ("5", b"")


def test_rapid_reset_is_calmed(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: None, Limits(resets_per_second=20))
    with Http2Client(served) as client:
        with contextlib.suppress(OSError):
            for _ in range(100):
                client.h2.reset_stream(client.request(), ErrorCodes.CANCEL)
                client.flush()
        assert client.wait_for_goodbye() in (ErrorCodes.ENHANCE_YOUR_CALM, None)
    served.wait_until(lambda: not served.listener.connections.open)
    assert len(served.exchanges) <= 22


def test_streams_that_were_answered_may_be_reset(serving: Callable[..., Served]) -> None:
    """curl 7.88 does so wherever an answer has no body."""
    served = serving(lambda exchange: answer(exchange, b""), Limits(resets_per_second=5))
    with Http2Client(served) as client:
        for _ in range(20):
            stream = client.request()
            assert client.answer(stream).status == 200
            client.sock.sendall(RstStreamFrame(stream, ErrorCodes.NO_ERROR).serialize())


def test_reset_streams_still_count_as_busy(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: None, Limits(streams=5, resets_per_second=1000))
    with Http2Client(served) as client:
        for count in range(1, 6):
            stream = client.request()
            served.wait_until(lambda count=count: len(served.exchanges) == count)
            client.h2.reset_stream(stream, ErrorCodes.CANCEL)
            client.flush()
        assert client.answer(client.request()).reset == ErrorCodes.REFUSED_STREAM


def test_a_request_reset_in_the_same_packet_is_not_started(serving: Callable[..., Served]) -> None:
    served = serving()
    with Http2Client(served) as client:
        stream = client.h2.get_next_available_stream_id()
        client.h2.send_headers(stream, REQUEST, end_stream=True)
        client.h2.reset_stream(stream, ErrorCodes.CANCEL)
        client.flush()
        assert client.answer(client.request(with_fields(path="/b"))).json()["target"] == "/b"
    assert len(served.exchanges) == 1


def test_a_reset_leaks_nothing(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    with Http2Client(served) as client:
        whole = client.request(with_fields(method="POST"), b"hello")
        half = client.request(with_fields(("content-length", "900"), method="POST"), b"hello", ends=False)
        served.wait_until(lambda: served.budget.taken == 905)
        for stream in (whole, half):
            client.h2.reset_stream(stream)
        client.flush()
        served.wait_until(lambda: served.budget.taken == 5)
        served.call(lambda: echo(waiting[0]))
        assert (served.budget.taken, waiting[0].response_length) == (0, 0)


def flood(served: Served, frames: Callable[[Http2Client], None]) -> int | None:
    with Http2Client(served) as client:
        with contextlib.suppress(OSError):
            for _ in range(2_000):
                frames(client)
                client.flush()
        return client.wait_for_goodbye()


def test_a_flood_of_pings_is_calmed(echoing: Served) -> None:
    assert flood(echoing, lambda client: client.h2.ping(b"12345678")) in (ErrorCodes.ENHANCE_YOUR_CALM, None)
    echoing.wait_until(lambda: not echoing.listener.connections.open)


def test_a_flood_of_settings_is_calmed(echoing: Served) -> None:
    assert flood(echoing, lambda client: client.h2.update_settings({1: 4096})) in (ErrorCodes.ENHANCE_YOUR_CALM, None)
    echoing.wait_until(lambda: not echoing.listener.connections.open)


def test_a_flood_of_empty_data_is_calmed(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        stream = client.request(with_fields(method="POST"), ends=False)
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                client.h2.send_data(stream, b"")
                client.flush()
        assert client.wait_for_goodbye() in (ErrorCodes.ENHANCE_YOUR_CALM, None)
    echoing.wait_until(lambda: not echoing.listener.connections.open)


def test_continuation_without_end_is_calmed(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        frame = HeadersFrame(1, data=client.h2.encoder.encode(REQUEST))
        client.sock.sendall(frame.serialize())
        with contextlib.suppress(OSError):
            for _ in range(1_000):
                client.sock.sendall(ContinuationFrame(1, data=b"").serialize())
        assert client.wait_for_goodbye() in (ErrorCodes.ENHANCE_YOUR_CALM, None)
    echoing.wait_until(lambda: not echoing.listener.connections.open)


def test_a_header_block_that_unpacks_to_megabytes_is_refused(echoing: Served) -> None:
    with Http2Client(echoing) as client:
        block = client.h2.encoder.encode([*REQUEST, ("x-bomb", "b" * 3_900)])
        block += bytes([0x80 | 62]) * 8_000  # each byte stands for the whole header
        frame = HeadersFrame(1, data=block, flags=["END_HEADERS", "END_STREAM"])
        client.sock.sendall(frame.serialize())
        assert client.wait_for_goodbye() == ErrorCodes.ENHANCE_YOUR_CALM


def test_a_head_that_does_not_end_runs_out_of_time(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(head_timeout=0.1, closing_timeout=0.1))
    with Http2Client(served) as client:
        client.sock.sendall(HeadersFrame(1, data=client.h2.encoder.encode(REQUEST)).serialize())
        served.wait_until(lambda: not served.listener.connections.open)


def test_a_trickling_body_is_refused(serving: Callable[..., Served]) -> None:
    served = serving(limits=Limits(body_timeout=0.1))
    with Http2Client(served) as client:
        stream = client.request(with_fields(method="POST"), b"x", ends=False)
        assert client.answer(stream).status == 408
    served.wait_until(lambda: served.budget.taken == 0)


def test_a_body_waits_for_room_by_flow_control(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append, room=1_000)
    with Http2Client(served) as client:
        streams = [client.request(with_fields(method="POST"), letter * 800) for letter in (b"x", b"y")]
        served.wait_until(lambda: len(waiting) == 1)
        time.sleep(0.05)
        assert len(waiting) == 1
        served.call(lambda: echo(waiting[0]))
        served.wait_until(lambda: len(waiting) == 2)
        served.call(lambda: echo(waiting[1]))
        assert [client.answer(stream).json()["body"][0] for stream in streams] == ["x", "y"]
    served.wait_until(lambda: served.budget.taken == 0)


def test_a_client_that_opens_no_window_is_dropped(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"x" * 1_000_000), Limits(write_timeout=0.2))
    with Http2Client(served, reads=False) as client:
        client.request()
        served.wait_until(lambda: served.budget.taken > 900_000)
        served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_a_client_that_does_not_read_is_dropped(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: answer(exchange, b"x" * 9_000_000), Limits(write_timeout=0.2))
    with Http2Client(served, receive_buffer=4_096) as client:
        client.h2.update_settings({4: 2**31 - 1})
        client.h2.increment_flow_control_window(2**30)
        client.flush()
        client.request()
        served.wait_until(lambda: served.budget.taken > 0)
        served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_draining_answers_what_is_asked_and_says_goodbye(serving: Callable[..., Served]) -> None:
    waiting: list[Exchange] = []
    served = serving(waiting.append)
    with Http2Client(served) as client:
        stream = client.request()
        served.wait_until(lambda: len(waiting) == 1)
        served.call(lambda: served.listener._loop.create_task(served.listener.drain(5)))
        time.sleep(0.05)
        served.call(lambda: answer(waiting[0], b"late"))
        assert client.answer(stream).body == b"late"
        assert client.wait_for_goodbye() == ErrorCodes.NO_ERROR


def test_goodbye_does_not_wait_for_slow_streams_longer_than_the_grace(serving: Callable[..., Served]) -> None:
    served = serving(lambda exchange: None, Limits(drain_grace=0.1))
    with Http2Client(served) as client:
        client.request()
        served.wait_until(lambda: len(served.exchanges) == 1)
        served.call(lambda: served.listener._loop.create_task(served.listener.drain(5)))
        while client.goodbye is None:
            client.receive()
        assert len(served.listener.connections.open) == 1


def test_bytes_that_are_not_http2_close_the_connection(echoing: Served) -> None:
    with echoing.connect("h2") as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
        while sock.recv(65_536):
            pass
    echoing.wait_until(lambda: not echoing.listener.connections.open)
