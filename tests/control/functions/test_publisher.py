"""What a functions host is told: all functions when it starts, what changed after that, and who waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from limen.control.functions.publisher import FunctionsPublisher
from limen.frames import frame
from limen.functions.channel import AppliedFunctions, HostHello, PutFunctions, read_as_host
from tests.control.functions.conftest import ARN, Lambda


class Host:
    """The other end of the channel."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def start(cls, path: Path) -> "Host":
        host = cls(*await asyncio.open_unix_connection(path))
        host.writer.write(frame(HostHello(4711)))
        return host

    async def hear(self) -> PutFunctions:
        return await asyncio.wait_for(read_as_host(self.reader), 5)

    def applied(self, revision: int) -> None:
        self.writer.write(frame(AppliedFunctions(revision)))


def run(functions: Lambda, path: Path, transcript: Callable[[FunctionsPublisher], Awaitable[None]]) -> None:
    async def main() -> None:
        publisher = FunctionsPublisher(functions.store)
        await publisher.start(path)
        try:
            await transcript(publisher)
        finally:
            await publisher.stop()

    asyncio.run(main())


def test_a_host_is_told_everything_and_then_what_changes(functions: Lambda, tmp_path: Path) -> None:
    functions.create("a")
    functions.create("b")

    async def transcript(publisher: FunctionsPublisher) -> None:
        host = await Host.start(tmp_path / "channel.sock")
        first = await host.hear()
        assert (first.first, [record.name for record in first.functions], first.gone) == (True, ["a", "b"], [])
        host.applied(first.revision)

        functions("DeleteFunction", FunctionName="a")
        second = await host.hear()
        assert (second.first, second.functions, second.gone) == (False, [], [f"{ARN}:a"])

        functions.create("c")
        functions.create("d")
        host.applied(second.revision)
        third = await host.hear()
        assert [record.name for record in third.functions] == ["c", "d"]
        host.writer.close()

    run(functions, tmp_path / "channel.sock", transcript)


def test_a_change_waits_for_the_hosts_that_are_there(functions: Lambda, tmp_path: Path) -> None:
    functions.create()

    async def transcript(publisher: FunctionsPublisher) -> None:
        assert await publisher.wait_applied(99), "nobody to wait for"
        host = await Host.start(tmp_path / "channel.sock")
        told = await host.hear()
        assert not await publisher.wait_applied(told.revision, timeout=0.05)
        host.applied(told.revision)
        assert await publisher.wait_applied(told.revision)
        waiting = asyncio.create_task(publisher.wait_applied(told.revision + 1, timeout=5))
        await asyncio.sleep(0.01)
        host.writer.close()
        assert await waiting, "a host that has gone holds nobody up"

    run(functions, tmp_path / "channel.sock", transcript)
