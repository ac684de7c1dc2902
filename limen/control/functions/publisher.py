"""Tells the functions host which functions there are: all to one that starts, each revision's changes after that.

The host is sent the next change only when it has applied the last, so that many changes in a row become few. Without
a host nothing is read: one is started by the first invocation, and asks then.
"""

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from limen.control.functions.records import all_records, changed_records
from limen.frames import frame
from limen.functions.channel import AppliedFunctions, HostHello, PutFunctions, read_from_host
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

HELLO_TIMEOUT = 10.0
RETRY_DELAY = 1.0


class FunctionsHost:
    """A connected host as the control process sees it."""

    def __init__(self, pid: int, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.writer = writer
        self.sent: int | None = None
        self.applied: int | None = None

    def serves(self, revision: int) -> bool:
        return self.applied is not None and self.applied >= revision

    def lacks(self, revision: int) -> bool:
        return self.sent is None or self.sent < revision

    @property
    def is_ready_for_more(self) -> bool:
        return self.sent == self.applied


class FunctionsPublisher:
    """Owned by the control process; `start` in its loop. An old host and a new one may be connected at a hand-over."""

    def __init__(self, store: Store) -> None:
        self.hosts: set[FunctionsHost] = set()
        self._store = store
        self._revision = 0
        self._tasks = Tasks()
        self._reading = ThreadPoolExecutor(1, "publish-functions")
        self._wake = asyncio.Event()
        self._applied = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def start(self, socket_path: Path) -> None:
        """Listens on a socket that only its owner can open."""
        with self._store.reader() as reader:
            self._revision = reader.revision
        loop = asyncio.get_running_loop()

        def committed(revision: int) -> None:
            loop.call_soon_threadsafe(self._committed, revision)

        self._store.on_commit(committed)
        socket_path.unlink(missing_ok=True)
        old_mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve_host, socket_path)
        finally:
            os.umask(old_mask)
        self._tasks.start(self._publish(), "publish functions")

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for host in list(self.hosts):
            host.writer.close()
        await self._tasks.cancel_all()
        self._reading.shutdown(wait=False, cancel_futures=True)

    async def wait_applied(self, revision: int, timeout: float = 1.0) -> bool:
        """Waits until every connected host serves `revision`; False when time runs out first."""

        def have_applied() -> bool:
            return all(host.serves(revision) for host in self.hosts)

        async with self._applied:
            try:
                await asyncio.wait_for(self._applied.wait_for(have_applied), timeout)
            except TimeoutError:
                return False
        return True

    def _committed(self, revision: int) -> None:
        self._revision = max(self._revision, revision)
        self._wake.set()

    async def _publish(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for host in [each for each in self.hosts if each.is_ready_for_more and each.lacks(self._revision)]:
                await self._send_changes(host)

    async def _send_changes(self, host: FunctionsHost) -> None:
        loop = asyncio.get_running_loop()
        try:
            message = await loop.run_in_executor(self._reading, self._read, host.sent)
        except Exception:
            log.exception("functions changed since revision %s could not be read; tried again", host.sent)
            loop.call_later(RETRY_DELAY, self._wake.set)
            return
        host.sent = message.revision
        host.writer.write(frame(message))

    def _read(self, since: int | None) -> PutFunctions:
        with self._store.reader() as reader:
            if since is None:
                return PutFunctions(reader.revision, True, list(all_records(reader)))
            records, gone = changed_records(reader, since, reader.revision)
            return PutFunctions(reader.revision, False, records, gone)

    async def _serve_host(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await asyncio.wait_for(read_from_host(reader), HELLO_TIMEOUT)
        except (OSError, EOFError, TimeoutError):
            hello = None
        if not isinstance(hello, HostHello):
            writer.close()
            return
        host = FunctionsHost(hello.pid, writer)
        self.hosts.add(host)
        self._wake.set()
        try:
            while True:
                message = await read_from_host(reader)
                if isinstance(message, AppliedFunctions):
                    await self._hear(host, message.revision)
        except (OSError, EOFError):
            pass
        finally:
            self.hosts.discard(host)
            writer.close()
            async with self._applied:
                self._applied.notify_all()

    async def _hear(self, host: FunctionsHost, revision: int) -> None:
        host.applied = revision
        self._wake.set()
        async with self._applied:
            self._applied.notify_all()
