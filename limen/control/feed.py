"""What processes follow over a Unix socket: everything for one that starts, each revision's changes after that.

A follower is sent the next change only when it has applied the last, so that many changes in a row become few, and a
slow one is a bounded cost. What nobody follows, and no snapshot keeps, is not read.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Generic, TypeVar

from limen.control.cluster.snapshot_file import SnapshotFile
from limen.control.follower import Follower
from limen.control.private_socket import listen_privately
from limen.frames import frame
from limen.functions.channel import PutFunctions
from limen.plan.channel import Updates
from limen.store.errors import StoreAwayError
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

HELLO_TIMEOUT = 10.0
"""Seconds that who connects may take to say who it is."""

RETRY_DELAY = 1.0
"""Seconds after which it is tried again to read what changed."""

BACKLOG = 100

F = TypeVar("F", bound=Follower)


class Feed(ABC, Generic[F]):
    """Owned by the control process; `start` in its loop. Each kind says what is read, and in which words."""

    def __init__(self, store: Store, snapshot: SnapshotFile | None, name: str) -> None:
        """`snapshot` keeps what is sent for a time without the database; `name` says in logs what is sent."""
        self.followers: set[F] = set()
        self.revision = 0
        self.on_applied: Callable[[], None] | None = None
        """Called when a follower serves another revision, or ends."""
        self.is_from_disk = False
        """Whether what is served comes from a snapshot alone."""
        self._name = name
        self._store = store
        self._snapshot = snapshot
        self._tasks = Tasks()
        self._reading = ThreadPoolExecutor(1, f"publish-{name}")
        self._wake = asyncio.Event()
        self._applied = asyncio.Condition()
        self._server: asyncio.Server | None = None

    @abstractmethod
    def _read(self, since: int | None) -> Updates | PutFunctions:
        """Everything where `since` is None, else what changed; called in a thread."""

    @abstractmethod
    async def _receive(self, reader: asyncio.StreamReader) -> Any:
        """The next message of who is connected. Raises OSError or EOFError when it has gone."""

    @abstractmethod
    def _welcome(self, hello: Any, writer: asyncio.StreamWriter) -> F | None:
        """A new follower by its first message; None for a stranger."""

    @abstractmethod
    async def _hear(self, follower: F, message: Any) -> None: ...

    async def start(self, socket_path: Path) -> None:
        """Listens on a socket that only its owner can open."""
        loop = asyncio.get_running_loop()
        self._store.on_commit(lambda revision: loop.call_soon_threadsafe(self._committed, revision))
        self._store.on_restart(lambda revision: loop.call_soon_threadsafe(self._restarted, revision))
        self.revision = max(self.revision, await asyncio.to_thread(self._first_revision))
        self._wake.set()
        listening = listen_privately(socket_path, BACKLOG)
        self._server = await asyncio.start_unix_server(self._accept, sock=listening)
        self._tasks.start(self._publish(), f"publish {self._name}")

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._tasks.cancel_all()
        self._reading.shutdown(wait=False, cancel_futures=True)

    async def wait_applied(self, revision: int, at_least: int = 0, timeout: float = 1.0) -> bool:
        """Waits until all followers, and `at_least` so many, serve `revision`; False when time runs out first."""

        def are_there() -> bool:
            current = [follower for follower in self.followers if follower.serves(revision)]
            return len(current) == len(self.followers) and len(current) >= at_least

        async with self._applied:
            try:
                async with asyncio.timeout(timeout):
                    await self._applied.wait_for(are_there)
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
            self.is_from_disk = True
            return kept.revision

    def _committed(self, revision: int) -> None:
        self.revision = max(self.revision, revision)
        self._wake.set()

    def _restarted(self, revision: int) -> None:
        """Everybody is sent everything."""
        self.revision, self.is_from_disk = revision, False
        for follower in self.followers:
            follower.forget_history()
        if self._snapshot is not None:
            self._snapshot.forget_history()
        self._wake.set()

    async def _publish(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting = [follower for follower in self.followers if follower.is_ready_for_more]
            known = {follower.sent for follower in waiting}
            if self._snapshot is not None and (self._snapshot.revision is not None or self._snapshot.wants_more):
                known.add(self._snapshot.revision)
            for since in known - {self.revision}:
                await self._publish_since(since, [follower for follower in waiting if follower.sent == since])

    async def _publish_since(self, since: int | None, followers: list[F]) -> None:
        loop = asyncio.get_running_loop()
        restarts, history = self._store.restarts, self._snapshot.history if self._snapshot is not None else 0
        try:
            message = await loop.run_in_executor(self._reading, self._read, since)
        except StoreAwayError:
            loop.call_later(RETRY_DELAY, self._wake.set)
            await self._send_kept([follower for follower in followers if follower.sent is None])
            return
        except Exception:
            log.exception(
                "%s: what changed since revision %s could not be read; tried again in a second", self._name, since
            )
            loop.call_later(RETRY_DELAY, self._wake.set)
            return
        if restarts != self._store.restarts:
            self._wake.set()
            return
        data = frame(message)
        self._send(followers, message.revision, [data])
        if self._snapshot is not None:
            await loop.run_in_executor(self._reading, self._snapshot.keep, data, message.revision, since, history)
            if self._snapshot.wants_more:
                self._wake.set()

    async def _send_kept(self, followers: list[F]) -> None:
        """To those that start while the database is away: what was sent last."""
        if self._snapshot is None or not followers:
            return
        kept = await asyncio.get_running_loop().run_in_executor(self._reading, self._snapshot.read)
        if kept is not None:
            self._send(followers, kept.revision, kept.frames)

    def _send(self, followers: list[F], revision: int, frames: Sequence[bytes]) -> None:
        for follower in followers:
            follower.send(revision, frames)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A task of ours: those that asyncio would start log that they were cancelled when the process ends."""
        self._tasks.start(self._serve(reader, writer), f"follower of {self._name}")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HELLO_TIMEOUT):
                hello = await self._receive(reader)
            follower = self._welcome(hello, writer)
            if follower is not None:
                await self._follow(follower, reader)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            writer.close()

    async def _follow(self, follower: F, reader: asyncio.StreamReader) -> None:
        """Raises OSError or EOFError when it has gone."""
        self.followers.add(follower)
        self._wake.set()
        try:
            while True:
                await self._hear(follower, await self._receive(reader))
        finally:
            self.followers.discard(follower)
            await self._announce_applied()

    async def _has_applied(self) -> None:
        """To be called when a follower said so: it may be sent more, and who waits for it looks again."""
        self._wake.set()
        await self._announce_applied()

    async def _announce_applied(self) -> None:
        if self.on_applied is not None:
            self.on_applied()
        async with self._applied:
            self._applied.notify_all()
