"""Connections: used again, given up in time, never used once they are dead; calls that wait for one."""

import asyncio

import pytest

from limen.clock import Clock
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.upstream.pool import TICK
from limen.upstream.resolve import Address, Resolver
from tests.upstream.backends import OK, answering, answering_once, ask, backend, read_request, run, start, upstream


def test_calls_one_after_another_share_a_connection() -> None:
    async def main() -> None:
        async with backend(answering(OK)) as server, upstream() as client:
            for _ in range(5):
                assert (await ask(client, server.origin)).body == b"ok"
            assert server.connections == 1

    run(main())


def test_calls_at_once_have_a_connection_each_and_the_last_used_is_taken_first() -> None:
    async def main() -> None:
        ports: list[int] = []

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await read_request(reader)
                ports.append(writer.get_extra_info("peername")[1])
                await asyncio.sleep(0.02 * len(ports) if len(ports) <= 3 else 0)
                writer.write(OK)

        async with backend(handle) as server, upstream() as client:
            await asyncio.gather(*(ask(client, server.origin) for _ in range(3)))
            for _ in range(4):
                await ask(client, server.origin)
            assert server.connections == 3
            assert set(ports[3:]) == {ports[2]}

    run(main())


def test_calls_beyond_the_cap_wait_and_calls_beyond_that_are_refused() -> None:
    async def main() -> None:
        limits = Limits(connections_per_origin=2, waiting_calls_per_origin=4)

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await read_request(reader)
                await asyncio.sleep(0.02)
                writer.write(OK)

        async with backend(handle) as server, upstream(limits=limits) as client:
            await asyncio.gather(ask(client, server.origin), ask(client, server.origin))
            answers = await asyncio.gather(*(ask(client, server.origin) for _ in range(8)))
            assert [answer.status for answer in answers] == [200] * 6 + [0] * 2
            assert answers[7].kind == "busy"
            assert "4 calls wait already" in str(answers[7].error)
            assert server.connections == 2

    run(main())


def test_a_connection_that_the_backend_closed_is_not_used_again() -> None:
    async def main() -> None:
        async with backend(answering(OK)) as server, upstream() as client:
            await ask(client, server.origin)
            server.hang_up()
            await asyncio.sleep(0.05)
            assert (await ask(client, server.origin, "POST")).status == 200
            assert server.connections == 2

    run(main())


def test_an_idle_connection_on_which_the_backend_talks_is_closed() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(OK)
            await asyncio.sleep(0.02)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            while True:
                await read_request(reader)
                writer.write(OK)

        async with backend(handle) as server, upstream() as client:
            await ask(client, server.origin)
            await asyncio.sleep(0.05)
            assert (await ask(client, server.origin)).body == b"ok"
            assert server.connections == 2

    run(main())


def test_a_stale_connection_costs_an_idempotent_call_nothing() -> None:
    async def main() -> None:
        # The second request on a connection is read and not answered: the backend had given up on it.
        async with backend(answering(OK, b"", OK)) as server, upstream() as client:
            await ask(client, server.origin)
            assert (await ask(client, server.origin, "PUT", b"body")).status == 200
            assert server.connections == 2

    run(main())


def test_a_stale_connection_is_retried_once_only() -> None:
    async def main() -> None:
        async with backend(answering(OK, b"", b"")) as server, upstream() as client:
            await ask(client, server.origin)
            assert (await ask(client, server.origin)).kind == "reset"
            assert server.connections == 2

    run(main())


def test_a_call_that_changes_things_is_never_sent_twice() -> None:
    async def main() -> None:
        async with backend(answering(OK, b"", OK)) as server, upstream() as client:
            await ask(client, server.origin)
            assert (await ask(client, server.origin, "POST", b"order")).kind == "reset"
            assert server.connections == 1

    run(main())


def test_a_response_that_has_begun_is_not_asked_for_again() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            writer.write(OK)
            await read_request(reader)
            writer.write(b"HTTP/1.1 200")
            writer.close()

        async with backend(handle) as server, upstream() as client:
            await ask(client, server.origin)
            assert (await ask(client, server.origin)).kind == "reset"
            assert server.connections == 1

    run(main())


def test_a_fresh_connection_that_breaks_is_not_retried() -> None:
    async def main() -> None:
        async with backend(answering_once(b"")) as server, upstream() as client:
            assert (await ask(client, server.origin)).kind == "reset"
            assert server.connections == 1

    run(main())


def connections_after(ticks: int, response: bytes, limits: Limits) -> int:
    """How many connections two calls take, so many ticks apart."""

    async def main() -> int:
        async with backend(answering(response)) as server, upstream(limits=limits) as client:
            await ask(client, server.origin)
            for _ in range(ticks):
                client.deadline_passed()
            await ask(client, server.origin)
            return server.connections

    return run(main())


def test_idle_connections_are_closed_before_the_backend_does() -> None:
    said = b"HTTP/1.1 200 OK\r\nKeep-Alive: max=100, timeout=%d\r\nContent-Length: 2\r\n\r\nok"
    limits = Limits(idle_timeout=2 * TICK, longest_idle_timeout=20.0)

    assert connections_after(1, OK, limits) == 1
    assert connections_after(2, OK, limits) == 2
    assert connections_after(6, said % 5, limits) == 1
    assert connections_after(8, said % 5, limits) == 2
    assert connections_after(1, said % 1, limits) == 2
    assert connections_after(int(21 / TICK), said % 600, limits) == 2


def test_an_old_connection_takes_no_new_call() -> None:
    assert connections_after(0, OK, Limits(connection_age=0.0)) == 2


def test_a_slow_response_times_out_and_takes_its_connection_along() -> None:
    async def main() -> None:
        answered = 0

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal answered
            await read_request(reader)
            answered += 1
            if answered == 1:
                await asyncio.sleep(3)
            writer.write(OK)
            await asyncio.sleep(1)

        async with backend(handle) as server, upstream() as client:
            first = await ask(client, server.origin, timeout=1)
            assert first.kind == "timeout"
            assert "no complete response within 1 s" in str(first.error)
            assert (await ask(client, server.origin)).status == 200
            assert server.connections == 2

    run(main())


def test_the_time_of_a_call_counts_while_it_waits() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            await asyncio.sleep(0.4)
            writer.write(OK)

        async with (
            backend(handle) as server,
            upstream(limits=Limits(connections_per_origin=1)) as client,
        ):
            first = start(client, server.origin)
            second = start(client, server.origin, timeout=0.1)
            assert (await second).kind == "timeout"
            assert (await first).status == 200

    run(main())


def test_a_dial_that_falls_over_fails_its_call_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Resolver):
        async def resolve(self, host: str, port: int) -> list[Address]:
            raise RuntimeError("no such luck")

    async def main() -> None:
        async with upstream(resolver=Broken()) as client:
            answers = await asyncio.gather(*(ask(client, Origin("http", "backend.test", 80)) for _ in range(3)))
            assert [answer.kind for answer in answers] == ["connect"] * 3

    run(main())
    assert "dialling failed" in caplog.text


def test_a_pool_without_connections_is_forgotten() -> None:
    async def main() -> None:
        async with upstream() as client:
            for port in range(1, 4):
                await ask(client, Origin("http", "127.0.0.1", port))
            client.deadline_passed()
            assert client._pools == {}

    run(main())


def test_closing_lets_calls_end_and_refuses_new_ones() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_request(reader)
            await asyncio.sleep(0.1)
            writer.write(OK)

        async with backend(handle) as server, upstream() as client:
            first = start(client, server.origin)
            await asyncio.sleep(0.02)
            closing = asyncio.get_running_loop().create_task(client.close())
            await asyncio.sleep(0.02)
            assert (await ask(client, server.origin)).kind == "busy"
            assert (await first).status == 200
            await closing

    run(main())


def test_closing_breaks_off_what_takes_too_long() -> None:
    async def main() -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(2)

        async with backend(handle) as server, upstream() as client:
            first = start(client, server.origin)
            await asyncio.sleep(0.02)
            await client.close(timeout=0.05)
            assert (await first).kind == "reset"

    run(main())


def test_no_deadline_is_left_behind() -> None:
    async def main() -> None:
        clock = Clock()
        async with backend(answering(OK)) as server, upstream() as client:
            client._shared.clock = clock
            await asyncio.gather(*(ask(client, server.origin) for _ in range(20)))
        assert not any(clock._buckets.values())

    run(main())
