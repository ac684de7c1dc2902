"""Streamed responses over HTTP/2: frames as pieces come and windows let them, beside other streams."""

from collections.abc import Callable

import pytest
from h2.errors import ErrorCodes

from limen.downstream.limits import Limits
from tests.downstream.http2_client import REQUEST, Http2Client, StreamSeen
from tests.downstream.serving import Served
from tests.downstream.streamed import serve_feeds

Serving = Callable[..., Served]


def receive_until(client: Http2Client, condition: Callable[[], bool]) -> None:
    while not condition():
        assert not client.is_closed
        client.receive()


def begin(client: Http2Client, method: str = "GET") -> tuple[int, StreamSeen]:
    number = client.request([(":method", method), *REQUEST[1:]])
    return number, client.streams[number]


def test_each_piece_is_sent_when_it_comes(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, None, 201, (b"X-A", b"1"))
    with Http2Client(served) as client:
        number, seen = begin(client)
        feed = feeds.next()
        receive_until(client, lambda: bool(seen.headers))
        assert (seen.status, seen.headers["x-a"], seen.body) == (201, "1", b"")
        assert seen.headers.keys() & {"content-length", "transfer-encoding"} == set()
        feed.push(b"hello")
        receive_until(client, lambda: seen.body == b"hello")
        feed.push(b" ", b"world")
        feed.finish()
        assert client.answer(number).body == b"hello world"
        assert (feed.closed_with, feed.told, seen.reset) == ([11], ["abandon"], None)


def test_a_length_that_the_backend_told_is_passed_on(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, 5)
    with Http2Client(served) as client:
        number, seen = begin(client)
        feed = feeds.next()
        feed.push(b"hello")
        feed.finish()
        client.answer(number)
    assert (seen.headers["content-length"], seen.body) == ("5", b"hello")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_response_without_body_leaves_the_source(serving: Serving, method: str, status: int) -> None:
    feeds, served = serve_feeds(serving, None, status)
    with Http2Client(served) as client:
        number, seen = begin(client, method)
        client.answer(number)
        feed = feeds.next()
    assert (seen.status, seen.is_ended, feed.told, feed.stream.is_closed) == (status, True, ["abandon"], True)


def test_a_backend_that_breaks_resets_its_stream_alone(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served) as client:
        (first, broken), (second, whole) = begin(client), begin(client)
        feed, other = feeds.next(), feeds.next()
        feed.push(b"hello")
        receive_until(client, lambda: broken.body == b"hello")
        feed.break_off()
        assert client.answer(first).reset == ErrorCodes.INTERNAL_ERROR
        assert not broken.is_ended
        other.push(b"fine")
        other.finish()
        assert client.answer(second).body == b"fine"
        assert whole.is_ended
    assert (feed.closed_with, other.closed_with) == ([5], [4])


def test_a_header_that_cannot_be_sent_becomes_500(serving: Serving) -> None:
    _, served = serve_feeds(serving, None, 200, (b"X", b"a\r\nb: c"))
    with Http2Client(served) as client:
        number, _ = begin(client)
        assert client.answer(number).status == 500


def test_a_client_that_resets_its_stream_ends_the_source(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served) as client:
        number, seen = begin(client)
        feed = feeds.next()
        feed.push(b"hello")
        receive_until(client, lambda: seen.body == b"hello")
        client.h2.reset_stream(number, ErrorCodes.CANCEL)
        client.flush()
        feed.wait_until_told("abandon")
        feed.push(b"late")
        assert feed.closed_with == [5]
        number, _ = begin(client)
        feeds.next().finish()
        assert client.answer(number).is_ended


def test_a_client_that_leaves_ends_all_sources(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    client = Http2Client(served)
    begin(client)
    begin(client)
    waiting = [feeds.next(), feeds.next()]
    client.sock.close()
    for feed in waiting:
        feed.wait_until_told("abandon")
    served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_a_closed_window_makes_the_source_wait(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served, reads=False) as client:
        number, seen = begin(client)
        feed = feeds.next()
        feed.push(b"x" * 65_535)
        assert feed.told == []
        feed.push(b"y")
        assert (feed.told, served.budget.taken) == (["pause"], 1)
        feed.push(b"zz")  # was under way
        assert served.budget.taken == 3
        receive_until(client, lambda: len(seen.body) == 65_535)
        client.h2.acknowledge_received_data(65_535, number)
        client.flush()
        feed.wait_until_told("pause", "resume")
        receive_until(client, lambda: seen.body.endswith(b"xyzz"))
        assert served.budget.taken == 0
        feed.finish()
        assert client.answer(number).is_ended
    assert feed.closed_with == [65_538]


def test_an_end_waits_for_what_is_unsent(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served, reads=False) as client:
        number, seen = begin(client)
        feed = feeds.next()
        feed.push(b"x" * 65_535 + b"rest")
        feed.finish()
        receive_until(client, lambda: len(seen.body) == 65_535)
        assert (seen.is_ended, feed.closed_with) == (False, [])
        client.h2.acknowledge_received_data(65_535, number)
        client.flush()
        assert client.answer(number).body.endswith(b"xrest")
    assert feed.closed_with == [65_539]


def test_a_socket_that_is_full_makes_the_source_wait(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served, receive_buffer=4_096) as client:
        client.h2.update_settings({4: 2**31 - 1})
        client.h2.increment_flow_control_window(2**30)
        client.flush()
        number, seen = begin(client)
        feed = feeds.next()
        sent = 0
        while not feed.told:
            feed.push(b"x" * 250_000)
            sent += 250_000
        assert served.budget.taken > 0
        receive_until(client, lambda: len(seen.body) == sent)
        feed.wait_until_told("pause", "resume")
        feed.finish()
        assert client.answer(number).is_ended
    served.wait_until(lambda: served.budget.taken == 0)


def test_a_client_that_opens_no_window_is_dropped(serving: Serving) -> None:
    feeds, served = serve_feeds(serving, limits=Limits(write_timeout=0.2))
    with Http2Client(served, reads=False) as client:
        begin(client)
        feed = feeds.next()
        feed.push(b"x" * 100_000)
        feed.wait_until_told("pause", "abandon")
        served.wait_until(lambda: not served.listener.connections.open)
    assert served.budget.taken == 0


def test_streams_take_turns(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served) as client:
        numbers = [begin(client)[0] for _ in range(20)]
        waiting = [feeds.next() for _ in numbers]
        for _ in range(5):
            for feed in waiting:
                feed.push(b"x" * 1_000)
        for feed in waiting:
            feed.finish()
        assert [len(client.answer(number).body) for number in numbers] == [5_000] * 20


def test_draining_waits_for_the_end_of_a_stream(serving: Serving) -> None:
    feeds, served = serve_feeds(serving)
    with Http2Client(served) as client:
        number, seen = begin(client)
        feed = feeds.next()
        draining = served.call(lambda: served.listener._loop.create_task(served.listener.drain(10)))
        feed.push(b"hello")
        receive_until(client, lambda: seen.body == b"hello")
        assert not draining.done()
        feed.finish()
        assert client.answer(number).is_ended
        assert client.wait_for_goodbye() == ErrorCodes.NO_ERROR
        client.sock.close()
        served.wait_until(draining.done)
