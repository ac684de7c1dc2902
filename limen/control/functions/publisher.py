"""Tells the functions host which functions there are: all to one that starts, each revision's changes after that.

The host is sent the next change only when it has applied the last, so that many changes in a row become few. Without
a host nothing is read: one is started by the first invocation, and asks then.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from limen.control.cluster.snapshot_file import SnapshotFile
from limen.control.functions.records import all_records, changed_records, code_of
from limen.frames import frame
from limen.functions.channel import AppliedFunctions, HostHello, PutFunctions, read_from_host
from limen.store.errors import StoreAwayError
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
        """The revision that it was sent last; None: it is to be sent everything."""
        self.applied: int | None = None
        self._unanswered = 0

    def serves(self, revision: int) -> bool:
        return self.applied is not None and self.applied >= revision

    @property
    def is_ready_for_more(self) -> bool:
        return self._unanswered == 0

    def send(self, revision: int, frames: Sequence[bytes]) -> None:
        """Each frame is a PutFunctions, the last at `revision`."""
        self.sent = revision
        self._unanswered += len(frames)
        self.writer.writelines(frames)

    def forget_history(self) -> None:
        """What it applied says nothing any more of what it lacks."""
        self.sent = self.applied = None

    def hear_applied(self) -> None:
        self._unanswered -= 1
        if self._unanswered == 0 and self.sent is not None:
            self.applied = self.sent


class FunctionsPublisher:
    """Owned by the control process; `start` in its loop. An old host and a new one may be connected at a hand-over."""

    def __init__(
        self,
        store: Store,
        snapshot: SnapshotFile | None = None,
        fetch: Callable[[Collection[str]], None] | None = None,
    ) -> None:
        """`snapshot` keeps what is told for a time without the database; `fetch` brings code here, by its SHA-256."""
        self.hosts: set[FunctionsHost] = set()
        self._store = store
        self._snapshot = snapshot
        self._fetch = fetch
        self._revision = 0
        self._tasks = Tasks()
        self._reading = ThreadPoolExecutor(1, "publish-functions")
        self._wake = asyncio.Event()
        self._applied = asyncio.Condition()
        self._server: asyncio.Server | None = None

    async def start(self, socket_path: Path) -> None:
        """Listens on a socket that only its owner can open."""
        loop = asyncio.get_running_loop()
        self._store.on_commit(lambda revision: loop.call_soon_threadsafe(self._committed, revision))
        self._store.on_restart(lambda revision: loop.call_soon_threadsafe(self._restarted, revision))
        self._revision = max(self._revision, await asyncio.to_thread(self._first_revision))
        self._wake.set()
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

    def _first_revision(self) -> int:
        """Raises StoreError where the database is away, and nothing was kept of it."""
        try:
            with self._store.reader() as reader:
                return reader.revision
        except StoreAwayError:
            kept = self._snapshot.read() if self._snapshot is not None else None
            if kept is None:
                raise
            return kept.revision

    def _committed(self, revision: int) -> None:
        self._revision = max(self._revision, revision)
        self._wake.set()

    def _restarted(self, revision: int) -> None:
        """Everybody is told everything."""
        self._revision = revision
        for host in self.hosts:
            host.forget_history()
        if self._snapshot is not None:
            self._snapshot.forget_history()
        self._wake.set()

    async def _publish(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting = [host for host in self.hosts if host.is_ready_for_more]
            known = {host.sent for host in waiting}
            if self._snapshot is not None and (self._snapshot.revision is not None or self._snapshot.wants_more):
                known.add(self._snapshot.revision)
            for since in known - {self._revision}:
                await self._publish_since(since, [host for host in waiting if host.sent == since])

    async def _publish_since(self, since: int | None, hosts: list[FunctionsHost]) -> None:
        loop = asyncio.get_running_loop()
        restarts, history = self._store.restarts, self._snapshot.history if self._snapshot is not None else 0
        try:
            message = await loop.run_in_executor(self._reading, self._read, since)
        except StoreAwayError:
            loop.call_later(RETRY_DELAY, self._wake.set)
            await self._send_kept([host for host in hosts if host.sent is None])
            return
        except Exception:
            log.exception("functions changed since revision %s could not be read; tried again", since)
            loop.call_later(RETRY_DELAY, self._wake.set)
            return
        if restarts != self._store.restarts:
            self._wake.set()
            return
        data = frame(message)
        for host in hosts:
            host.send(message.revision, [data])
        if self._snapshot is not None:
            await loop.run_in_executor(self._reading, self._snapshot.keep, data, message.revision, since, history)
            if self._snapshot.wants_more:
                self._wake.set()

    async def _send_kept(self, hosts: list[FunctionsHost]) -> None:
        """To a host that starts while the database is away: what was told last."""
        if self._snapshot is None or not hosts:
            return
        kept = await asyncio.get_running_loop().run_in_executor(self._reading, self._snapshot.read)
        if kept is not None:
            for host in hosts:
                host.send(kept.revision, kept.frames)

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
                    await self._hear(host)
        except (OSError, EOFError):
            pass
        finally:
            self.hosts.discard(host)
            writer.close()
            async with self._applied:
                self._applied.notify_all()

    async def _hear(self, host: FunctionsHost) -> None:
        host.hear_applied()
        self._wake.set()
        async with self._applied:
            self._applied.notify_all()
