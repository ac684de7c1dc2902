"""Asynchronous invocations: accepted, repeated, thrown away, and told of to other functions."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from limen.functions.errors import LARGEST_EVENT, InvokeError
from limen.functions.event_records import Event, has_kept_events, keep_events, render_record, take_kept_events
from limen.functions.events import Events
from limen.functions.invocation import Invocation, Outcome
from limen.functions.records import AliasRecord, EventInvokeRecord, VersionRecord
from tests.functions.hosting import Gate, Hosting, arn_of, function, hosting, version, wait_until

ASYNCHRONOUS = {"X_Amz_Invocation_Type": "Event"}
FAILURE = Outcome(payload=b'{"errorMessage":"no"}', error="Unhandled")


class Function:
    """Answers with the outcomes given, in order, the last one again and again; `seen` has what it was invoked with."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.seen: list[Invocation] = []

    async def handle(self, invocation: Invocation, version: VersionRecord) -> Outcome:
        self.seen.append(invocation)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]

    def named(self, name: str) -> list[Invocation]:
        return [each for each in self.seen if each.invoked_arn == arn_of(name)]


def with_settings(name: str = "hello", **settings: Any) -> Any:
    return function(name, event_invoke={"$LATEST": EventInvokeRecord(**settings)})


def test_an_event_is_accepted_and_run_later() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        async with hosting(handler=called.handle) as host:
            answer = await host.invoke("hello", b'{"a":1}', X_Amzn_Trace_Id="Root=1", **ASYNCHRONOUS)
            assert (answer.status, answer.body) == (202, b"")
            await wait_until(lambda: len(called.seen) == 1)
            (seen,) = called.seen
            assert (seen.payload, seen.trace_id) == (b'{"a":1}', "Root=1")
            assert seen.request_id == answer.headers["x-amzn-requestid"]

    asyncio.run(run())


def test_a_dry_run_runs_nothing() -> None:
    async def run() -> None:
        async with hosting() as host:
            caller = await host.connect()
            assert (await caller.invoke("hello", X_Amz_Invocation_Type="DryRun")).status == 204
            assert (await caller.invoke("nobody", X_Amz_Invocation_Type="DryRun")).status == 404
            assert host.environments.made == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("payload", "headers", "status", "error"),
    [
        (b"{", {}, 400, "InvalidRequestContentException"),
        (b"[" * 5000 + b"]" * 5000, {}, 400, "InvalidRequestContentException"),
        (b"{}", {"X_Amz_Invocation_Type": "Later"}, 400, "InvalidParameterValueException"),
        (b'"' + b"x" * LARGEST_EVENT + b'"', ASYNCHRONOUS, 413, "RequestEntityTooLargeException"),
        (b"{}", {"X_Amz_Client_Context": "%%%"}, 400, "InvalidRequestContentException"),
        (b"{}", {"X_Amz_Client_Context": "e30=" * 900}, 400, "InvalidRequestContentException"),
    ],
)
def test_what_cannot_be_run_is_refused(payload: bytes, headers: dict[str, str], status: int, error: str) -> None:
    async def run() -> None:
        async with hosting() as host:
            answer = await host.invoke("hello", payload, **headers)
            assert (answer.status, answer.headers["x-amzn-errortype"]) == (status, error)

    asyncio.run(run())


def test_an_error_is_repeated_twice() -> None:
    async def run() -> None:
        called = Function(FAILURE)
        async with hosting(handler=called.handle, retry_delay=0.01) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.seen) == 3)
            await asyncio.sleep(0.1)
            assert len({each.request_id for each in called.seen}) == 1
            assert len(called.seen) == 3

    asyncio.run(run())


def test_a_repetition_that_succeeds_ends_them() -> None:
    async def run() -> None:
        called = Function(FAILURE, Outcome(payload=b'{"done":true}'))
        async with hosting(
            with_settings(on_success=arn_of("after"), on_failure=arn_of("never")),
            function("after"),
            handler=called.handle,
            retry_delay=0.01,
        ) as host:
            answer = await host.invoke("hello", b'{"a":1}', **ASYNCHRONOUS)
            await wait_until(lambda: len(called.named("after")) == 1)
            record = msgspec.json.decode(called.named("after")[0].payload)
            assert record.pop("timestamp").endswith("Z")
            assert record == {
                "version": "1.0",
                "requestContext": {
                    "requestId": answer.headers["x-amzn-requestid"],
                    "functionArn": arn_of("hello:$LATEST"),
                    "condition": "Success",
                    "approximateInvokeCount": 2,
                },
                "requestPayload": {"a": 1},
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
                "responsePayload": {"done": True},
            }

    asyncio.run(run())


def test_what_fails_for_good_is_told_to_its_destination() -> None:
    async def run() -> None:
        called = Function(FAILURE)
        async with hosting(
            with_settings(most_retries=0, on_failure=arn_of("after")), function("after"), handler=called.handle
        ) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.named("after")) == 1)
            record = msgspec.json.decode(called.named("after")[0].payload)
            assert record["requestContext"]["condition"] == "RetriesExhausted"
            assert record["responseContext"]["functionError"] == "Unhandled"
            assert record["responsePayload"] == {"errorMessage": "no"}

    asyncio.run(run())


def test_an_event_that_is_too_old_is_not_run() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        async with hosting(
            with_settings(most_age=60, on_failure=arn_of("after")), function("after"), handler=called.handle
        ) as host:
            host.events.restore([Event(arn_of("hello"), b"{}", "r", "", accepted_at=1.0)])
            await wait_until(lambda: len(called.named("after")) == 1)
            record = msgspec.json.decode(called.named("after")[0].payload)
            assert record["requestContext"]["condition"] == "EventAgeExceeded"
            assert "responsePayload" not in record
            assert called.named("hello") == []

    asyncio.run(run())


def test_a_repetition_that_would_be_too_old_does_not_take_place() -> None:
    async def run() -> None:
        called = Function(FAILURE)
        async with hosting(
            with_settings(most_age=60, on_failure=arn_of("after")),
            function("after"),
            handler=called.handle,
            retry_delay=120,
        ) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.named("after")) == 1)
            assert len(called.named("hello")) == 1

    asyncio.run(run())


def test_settings_belong_to_a_qualifier() -> None:
    hello = function(
        "hello",
        version(),
        version("1"),
        aliases={"live": AliasRecord("1")},
        event_invoke={"live": EventInvokeRecord(most_retries=0)},
    )

    async def run() -> None:
        called = Function(FAILURE)
        async with hosting(hello, handler=called.handle, retry_delay=0.01) as host:
            await host.invoke("hello:live", **ASYNCHRONOUS)
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.named("hello")) == 3)
            assert len(called.named("hello:live")) == 1

    asyncio.run(run())


def test_a_function_without_room_is_tried_again() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(function("hello", reserved_concurrency=1), handler=gate.handle, retry_delay=0.6) as host:
            running = asyncio.create_task(host.invoke())
            await gate.wait_running(1)
            assert (await host.invoke("hello", **ASYNCHRONOUS)).status == 202
            gate.open()
            await running
            await wait_until(lambda: len(host.environments.made[0].invocations) == 2)

    asyncio.run(run())


def test_events_of_a_function_at_its_bound_run_as_soon_as_there_is_room() -> None:
    """None is put off for seconds, and other functions do not wait for it."""

    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        bounded = function("hello", reserved_concurrency=1)
        async with hosting(bounded, function("after"), handler=called.handle) as host:
            route = host.registry.find_by_name("hello")
            for number in range(20):
                host.events.add(route, b"%d" % number, str(number))
            host.events.add(host.registry.find_by_name("after"), b"1", "other")
            await wait_until(lambda: len(called.named("hello")) == 20 and len(called.named("after")) == 1)
            assert [invocation.payload for invocation in called.named("hello")] == [b"%d" % n for n in range(20)]

    asyncio.run(run())


def test_a_function_that_may_not_run_at_all_repeats_nothing() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        stopped = function(
            "hello", reserved_concurrency=0, event_invoke={"$LATEST": EventInvokeRecord(on_failure=arn_of("after"))}
        )
        async with hosting(stopped, function("after"), handler=called.handle) as host:
            assert (await host.invoke("hello", **ASYNCHRONOUS)).status == 202
            await wait_until(lambda: len(called.named("after")) == 1)

    asyncio.run(run())


def test_many_events_do_not_fill_the_machine() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        async with hosting(handler=called.handle, concurrency=10, starts_at_once=2) as host:
            route = host.registry.find_by_name("hello")
            for number in range(200):
                host.events.add(route, b"%d" % number, str(number))
            assert host.machine.in_flight < 10
            assert (await host.invoke()).status == 200
            await wait_until(lambda: len(called.seen) == 201)

    asyncio.run(run())


def test_the_queue_is_bounded() -> None:
    async def run() -> None:
        async with hosting() as host:
            host.environments.may_start = False
            route = host.registry.find_by_name("hello")
            few = Events(host.registry, host.clock, most_events=2, most_bytes=100)
            with pytest.raises(InvokeError) as refused:
                few.add(route, b"x" * 101, "r")
            assert refused.value.status == 429
            few.add(route, b"1", "r")
            few.add(route, b"1", "r")
            with pytest.raises(InvokeError):
                few.add(route, b"1", "r")
            few.close()
            await _start_all(host)

    asyncio.run(run())


async def _start_all(host: Hosting) -> None:
    for made in host.environments.made:
        made.may_start.set()
    await asyncio.sleep(0.01)


def test_functions_that_call_each_other_for_ever_are_stopped() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        async with hosting(with_settings(on_success=arn_of("hello")), handler=called.handle) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.seen) == 16)
            await asyncio.sleep(0.05)
            assert len(called.seen) == 16

    asyncio.run(run())


def test_a_destination_that_is_no_function_is_left_out() -> None:
    async def run() -> None:
        called = Function(Outcome(payload=b"1"))
        queue = "arn:aws:sqs:us-east-1:000000000000:queue"
        async with hosting(with_settings(on_success=queue), handler=called.handle) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await host.invoke("hello", **ASYNCHRONOUS)
            await wait_until(lambda: len(called.seen) == 2)

    asyncio.run(run())


def test_what_is_not_done_at_the_end_is_kept_for_the_next_host(tmp_path: Path) -> None:
    async def stop() -> None:
        gate = Gate()
        async with hosting(handler=gate.handle) as host:
            await host.invoke("hello", b'"running"', **ASYNCHRONOUS)
            await gate.wait_running(1)
            host.events.restore([Event(arn_of("hello"), b'"later"', "r", "", 9e9, due=9e9, attempts=1)])
            keep_events(tmp_path, host.events.close())
            gate.open()

    asyncio.run(stop())
    assert has_kept_events(tmp_path)

    kept = take_kept_events(tmp_path)

    assert [(event.payload, event.attempts) for event in kept] == [(b'"running"', 0), (b'"later"', 1)]
    assert not has_kept_events(tmp_path)
    assert take_kept_events(tmp_path) == []


def test_a_damaged_file_is_put_aside_and_costs_no_other(tmp_path: Path) -> None:
    keep_events(tmp_path, [Event(arn_of("hello"), b"1", "r", "", 0.0)])
    (tmp_path / "events" / "9.events").write_bytes(b"\xc1")
    assert [event.payload for event in take_kept_events(tmp_path)] == [b"1"]
    assert take_kept_events(tmp_path) == []
    assert (tmp_path / "events" / "9.damaged").exists()


def test_a_record_takes_any_response() -> None:
    event = Event(arn_of("hello"), b"{}", "r", "", 0.0, attempts=1)
    nested = b"[" * 5000 + b"]" * 5000
    record = render_record(event, event.arn, "Success", "1", Outcome(payload=nested), 0.0)
    assert msgspec.json.decode(record)["responsePayload"] == nested.decode()
    record = render_record(event, event.arn, "Success", "1", Outcome(payload=b"\xffnot json"), 0.0)
    assert msgspec.json.decode(record)["responsePayload"] == "\ufffdnot json"
    assert msgspec.json.decode(record)["timestamp"] == "1970-01-01T00:00:00.000Z"


def test_what_ends_with_the_host_is_left_to_the_next_as_if_it_had_not_begun() -> None:
    async def run() -> None:
        gate = Gate(FAILURE)
        async with hosting(handler=gate.handle) as host:
            await host.invoke("hello", **ASYNCHRONOUS)
            await gate.wait_running(1)
            left = host.events.close()
            gate.open()
            await gate.wait_running(0)
            await wait_until(lambda: host.machine.in_flight == 0)
            assert [(event.attempts, event.due) for event in left] == [(0, 0.0)]

    asyncio.run(run())
