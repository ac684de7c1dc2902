"""How the steps of a plan are walked: to the end, to an answer, to a failure, and on from where one waited."""

import asyncio
from typing import Any

import pytest

from limen.clock import Clock
from limen.gateway.body_stream import BodyStream
from limen.gateway.errors import FORBIDDEN, GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.route_plan import WAITS, RoutePlan, Step
from limen.gateway.run import resume, run
from tests.support.exchanges import answer, exchange

INTERNAL = (500, b'{"message":"Internal Server Error"}')


class Walk:
    """Steps that note when they run."""

    def __init__(self) -> None:
        self.noted: list[str] = []
        self.asked = exchange()

    def step(self, name: str, does: Any = None) -> Step:
        def note(exchange: Exchange) -> Any:
            self.noted.append(name)
            return does(exchange) if does is not None else None

        return note

    def run(self, *inbound: Step, outbound: tuple[Step, ...] = (), **changes: Any) -> None:
        record = self.step("record")
        plan = RoutePlan("GET /", inbound, outbound, (record,), answer_failure)
        run(self.asked, plan)

    @property
    def answered(self) -> tuple[int, bytes]:
        response = answer(self.asked)
        return response.status, response.body


def respond(exchange: Exchange) -> None:
    exchange.response = Response(200, [], b"ok")


def forbid(_: Exchange) -> None:
    raise GatewayError(FORBIDDEN)


def break_down(_: Exchange) -> None:
    raise RuntimeError("a bug")


def test_an_answer_ends_the_way_in_and_starts_the_way_out() -> None:
    walk = Walk()
    walk.run(walk.step("one"), walk.step("two", respond), walk.step("three"), outbound=(walk.step("out"),))
    assert walk.noted == ["one", "two", "out", "record"]
    assert walk.answered == (200, b"ok")


def test_a_failure_skips_to_the_answer() -> None:
    walk = Walk()
    walk.run(walk.step("one", forbid), walk.step("two"), outbound=(walk.step("out"),))
    assert walk.noted == ["one", "record"]
    assert walk.answered == (403, b'{"message":"Forbidden"}')
    assert walk.asked.failure.failure is FORBIDDEN


@pytest.mark.parametrize("place", ["inbound", "outbound"])
def test_a_bug_is_logged_and_never_told(place: str, caplog: pytest.LogCaptureFixture) -> None:
    walk = Walk()
    if place == "inbound":
        walk.run(walk.step("one", break_down))
    else:
        walk.run(walk.step("one", respond), outbound=(walk.step("out", break_down),))
    assert walk.answered == INTERNAL
    assert "RuntimeError: a bug" in caplog.text


def test_a_record_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    asked = exchange()
    noted: list[str] = []
    records = (break_down, lambda _: noted.append("second"))
    run(asked, RoutePlan("GET /", (respond,), (), records, answer_failure))
    assert answer(asked).status == 200
    assert noted == ["second"]
    assert "a record failed" in caplog.text


def test_a_failure_response_that_fails_is_still_an_answer() -> None:
    asked = exchange()

    def fail(_: Exchange, __: GatewayError) -> Response:
        raise RuntimeError("a bug")

    run(asked, RoutePlan("GET /", (forbid,), (), (), fail))
    assert answer(asked).status == 500


def test_what_waits_goes_on_from_where_it_stood() -> None:
    walk = Walk()
    walk.run(walk.step("one", lambda _: WAITS), walk.step("two", respond))
    assert walk.noted == ["one"]
    resume(walk.asked)
    assert walk.noted == ["one", "two", "record"]
    assert walk.answered == (200, b"ok")


def test_what_waits_can_end_with_an_error() -> None:
    walk = Walk()
    walk.run(walk.step("one", lambda _: WAITS), walk.step("two", respond))
    resume(walk.asked, GatewayError(FORBIDDEN))
    assert walk.noted == ["one", "record"]
    assert walk.answered[0] == 403


def test_a_coroutine_is_awaited_in_a_task() -> None:
    walk = Walk()

    async def wait_a_moment(exchange: Exchange) -> None:
        await asyncio.sleep(0)
        respond(exchange)

    async def scenario() -> None:
        walk.run(walk.step("one", wait_a_moment), walk.step("two"))
        assert walk.noted == ["one"]
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert walk.noted == ["one", "record"]
    assert walk.answered == (200, b"ok")


# --- streamed responses


class Source:
    """Notes whether anybody still wants what it has."""

    is_abandoned = False

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abandon(self) -> None:
        self.is_abandoned = True


class Taking:
    """A Reply that takes a stream and sends it."""

    def send(self, exchange: Exchange) -> None:
        assert exchange.response is not None and exchange.response.stream is not None
        exchange.response.stream.attach(self)

    def write(self, piece: bytes) -> bool:
        return True

    def end(self) -> None: ...

    def fail(self) -> None: ...


def test_records_of_a_streamed_response_wait_for_its_end() -> None:
    walk, source = Walk(), Source()
    stream = BodyStream(source, Clock())
    walk.asked.reply = Taking()

    def respond_with_a_stream(exchange: Exchange) -> None:
        exchange.response = Response(200, [], stream=stream)

    walk.run(walk.step("one", respond_with_a_stream), outbound=(walk.step("out"),))
    stream.push(b"piece")
    assert walk.noted == ["one", "out"]
    stream.close()
    stream.close()
    assert walk.noted == ["one", "out", "record"]


def test_a_stream_that_no_client_takes_is_closed_and_recorded() -> None:
    walk, source = Walk(), Source()
    stream = BodyStream(source, Clock())

    def respond_with_a_stream(exchange: Exchange) -> None:
        exchange.response = Response(200, [], stream=stream)

    walk.run(walk.step("one", respond_with_a_stream))  # its reply knows nothing of streams, as one that is gone
    assert (walk.noted, source.is_abandoned) == (["one", "record"], True)
