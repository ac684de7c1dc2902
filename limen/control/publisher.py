"""Announces what is served to the gateway workers, and asks them what they see."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from msgspec.structs import replace

from limen.aws.identities import IdentityChanges
from limen.control.cluster.snapshot_file import SnapshotFile
from limen.control.feed import Feed
from limen.control.follower import Worker
from limen.features.domain_names.records import DomainChanges
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
from limen.store.reader import Reader
from limen.store.store import Store

log = logging.getLogger("limen.control")

APPLY_TIMEOUT = 10.0
"""Seconds after which a worker that has not applied a change is spoken of in the log."""

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


class DomainNamesSource(Protocol):
    """Custom domain names, with their certificates."""

    def changes(self, reader: Reader, since: int | None, until: int) -> DomainChanges | None: ...


class Publisher(Feed[Worker]):
    """What gateway workers follow."""

    def __init__(
        self,
        store: Store,
        first_api: str | None = None,
        issuer_of: IssuerOf = str,
        signers: Signers | None = None,
        usage_plans: UsagePlansSource | None = None,
        domains: DomainNamesSource | None = None,
        snapshot: SnapshotFile | None = None,
    ) -> None:
        super().__init__(store, snapshot, "plans")
        self.first_api = first_api
        self._oldest_api: str | None = None
        self._issuer_of = issuer_of
        self._signers = signers
        self._usage_plans = usage_plans
        self._domains = domains
        self._collecting: dict[int, asyncio.Queue[Any]] = {}
        self._collections = 0
        self._looks: dict[tuple[str, str], Look] = {}
        """What workers were told to keep, for those that start later."""
        self._profile_key: ProfileKey | None = None
        self._clock: MoveClock | None = None

    @property
    def applied_revision(self) -> int:
        """What all workers serve; 0 where they have served nothing yet. Where there are none, what is known."""
        return min((follower.applied or 0 for follower in self.followers), default=self.revision)

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
        self, question: Callable[[int], ToWorker], timeout: float, asked: list[Worker] | None = None
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
            if self._domains is not None:
                updates = replace(updates, domains=self._domains.changes(reader, since, until))
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

    def _send(self, followers: list[Worker], revision: int, frames: Sequence[bytes]) -> None:
        super()._send(followers, revision, frames)
        for worker in followers:
            asyncio.get_running_loop().call_later(APPLY_TIMEOUT, self._look_after, worker, revision)

    def _look_after(self, worker: Worker, revision: int) -> None:
        if worker in self.followers and not worker.serves(revision):
            log.error("worker %s has not applied revision %s within %s s", worker.index, revision, APPLY_TIMEOUT)

    async def _receive(self, reader: asyncio.StreamReader) -> ToControl:
        return await read_as_control(reader)

    def _welcome(self, hello: ToControl, writer: asyncio.StreamWriter) -> Worker | None:
        if not isinstance(hello, Hello):
            return None
        for kept in (self._profile_key, self._clock):
            if kept is not None:
                writer.write(frame(kept))
        writer.writelines([frame(look) for look in self._looks.values()])
        return Worker(hello, writer)

    async def _hear(self, follower: Worker, message: ToControl) -> None:
        if isinstance(message, Applied):
            follower.hear_plans(message)
            for problem in message.problems:
                log.error("worker %s keeps the last good plan: %s", follower.index, problem)
            await self._has_applied()
        elif isinstance(message, StateSeen):
            follower.hear_state(message)
        elif isinstance(message, Figures | Explained | Tried):
            if isinstance(message, Figures):
                follower.connections = message.connections
            queue = self._collecting.get(message.number)
            if queue is not None:
                queue.put_nowait(message)
