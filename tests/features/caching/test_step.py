"""What a cached method answers from what it kept, what it keeps, and who waits for whom."""

import gzip

import pytest

from limen.features.caching.settings import LARGEST_BODY
from limen.features.caching.step import find_obstacle, find_wish
from limen.features.compression import compile_compression
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.rest_failures import name_rest_request
from limen.gateway.run import resume
from limen.gateway.trace import Trace
from limen.wire import Headers, header
from tests.features.caching.kept import ANEW, Cached, body_of, sent
from tests.support.exchanges import header_map


def test_the_second_request_is_answered_without_the_backend() -> None:
    cached = Cached(outbound=(name_rest_request,))
    first, second = cached.ask(), cached.ask()
    assert body_of(first) == body_of(second) == "200 answer"
    one, two = (header_map(sent(each) or Response(0, [])) for each in (first, second))
    assert one["content-type"] == two["content-type"] == "text/plain"
    assert one["x-amzn-requestid"] != two["x-amzn-requestid"]
    assert len(cached.asked) == 1
    assert cached.counted == (1, 1)
    assert second.integration_latency is None


def test_other_values_are_other_entries_and_undeclared_ones_are_not() -> None:
    cached = Cached()
    for target in ("/?q=1", "/?q=2", "/", "/?q=", "/?q=1&r=3", "/other?q=1"):
        cached.ask(target)
    assert [each.target for each in cached.asked] == [b"/?q=1", b"/?q=2", b"/", b"/?q="]


def test_an_entry_ends_with_its_time() -> None:
    cached = Cached(ttl=5.0)
    cached.ask()
    cached.hands.seconds += 4.9
    cached.ask()
    assert len(cached.asked) == 1
    cached.hands.seconds += 0.1
    cached.ask()
    assert len(cached.asked) == 2
    cached.hands.seconds += 4.9
    cached.ask()
    assert len(cached.asked) == 2


@pytest.mark.parametrize(
    "response",
    [
        (404, [], b"no"),
        (301, [("Location", "/")], b""),
        (206, [], b"part"),
        (500, [], b"down"),
        (200, [("Set-Cookie", "session=1")], b"mine"),
        (200, [], bytes(LARGEST_BODY + 1)),
    ],
)
def test_what_is_not_kept_is_asked_for_each_time(response: tuple[int, list[tuple[str, str]], bytes]) -> None:
    cached = Cached(limit=4 << 20)
    cached.response = response
    assert body_of(cached.ask()) == body_of(cached.ask())
    assert len(cached.asked) == 2
    assert not cached.group.flights


def test_failures_of_the_gateway_are_not_kept() -> None:
    cached = Cached()
    cached.failure = GatewayError(API_CONFIGURATION_ERROR)
    assert body_of(cached.ask()) == '500 {"message": "Internal server error"}'
    cached.failure = None
    assert body_of(cached.ask()) == "200 answer"
    assert not cached.group.flights


def test_the_trace_id_of_the_request_that_asked_is_not_kept() -> None:
    cached = Cached()
    cached.response = (200, [("X-Amzn-Trace-Id", "Root=1-2-3"), ("X-Amzn-Trace-Id", "of the backend")], b"")
    cached.is_immediate = False
    first = cached.ask()
    first.trace_id = b"Root=1-2-3"
    cached.answer_by_backend(first)
    resume(first)
    second = cached.ask()
    assert [each[2] for each in (sent(second) or Response(0, [])).headers] == [b"of the backend"]


def test_kept_headers_are_not_those_that_are_sent() -> None:
    """What is added to one answer is on no other."""
    cached = Cached(outbound=(name_rest_request,))
    for _ in range(3):
        response = sent(cached.ask())
        assert response is not None
        assert len(response.headers) == 3


# --- max-age=0


def test_max_age_0_asks_the_backend_and_replaces_what_was_kept() -> None:
    cached = Cached()
    cached.ask()
    cached.response = (200, [], b"newer")
    assert body_of(cached.ask()) == "200 answer"
    assert body_of(cached.ask(headers=ANEW)) == "200 newer"
    assert body_of(cached.ask()) == "200 newer"
    assert cached.counted == (2, 2)


@pytest.mark.parametrize(
    ("value", "wishes"),
    [
        ("max-age=0", True),
        ("Max-Age=0", True),
        ("no-transform, max-age=0", True),
        ('max-age="0"', True),
        ("max-age = 0 , x", True),
        ("no-cache", False),
        ("no-store", False),
        ("max-age=01", False),
        ("max-age=10", False),
        ("s-max-age=0", False),
        ("x-max-age=0", False),
        ("", False),
    ],
)
def test_only_max_age_0_counts(value: str, wishes: bool) -> None:
    assert find_wish(Headers([header(b"Accept", b"*/*"), header(b"Cache-Control", value.encode())])) is wishes


def test_an_older_answer_does_not_replace_a_newer_one() -> None:
    cached = Cached(is_immediate=False)
    slow = cached.ask()
    cached.hands.seconds += 1
    fast = cached.ask(headers=ANEW)
    cached.response = (200, [], b"newer")
    cached.answer_by_backend(fast)
    resume(fast)
    cached.response = (200, [], b"older")
    cached.answer_by_backend(slow)
    resume(slow)
    assert body_of(slow) == "200 older"
    assert body_of(cached.ask()) == "200 newer"


# --- flushes


def test_a_flush_forgets_and_what_was_asked_before_it_is_not_kept() -> None:
    cached = Cached(is_immediate=False)
    early = cached.ask()
    cached.caches.mark("api1", "prod", 7)
    cached.answer_by_backend(early)
    resume(early)
    late = cached.ask()
    assert cached.asked == [early, late]
    cached.answer_by_backend(late)
    resume(late)
    cached.caches.mark("api1", "prod", 7)
    assert body_of(cached.ask()) == "200 answer", "the same mark is no news"
    cached.caches.mark("api1", "prod", 8)
    assert body_of(cached.ask()) == "(waits)"


# --- compression


def test_hits_are_compressed_as_misses_are_and_once() -> None:
    cached = Cached(outbound=(compile_compression(10),), smallest_coded=10)  # type: ignore[arg-type]
    cached.response = (200, [("Content-Length", "99")], b"long enough" * 20)
    coded = {"Accept-Encoding": "gzip"}
    plain, miss = cached.ask(), cached.ask("/?q=2", coded)
    hits = [cached.ask("/?q=2", coded), cached.ask(headers=coded), cached.ask(headers=coded)]
    for each in (miss, *hits):
        response = sent(each)
        assert response is not None
        assert header_map(response) == {"content-encoding": "gzip"}
        assert gzip.decompress(response.body) == b"long enough" * 20
    assert body_of(plain) == body_of(cached.ask("/?q=2")) == "200 " + "long enough" * 20
    first, second = sent(hits[1]), sent(hits[2])
    assert first is not None
    assert second is not None
    assert first.body is second.body


# --- what whoever looks is told


def test_a_trace_tells_of_hits_and_misses() -> None:
    cached = Cached()
    cached.ask()
    cached.hands.seconds += 2
    found = []
    for headers, status in (({}, 200), (ANEW, 200), (ANEW, 404)):
        cached.response = (status, [], b"")
        cached.trace = Trace()
        cached.ask(headers=headers)
        found.append([(each.name, each.values["outcome"], each.values.get("reason")) for each in cached.trace.events])
    assert found == [
        [("cache", "hit", None)],
        [("cache", "replaced", None), ("cached", "kept", "")],
        [("cache", "replaced", None), ("cached", "not kept", "its status is 404")],
    ]
    cached.hands.seconds += 2
    cached.trace = Trace()
    cached.ask()
    assert cached.trace.events[0].values == {
        "outcome": "hit",
        "key": {"method.request.querystring.q": "1"},
        "age_s": 2.0,
        "ttl_s": 300.0,
    }


def test_obstacles_are_told_in_words() -> None:
    assert find_obstacle(Response(204, [])) == ""
    assert find_obstacle(Response(200, [header(b"Set-Cookie", b"a=1")])) == "it sets a cookie"
