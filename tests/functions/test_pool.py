"""Environments: how many there are, which one serves, and what a change does to those that run."""

import asyncio

import pytest

from limen.functions import pool as pool_module
from limen.functions.errors import InvokeError
from limen.functions.function import Function
from limen.functions.invocation import Invocation, Outcome
from limen.functions.records import VersionRecord
from tests.functions.hosting import Gate, arn_of, function, hosting, many, pool_of, version, wait_until


def test_environments_are_started_as_invocations_wait() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(handler=gate.handle) as host:
            invoked = many(host, 10)
            await gate.wait_running(10)
            gate.open()
            assert {answer.status for answer in await asyncio.gather(*invoked)} == {200}
            assert len(host.environments.made) == pool_of(host).size == 10

    asyncio.run(run())


def test_the_last_used_environment_is_used_first() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(handler=gate.handle) as host:
            invoked = many(host, 3)
            await gate.wait_running(3)
            gate.open()
            await asyncio.gather(*invoked)
            for _ in range(5):
                await host.invoke()
            assert sorted(len(each.invocations) for each in host.environments.made) == [1, 1, 6]

    asyncio.run(run())


def test_few_start_at_once_and_those_not_needed_any_more_do_not() -> None:
    async def run() -> None:
        async with hosting(starts_at_once=2) as host:
            host.environments.may_start = False
            invoked = many(host, 20)
            await wait_until(lambda: len(pool_of(host).waiting) == 20)
            assert len(host.environments.made) == 2
            host.environments.made[0].may_start.set()  # it serves them all
            await asyncio.gather(*invoked)
            host.environments.made[1].may_start.set()
            await asyncio.sleep(0.01)
            assert len(host.environments.made) <= 3

    asyncio.run(run())


def test_fast_invocations_wait_for_the_environments_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "SOON", 60.0)

    async def run() -> None:
        gate = Gate()
        async with hosting() as host:
            host.machine.cores = 1
            await host.invoke()
            await asyncio.gather(*many(host, 50))
            assert len(host.environments.made) == 1
            host.environments.handler = host.environments.made[0].handler = gate.handle
            slow = many(host, 3)
            await gate.wait_running(3)  # they turned out not to be fast
            gate.open()
            await asyncio.gather(*slow)

    asyncio.run(run())


def test_reserved_concurrency_bounds_a_function() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(function("hello", reserved_concurrency=2), handler=gate.handle) as host:
            invoked = many(host, 2)
            await gate.wait_running(2)
            refused = await host.invoke()
            assert (refused.status, refused.headers["x-amzn-errortype"]) == (429, "TooManyRequestsException")
            assert refused.json == {
                "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                "Type": "User",
                "message": "Rate Exceeded.",
            }
            gate.open()
            await asyncio.gather(*invoked)
            assert (await host.invoke()).status == 200

    asyncio.run(run())


def test_what_one_function_reserves_others_do_not_get() -> None:
    async def run() -> None:
        gate = Gate()
        hello, other = function("hello", reserved_concurrency=3), function("other")
        async with hosting(hello, other, handler=gate.handle, concurrency=5) as host:
            invoked = many(host, 2, "other")
            await gate.wait_running(2)
            refused = await host.invoke("other")
            assert refused.json["Reason"] == "ConcurrentInvocationLimitExceeded"
            invoked += many(host, 3)
            await gate.wait_running(5)
            host.put(function("hello"))  # reserves nothing any more
            gate.open()
            await asyncio.gather(*invoked)
            assert (host.machine.reserved, host.machine.in_flight) == (0, 0)

    asyncio.run(run())


def test_reservations_leave_a_tenth_to_others() -> None:
    async def run() -> None:
        async with hosting(function("hello", reserved_concurrency=1000), function("other"), concurrency=10) as host:
            gate = Gate()
            host.environments.handler = gate.handle
            running = many(host, 1, "other")
            await gate.wait_running(1)
            assert (await host.invoke("other")).status == 429
            gate.open()
            await asyncio.gather(*running)

    asyncio.run(run())


def test_an_environment_that_died_is_not_used_again() -> None:
    async def run() -> None:
        async with hosting() as host:

            async def die(invocation: Invocation, version: VersionRecord) -> Outcome:
                host.environments.made[-1].is_alive = False
                return Outcome(payload=b"{}", error="Unhandled")

            host.environments.handler = die
            for _ in range(3):
                assert (await host.invoke()).headers["x-amz-function-error"] == "Unhandled"
            assert len(host.environments.made) == 3
            await wait_until(lambda: pool_of(host).size == 0)

    asyncio.run(run())


def test_an_environment_that_failed_to_load_tells_one_invocation() -> None:
    async def run() -> None:
        async with hosting() as host:
            host.environments.fails_init = True
            assert {answer.status for answer in await asyncio.gather(*many(host, 3))} == {200}
            assert [len(each.invocations) for each in host.environments.made[:3]] == [1, 1, 1]
            await wait_until(lambda: pool_of(host).size == 0)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InvokeError("InvalidRuntimeException", 502, "no such runtime"), 502, "no such runtime"),
        (OSError("secret path"), 500, "An environment of the function could not be started; the host's log tells why."),
    ],
)
def test_an_environment_that_cannot_be_made_fails_its_invocation(error: Exception, status: int, message: str) -> None:
    async def run() -> None:
        async with hosting() as host:
            host.environments.start_error = error
            answer = await host.invoke()
            assert (answer.status, answer.json["message"]) == (status, message)
            await wait_until(lambda: pool_of(host).size == 0 and host.machine.environments == 0)
            host.environments.start_error = None
            assert (await host.invoke()).status == 200

    asyncio.run(run())


def test_a_failure_within_the_host_is_no_outcome_of_the_function() -> None:
    async def run() -> None:
        async with hosting() as host:
            host.environments.invoke_error = RuntimeError("secret")
            answer = await host.invoke()
            assert (answer.status, answer.headers["x-amzn-errortype"]) == (500, "ServiceException")
            assert b"secret" not in answer.body
            await wait_until(lambda: host.environments.made[0].is_closed and host.machine.in_flight == 0)

    asyncio.run(run())


def test_idle_environments_are_closed_the_longest_idle_first() -> None:
    async def run() -> None:
        async with hosting(idle_time=0.0) as host:
            await host.invoke()
            host.machine.deadline_passed()
            await wait_until(lambda: host.environments.made[0].is_closed)
            assert host.machine.environments == 0

    asyncio.run(run())


def test_room_for_a_function_is_made_by_closing_an_idle_environment_of_another() -> None:
    async def run() -> None:
        async with hosting(function("hello"), function("other"), function("third"), concurrency=2) as host:
            for name in ("hello", "other", "third"):
                await host.invoke(name)
            await wait_until(lambda: [each.is_closed for each in host.environments.made] == [True, False, False])

    asyncio.run(run())


def test_a_function_that_is_debugged_has_one_environment() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(handler=gate.handle) as host:
            host.registry._make_function = lambda record: Function(  # type: ignore[method-assign]
                record, host.machine, host.environments.make, is_debugged=True
            )
            host.put(function("debugged"))
            invoked = many(host, 5, "debugged")
            await wait_until(lambda: len(pool_of(host, "debugged").waiting) == 4)
            gate.open()
            await asyncio.gather(*invoked)
            assert (gate.most, len(host.environments.made)) == (1, 1)

    asyncio.run(run())


def test_an_invocation_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.pool.PATIENCE", -2.99)

    async def run() -> None:
        async with hosting(function("hello", version(timeout=3))) as host:
            host.environments.may_start = False
            assert (await host.invoke()).status == 429
            assert host.machine.in_flight == 0
            host.environments.made[0].may_start.set()

    asyncio.run(run())


def test_what_waits_for_a_function_that_goes_is_told() -> None:
    async def run() -> None:
        async with hosting() as host:
            host.environments.may_start = False
            (waiting,) = many(host, 1)
            await wait_until(lambda: len(host.environments.made) == 1)
            host.put(gone=[arn_of("hello")])
            assert (await waiting).status == 404
            host.environments.made[0].may_start.set()
            await wait_until(lambda: host.environments.made[0].is_closed)

    asyncio.run(run())


def test_with_scarce_memory_invocations_wait_for_what_there_is() -> None:
    async def answer(invocation: Invocation, version: VersionRecord) -> Outcome:
        await asyncio.sleep(0.002)
        return Outcome(payload=b"1")

    async def run() -> None:
        async with hosting(handler=answer) as host:
            host.machine._find_available = lambda: 1 << 20  # type: ignore[method-assign]
            assert {one.status for one in await asyncio.gather(*many(host, 10))} == {200}
            assert len(host.environments.made) == 1

    asyncio.run(run())
