"""Announces what is served to the gateway workers: all of it to one that starts, each revision's changes after that.

A worker is sent the next change only when it has applied the last, so that many changes in a row become few, and a
slow worker is a bounded cost.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from limen.aws.identities import IdentityChanges
from limen.control.cluster.snapshot_file import SnapshotFile
from limen.control.follower import Follower
from limen.features.usage_plans.records import UsagePlanChanges
from limen.frames import frame
from limen.plan import freeze
from limen.plan.channel import (
    Applied,
    Collect,
    Explain,
    Explained,
    Figures,
    Hello,
    Look,
    MoveClock,
    ProfileKey,
    StateSeen,
    ToControl,
    ToWorker,
    Tried,
    Try,
    Updates,
    read_as_control,
)
from limen.plan.pool_keys import IssuerOf, pool_changes
from limen.plan.trial import AnyTrial, AnyTrialResult
from limen.store.errors import StoreAwayError
from limen.store.reader import Reader
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

APPLY_TIMEOUT = 10.0
"""Seconds after which a worker that has not applied a change is spoken of in the log."""

RETRY_DELAY = 1.0
"""Seconds after which it is tried again to read what changed."""

TRIAL_TIMEOUT = 40.0
"""Seconds that a worker may take for a test invocation: it gives up itself before."""


class TrialError(Exception):
    """A test invocation was not run; the message says why."""


class Signers(Protocol):
    """Who may sign requests to APIs."""

    session_key: bytes
    """What opens session tokens."""

    def changes(self, reader: Reader, since: int | None) -> IdentityChanges: ...


class UsagePlansSource(Protocol):
    """Which API keys open which stages, and how often."""

    pepper: bytes
    """What digests of keys are made with."""

    def changes(self, reader: Reader, since: int | None) -> UsagePlanChanges | None: ...


class Publisher:
    """Owned by the control process; `start` in its loop."""

    def __init__(
        self,
        store: Store,
        first_api: str | None = None,
        issuer_of: IssuerOf = str,
        signers: Signers | None = None,
        usage_plans: UsagePlansSource | None = None,
        snapshot: SnapshotFile | None = None,
    ) -> None:
        """`snapshot` keeps what is served for a time without the database."""
        self.first_api = first_api
        self.followers: set[Follower] = set()
        self.revision = 0
        self.on_applied: Callable[[], None] | None = None
        """Called when a worker serves another revision, or ends."""
        self.is_from_disk = False
        """Whether what is served comes from a snapshot alone."""
        self._oldest_api: str | None = None
        self._store = store
        self._issuer_of = issuer_of
        self._signers = signers
        self._snapshot = snapshot
        self._usage_plans = usage_plans
        self._tasks = Tasks()
        self._reading = ThreadPoolExecutor(1, "publish")
        self._wake = asyncio.Event()
        self._applied = asyncio.Condition()
        self._collecting: dict[int, asyncio.Queue[Any]] = {}
        self._collections = 0
        self._looks: dict[tuple[str, str], Look] = {}
        """What workers were told to keep, for those that start later."""
        self._server: asyncio.Server | None = None
        self._profile_key: ProfileKey | None = None
        self._clock: MoveClock | None = None

    @property
    def applied_revision(self) -> int:
        """What all workers serve; 0 where they have served nothing yet. Where there are none, what is known."""
        return min((follower.applied or 0 for follower in self.followers), default=self.revision)

    async def start(self, socket_path: Path) -> None:
        """Listens on a socket that only its owner can open."""
        loop = asyncio.get_running_loop()
        self._store.on_commit(lambda revision: loop.call_soon_threadsafe(self._committed, revision))
        self._store.on_restart(lambda revision: loop.call_soon_threadsafe(self._restarted, revision))
        self.revision = max(self.revision, await asyncio.to_thread(self._first_revision))
        self._wake.set()
        socket_path.unlink(missing_ok=True)
        old_mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve_follower, socket_path)
        finally:
            os.umask(old_mask)
        self._tasks.start(self._publish(), "publish")

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._tasks.cancel_all()
        self._reading.shutdown(wait=False, cancel_futures=True)

    def put_profile_key(self, message: ProfileKey) -> None:
        """Tells all workers, those to come included."""
        self._profile_key = message
        for follower in self.followers:
            follower.writer.write(frame(message))

    def move_clock(self, message: MoveClock) -> None:
        """Tells all workers, those to come included."""
        self._clock = message
        for follower in self.followers:
            follower.writer.write(frame(message))

    async def wait_applied(self, revision: int, workers: int = 0, timeout: float = 1.0) -> bool:
        """Waits until all workers, and at least `workers`, serve `revision`; False when time runs out first."""

        def are_there() -> bool:
            current = [follower for follower in self.followers if follower.serves(revision)]
            return len(current) == len(self.followers) and len(current) >= workers

        async with self._applied:
            try:
                await asyncio.wait_for(self._applied.wait_for(are_there), timeout)
            except TimeoutError:
                return False
        return True

    async def collect(self, timeout: float = 1.0) -> list[Figures]:
        """The figures of each worker that answers in time."""
        return await self._ask(Collect, timeout)

    async def explain(self, request_id: str | None = None, timeout: float = 1.0) -> list[bytes]:
        """What the workers kept of a request, or summaries of all that they kept, each as JSON."""
        answers: list[Explained] = await self._ask(partial(Explain, request_id=request_id), timeout)
        return [found for answer in answers for found in answer.found]

    def look(self, api_id: str, stage_name: str, requests: int) -> None:
        """Tells all workers, and those that start later, to keep the last requests of a stage."""
        look = self._looks[api_id, stage_name] = Look(api_id, stage_name, requests)
        for follower in self.followers:
            follower.writer.write(frame(look))

    async def run_trial(self, trial: AnyTrial, timeout: float = TRIAL_TIMEOUT) -> AnyTrialResult:
        """What a worker says of a test invocation. Raises TrialError where none does."""
        serving = [follower for follower in self.followers if follower.is_serving]
        answers: list[Tried] = await self._ask(partial(Try, trial=trial), timeout, serving[:1])
        if not answers:
            raise TrialError("no gateway worker answered")
        if answers[0].result is None:
            raise TrialError(answers[0].problem)
        return answers[0].result

    async def _ask(
        self, question: Callable[[int], ToWorker], timeout: float, asked: list[Follower] | None = None
    ) -> list[Any]:
        """The answers of those (all: None) that answer in time; `question` is made with the number they answer."""
        self._collections += 1
        number = self._collections
        queue = self._collecting[number] = asyncio.Queue()
        asked = list(self.followers) if asked is None else asked
        for follower in asked:
            follower.writer.write(frame(question(number)))
        answers: list[Any] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while len(answers) < len(asked):
                    answers.append(await queue.get())
        del self._collecting[number]
        return answers

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

    async def _publish_since(self, since: int | None, followers: list[Follower]) -> None:
        loop = asyncio.get_running_loop()
        restarts, history = self._store.restarts, self._snapshot.history if self._snapshot is not None else 0
        try:
            updates = await loop.run_in_executor(self._reading, self._read, since)
        except StoreAwayError:
            loop.call_later(RETRY_DELAY, self._wake.set)
            await self._send_kept([follower for follower in followers if follower.sent is None])
            return
        except Exception:
            log.exception("what changed since revision %s could not be read; tried again in a second", since)
            loop.call_later(RETRY_DELAY, self._wake.set)
            return
        if restarts != self._store.restarts:
            self._wake.set()
            return
        data = frame(updates)
        self._send(followers, updates.revision, [data])
        if self._snapshot is not None:
            await loop.run_in_executor(self._reading, self._snapshot.keep, data, updates.revision, since, history)
            if self._snapshot.wants_more:
                self._wake.set()

    async def _send_kept(self, followers: list[Follower]) -> None:
        """To those that start while the database is away: what was served last."""
        if self._snapshot is None or not followers:
            return
        kept = await asyncio.get_running_loop().run_in_executor(self._reading, self._snapshot.read)
        if kept is not None:
            self._send(followers, kept.revision, kept.frames)

    def _read(self, since: int | None) -> Updates:
        with self._store.reader() as reader:
            until = reader.revision
            stages = list(freeze.full_updates(reader)) if since is None else freeze.updates_since(reader, since, until)
            apis, gone = freeze.api_changes(reader, since, until)
            if self.first_api in gone:
                self.first_api = None
            if since is None or self._oldest_api is None or self._oldest_api in gone:
                self._oldest_api = freeze.find_first_api(reader)
            pools, gone_pools = pool_changes(reader, since, until, self._issuer_of)
            first_api = self.first_api or self._oldest_api
            updates = Updates(until, since is None, stages, first_api, apis, gone, pools, gone_pools)
            return self._with_usage_plans(self._with_signers(updates, reader, since), reader, since)

    def _with_signers(self, updates: Updates, reader: Reader, since: int | None) -> Updates:
        if self._signers is None:
            return updates
        key = self._signers.session_key if since is None else b""
        return replace(updates, identities=self._signers.changes(reader, since), session_key=key)

    def _with_usage_plans(self, updates: Updates, reader: Reader, since: int | None) -> Updates:
        if self._usage_plans is None:
            return updates
        pepper = self._usage_plans.pepper if since is None else b""
        return replace(updates, usage_plans=self._usage_plans.changes(reader, since), pepper=pepper)

    def _send(self, followers: list[Follower], revision: int, frames: Sequence[bytes]) -> None:
        for follower in followers:
            follower.send(revision, frames)
            asyncio.get_running_loop().call_later(APPLY_TIMEOUT, self._look_after, follower, revision)

    def _look_after(self, follower: Follower, revision: int) -> None:
        if follower in self.followers and not follower.serves(revision):
            log.error("worker %s has not applied revision %s within %s s", follower.index, revision, APPLY_TIMEOUT)

    async def _serve_follower(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await asyncio.wait_for(read_as_control(reader), 10)
        except (OSError, EOFError, TimeoutError):
            writer.close()
            return
        if not isinstance(hello, Hello):
            writer.close()
            return
        follower = Follower(hello, writer)
        self.followers.add(follower)
        for kept in (self._profile_key, self._clock):
            if kept is not None:
                writer.write(frame(kept))
        writer.writelines([frame(look) for look in self._looks.values()])
        self._wake.set()
        try:
            while True:
                await self._hear(follower, await read_as_control(reader))
        except (OSError, EOFError):
            pass
        finally:
            self.followers.discard(follower)
            writer.close()
            await self._announce_applied()

    async def _announce_applied(self) -> None:
        if self.on_applied is not None:
            self.on_applied()
        async with self._applied:
            self._applied.notify_all()

    async def _hear(self, follower: Follower, message: ToControl) -> None:
        if isinstance(message, Applied):
            follower.hear_applied(message)
            for problem in message.problems:
                log.error("worker %s keeps the last good plan: %s", follower.index, problem)
            self._wake.set()
            await self._announce_applied()
        elif isinstance(message, StateSeen):
            follower.hear_state(message)
        elif isinstance(message, Figures | Explained | Tried):
            if isinstance(message, Figures):
                follower.connections = message.connections
            queue = self._collecting.get(message.number)
            if queue is not None:
                queue.put_nowait(message)
