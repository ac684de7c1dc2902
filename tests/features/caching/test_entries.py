"""Flights: one request asks the backend, and those that ask for the same wait for it."""

from limen.clock import TICK
from limen.features.caching.settings import WARN
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.run import resume
from tests.features.caching.kept import ANEW, Cached, body_of, in_loop, method_denied, rounds, sent
from tests.support.exchanges import header_map


@in_loop
async def test_a_stampede_is_one_request_to_the_backend() -> None:
    cached = Cached(is_immediate=False)
    crowd = [cached.ask() for _ in range(1_000)]
    other = cached.ask("/?q=2")
    assert cached.asked == [crowd[0], other]
    cached.answer_by_backend(crowd[0])
    resume(crowd[0])
    await rounds()
    assert {body_of(each) for each in crowd} == {"200 answer"}
    assert body_of(other) == "(waits)"
    assert cached.counted == (999, 2)
    assert not any(cached.clock._buckets.values()), "no deadline is left"


@in_loop
async def test_behind_a_failing_backend_they_go_on_one_after_another() -> None:
    cached = Cached(is_immediate=False)
    crowd = [cached.ask() for _ in range(4)]
    cached.response = (503, [], b"down")
    for number in range(2):
        assert cached.asked == crowd[: number + 1]
        cached.answer_by_backend(crowd[number])
        resume(crowd[number])
        await rounds()
        assert body_of(crowd[number]) == "503 down"
    resume(crowd[2], GatewayError(API_CONFIGURATION_ERROR))
    await rounds()
    assert len(cached.asked) == 4
    cached.response = (200, [], b"up")
    cached.answer_by_backend(crowd[3])
    resume(crowd[3])
    assert (body_of(crowd[3]), body_of(cached.ask())) == ("200 up", "200 up")
    assert cached.counted == (1, 4)


@in_loop
async def test_what_cannot_be_shared_is_asked_for_by_each_at_once() -> None:
    cached = Cached(is_immediate=False)
    crowd = [cached.ask() for _ in range(4)]
    cached.response = (404, [], b"none")
    cached.answer_by_backend(crowd[0])
    resume(crowd[0])
    await rounds()
    assert cached.asked == crowd
    assert not cached.group.flights


@in_loop
async def test_a_long_row_of_failures_is_no_deep_stack() -> None:
    cached = Cached(is_immediate=False)
    crowd = [cached.ask() for _ in range(3_000)]
    cached.is_immediate = True
    cached.failure = GatewayError(API_CONFIGURATION_ERROR)
    resume(crowd[0], cached.failure)
    await rounds(4_000)
    assert {body_of(each) for each in crowd} == {'500 {"message": "Internal server error"}'}


@in_loop
async def test_who_waits_is_answered_when_its_time_is_up() -> None:
    cached = Cached(is_immediate=False, timeout=2.0)
    first = cached.ask()
    cached.hands.seconds += 1
    second = cached.ask()
    cached.hands.seconds += 2 + 2 * TICK
    cached.clock._tick()
    assert body_of(second) == '504 {"message": "Endpoint request timed out"}'
    assert body_of(first) == "(waits)"
    third = cached.ask()
    assert cached.asked == [first, third], "nobody joins a flight that is lost"


@in_loop
async def test_who_waits_with_a_refused_wish_is_warned_alone() -> None:
    cached = Cached(is_immediate=False, strategy=WARN, find_refusal=method_denied)
    first, warned, third = cached.ask(), cached.ask(headers=ANEW), cached.ask()
    cached.answer_by_backend(first)
    resume(first)
    await rounds()
    found = ["warning" in header_map(sent(each) or Response(0, [])) for each in (first, warned, third)]
    assert found == [False, True, False]
