"""Which environment serves which invocation: behind a change, among many functions, while one goes on."""

import asyncio

from limen.functions.invocation import Invocation, Outcome
from limen.functions.records import Code, VersionRecord
from tests.functions.hosting import Gate, function, hosting, many, pool_of, version, wait_until


def test_functions_take_turns_in_starting() -> None:
    async def run() -> None:
        other = function("other", version(handler="other"))
        async with hosting(function("hello"), other, starts_at_once=1) as host:
            host.environments.may_start = False
            crowd = many(host, 20)
            await wait_until(lambda: len(pool_of(host).waiting) == 20)
            one = many(host, 1, "other")[0]
            await wait_until(lambda: len(pool_of(host, "other").waiting) == 1)
            gate = Gate()
            host.environments.handler = gate.handle
            host.environments.may_start = True
            host.environments.made[0].may_start.set()
            await wait_until(lambda: pool_of(host, "other").size == 1)
            assert "other" in [made.version.handler for made in host.environments.made[:3]]
            gate.open()
            await asyncio.gather(one, *crowd)

    asyncio.run(run())


def test_a_new_version_of_a_record_replaces_environments_and_loses_nothing() -> None:
    async def run() -> None:
        gate = Gate()
        async with hosting(function("hello", version(handler="old")), handler=gate.handle, starts_at_once=1) as host:
            running = many(host, 1)
            await gate.wait_running(1)
            host.environments.may_start = False
            waiting = many(host, 1)
            await wait_until(lambda: len(host.environments.made) == 2)
            host.put(function("hello", version(handler="new")))
            host.environments.may_start = True
            for made in host.environments.made:
                made.may_start.set()
            gate.open()
            assert (await running[0]).json == "old"
            assert (await waiting[0]).json == "old"  # it was submitted before the change
            assert (await host.invoke()).json == "new"
            await wait_until(lambda: [each.is_closed for each in host.environments.made].count(False) == 1)

    asyncio.run(run())


def test_no_invocation_is_lost_while_code_changes_under_load() -> None:
    async def answer(invocation: Invocation, version: VersionRecord) -> Outcome:
        await asyncio.sleep(0.001)
        return Outcome(payload=version.handler.encode())

    async def run() -> None:
        async with hosting(function("hello", version(handler="0")), handler=answer) as host:
            stop = asyncio.Event()
            statuses: list[int] = []
            stale = 0

            async def call() -> None:
                nonlocal stale
                caller = await host.connect()
                while not stop.is_set():
                    known = current
                    answer = await caller.invoke("hello")
                    statuses.append(answer.status)
                    stale += int(answer.body) < known
                caller.close()

            current = 0
            callers = [asyncio.create_task(call()) for _ in range(8)]
            for current in range(1, 51):
                host.put(function("hello", version(handler=str(current))))
                await asyncio.sleep(0.005)
            stop.set()
            await asyncio.gather(*callers)
            assert (set(statuses), stale) == ({200}, 0)
            assert len(statuses) > 50

    asyncio.run(run())


def test_changes_that_come_faster_than_environments_start_starve_no_invocation() -> None:
    """Each is served by code at least as new as when it was submitted, and the newest by the newest."""

    async def run() -> None:
        async with hosting(function("hello", version(handler="0")), starts_at_once=2) as host:
            host.environments.may_start = False
            host.environments.handler = _tell_version
            invoked = []
            for number in range(1, 6):
                invoked += many(host, 1)
                await wait_until(lambda number=number: len(pool_of(host).waiting) == number)
                host.put(function("hello", version(handler=str(number))))
            newest = many(host, 1)[0]
            await wait_until(lambda: len(pool_of(host).waiting) == 6)
            host.environments.made[0].may_start.set()
            assert (await invoked[0]).json == 0
            host.environments.may_start = True
            host.environments.made[1].may_start.set()
            answers = [(await each).json for each in invoked]
            assert all(answer >= submitted for submitted, answer in enumerate(answers))
            assert (await newest).json == 5
            old = [made for made in host.environments.made if made.version.handler != "5"]
            await wait_until(lambda: all(made.is_closed for made in old))

    asyncio.run(run())


async def _tell_version(invocation: Invocation, version: VersionRecord) -> Outcome:
    return Outcome(payload=version.handler.encode())


def test_what_is_submitted_after_a_change_does_not_wait_for_what_was_started_before() -> None:
    async def run() -> None:
        async with hosting(function("hello", version(handler="0")), handler=_tell_version) as host:
            host.environments.may_start = False
            before = many(host, 1)[0]
            await wait_until(lambda: len(host.environments.made) == 1)
            host.environments.may_start = True
            host.put(function("hello", version(handler="1")))
            assert (await host.invoke()).json == 1
            host.environments.made[0].may_start.set()
            assert (await before).json in (0, 1)
            await wait_until(lambda: host.environments.made[0].is_closed)

    asyncio.run(run())


def test_a_change_of_something_else_keeps_environments() -> None:
    async def run() -> None:
        async with hosting() as host:
            await host.invoke()
            host.put(function("hello", reserved_concurrency=5))
            await host.invoke()
            assert len(host.environments.made) == 1

    asyncio.run(run())


def test_live_code_that_changed_is_started_anew() -> None:
    live = function("hello", version(code=Code(directory="/code")))

    async def run() -> None:
        async with hosting(live, function("other")) as host:
            await host.invoke("hello")
            await host.invoke("other")
            for each in host.registry.functions:
                each.renew("/code")
            await host.invoke("hello")
            await host.invoke("other")
            assert [made.version.code.directory for made in host.environments.made] == ["/code", "", "/code"]

    asyncio.run(run())


def test_an_environment_that_goes_on_behind_its_answer_is_not_used_meanwhile() -> None:
    async def run() -> None:
        async with hosting() as host:
            await host.invoke()
            host.environments.made[0].lingers = 0.3
            await host.invoke()
            await host.invoke()
            assert [len(made.invocations) for made in host.environments.made] == [2, 1]
            await wait_until(lambda: len(pool_of(host)._idle) == 2)

    asyncio.run(run())


def test_no_other_is_started_for_one_that_is_free_in_a_moment() -> None:
    async def run() -> None:
        async with hosting() as host:
            await host.invoke()
            host.environments.made[0].lingers = 0.01
            for _ in range(10):
                assert (await host.invoke()).status == 200
            assert len(host.environments.made) == 1
            assert (pool_of(host)._coming, pool_of(host)._newest.coming) in ((0, 0), (1, 1))

    asyncio.run(run())
