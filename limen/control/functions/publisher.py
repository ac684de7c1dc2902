"""Tells the functions host which functions there are; one is started by the first invocation, and asks then."""

import asyncio
from collections.abc import Callable, Collection

from limen.control.cluster.snapshot_file import SnapshotFile
from limen.control.feed import Feed
from limen.control.follower import Follower
from limen.control.functions.records import all_records, changed_records, code_of
from limen.functions.channel import AppliedFunctions, FromHost, HostHello, PutFunctions, read_from_host
from limen.store.store import Store


class FunctionsPublisher(Feed[Follower]):
    """What functions hosts follow: one, or an old and a new one at a hand-over."""

    def __init__(
        self,
        store: Store,
        snapshot: SnapshotFile | None = None,
        fetch: Callable[[Collection[str]], None] | None = None,
    ) -> None:
        """`fetch` brings code here, by its SHA-256."""
        super().__init__(store, snapshot, "functions")
        self._fetch = fetch

    async def stop(self) -> None:
        """Hosts are hung up on: they know then that this process has ended."""
        for host in list(self.followers):
            host.writer.close()
        await super().stop()

    def _read(self, since: int | None) -> PutFunctions:
        with self._store.reader() as reader:
            if since is None:
                message = PutFunctions(reader.revision, True, list(all_records(reader)))
            else:
                records, gone = changed_records(reader, since, reader.revision)
                message = PutFunctions(reader.revision, False, records, gone)
        if self._fetch is not None:
            self._fetch(code_of(message.functions))
        return message

    async def _receive(self, reader: asyncio.StreamReader) -> FromHost:
        return await read_from_host(reader)

    def _welcome(self, hello: FromHost, writer: asyncio.StreamWriter) -> Follower | None:
        return Follower(hello.pid, writer) if isinstance(hello, HostHello) else None

    async def _hear(self, follower: Follower, message: FromHost) -> None:
        if isinstance(message, AppliedFunctions):
            follower.hear_applied()
            await self._has_applied()
