"""The environments of one version of a function: started when invocations wait, the last used one used first.

Those that were started before a change serve what was submitted before it, and are closed when nothing of that waits:
were they closed at once, changes that come faster than environments start would starve every invocation.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from limen.functions.errors import InvokeError, function_not_found, service_failure, too_many_requests
from limen.functions.invocation import Finish, Invocation, Outcome
from limen.functions.machine import Machine
from limen.functions.records import FunctionRecord, VersionRecord
from limen.functions.run import Run

log = logging.getLogger("limen.functions")

PATIENCE = 60.0
"""Seconds that an invocation waits for an environment, beside the time that those before it may take."""

GRACE = 0.05
"""Seconds for which an invocation waits for environments that have answered, or are fast, before it wishes for
another."""

SOON = 0.01
"""Seconds of expected waiting that are worth no environment beyond one for each core: to start one takes 40 ms of a
core, and those that there are have warm caches and compiled code."""
_WEIGHT = 0.1
"""Of the last invocation in what an invocation is expected to take."""


class RunsInvocations(Protocol):
    """An Environment, as a pool sees it."""

    @property
    def is_alive(self) -> bool: ...

    async def start(self) -> None: ...

    def invoke(self, invocation: Invocation, finish: Finish) -> None: ...

    def when_free(self, tell: Callable[[], None]) -> None: ...

    async def close(self) -> None: ...


MakeEnvironment = Callable[[FunctionRecord, VersionRecord], RunsInvocations]


class Pool:
    """`most` bounds its environments: one that is debugged has the debugger's port for itself."""

    def __init__(
        self,
        function: FunctionRecord,
        version: VersionRecord,
        machine: Machine,
        make: MakeEnvironment,
        most: int | None = None,
    ) -> None:
        self.function = function
        self.version = version
        self.waiting: dict[Run, None] = {}
        """In the order in which they came."""
        self._machine = machine
        self._make = make
        self._most = most or machine.concurrency
        self._generation = 0
        self._idle: list[_Place] = []
        self._places: set[_Place] = set()
        self._coming = 0
        """Environments that start, or are about to be free."""
        self._newest = _Newest()
        self._leaving: dict[_Place, float] = {}
        """Those that have answered and are expected to ask for the next invocation, and since when."""
        self._served_at = 0.0
        """When the last of those that waited was served, or the first began to wait."""
        self._is_hoping = False
        machine.pools[self] = None

    @property
    def size(self) -> int:
        return len(self._places)

    @property
    def has_room(self) -> bool:
        """Whether what is submitted now would be served soon: less urgent invocations wait for that."""
        return bool(self._idle) or len(self.waiting) < self._machine.starts_at_once

    def submit(self, run: Run) -> None:
        """Runs it in an idle environment, or lets it wait for the one that is free first."""
        while self._idle:
            place = self._idle.pop()
            if place.environment.is_alive:
                self._serve(place, run)
                return
            self._close(place)
        if not self.waiting:
            self._served_at = self._machine.clock.now()
        self.waiting[run] = None
        self._newest.waiting += 1
        run.pool = self
        run.generation = self._generation
        run.slot = self._machine.clock.expire_in(PATIENCE + self.version.timeout, run)
        self._machine.wish_start(self)
        self._hope()

    def replace(self, function: FunctionRecord, version: VersionRecord) -> None:
        """What comes runs by these records."""
        self.function = function
        self.version = version
        self.renew()

    def renew(self) -> None:
        """For code that changed in its place."""
        self._generation += 1
        self._newest = _Newest()
        idle, self._idle = self._idle, []
        for place in idle:
            self._close(place)

    def remove(self) -> None:
        """The version is gone: what waits is told so, what runs may end."""
        self._machine.pools.pop(self, None)
        for run in list(self.waiting):
            self._take(run)
            run.end(function_not_found(run.invocation.invoked_arn))
        self.renew()

    async def close(self) -> None:
        """At the end of the process: every environment, whatever it does."""
        self._machine.pools.pop(self, None)
        for place in list(self._places):
            self._places.discard(place)
            await place.environment.close()

    # --- what the machine asks

    def needs_start(self) -> bool:
        is_served = len(self.waiting) <= self._coming and self._newest.waiting <= self._newest.coming
        if is_served or len(self._places) >= self._most or self._serves_soon():
            return False
        return not self._places or not self._machine.is_memory_scarce()

    def _serves_soon(self) -> bool:
        """Whether the environments that there are will have served all that waits sooner than another could."""
        newest = self._newest
        at_work = newest.busy + newest.coming
        if at_work < self._machine.cores or newest.waiting < len(self.waiting):
            return False
        if newest.waiting * newest.typical >= SOON * at_work:
            return False
        return self._machine.clock.now() - self._served_at < GRACE

    def start_one(self) -> None:
        place = _Place(self, self._make(self.function, self.version), self._generation)
        self._places.add(place)
        self._machine.environments += 1
        self._expect(place)
        self._machine.tasks.start(self._start(place), "environment")

    def idle_since(self) -> float | None:
        return self._idle[0].idle_since if self._idle else None

    def close_idle(self, before: float) -> None:
        while self._idle and self._idle[0].idle_since <= before:
            self._close(self._idle.pop(0))

    # --- environments

    async def _start(self, place: "_Place") -> None:
        run: Run | None = None
        try:
            await place.environment.start()
        except Exception as error:
            self._expect_no_more(place)
            self._fail_start(place, error)
        else:
            self._expect_no_more(place)
            run = self._next_run(place, is_new=True)
        self._machine.start_ended()  # when it has taken its run: what waits still is what needs another start
        if run is not None:
            self._serve(place, run)

    def _expect(self, place: "_Place") -> None:
        self._coming += 1
        if place.generation == self._generation:
            self._newest.coming += 1

    def _expect_no_more(self, place: "_Place") -> None:
        self._coming -= 1
        if place.generation == self._generation:
            self._newest.coming -= 1

    def _fail_start(self, place: "_Place", error: Exception) -> None:
        """The environment could not be made at all; what the function does wrong is an outcome."""
        if isinstance(error, InvokeError):
            log.warning("%s: %s", self.function.name, error.message)
        else:
            log.error("%s: no environment could be started", self.function.name, exc_info=error)
            error = service_failure("An environment of the function could not be started; the host's log tells why.")
        if (run := self._oldest_for(place)) is not None:
            run.end(error)
        self._close(place)

    def _serve(self, place: "_Place", run: Run) -> None:
        """This invocation and, one after the other, those that wait. Without a task for each: 25 us less."""
        place.run = run
        place.began = self._machine.clock.now()
        if place.generation == self._generation:
            self._newest.busy += 1
        try:
            place.environment.invoke(run.invocation, place.finish)
        except Exception:
            log.exception("%s: an invocation failed within the host", self.function.name)
            self._close(place)
            if place.run is run:
                place.run = None
                self._count_ended(place)
                run.end(service_failure("The functions host failed; its log tells why."))

    def ended(self, place: "_Place", run: Run, outcome: Outcome | InvokeError) -> None:
        """Runtimes ask for the next invocation in a moment, or go on behind their answer: till then it is not free."""
        self._leaving[place] = self._count_ended(place)
        self._expect(place)
        run.end(outcome)
        place.environment.when_free(place.free)

    def _count_ended(self, place: "_Place") -> float:
        """The time."""
        now = self._machine.clock.now()
        if place.generation == self._generation:
            self._newest.busy -= 1
            self._newest.note(now - place.began)
        return now

    def became_free(self, place: "_Place") -> None:
        if place in self._leaving:
            del self._leaving[place]
            self._expect_no_more(place)
        following = self._next_run(place)
        if following is not None:
            self._serve(place, following)

    def deadline_passed(self) -> None:
        """What does not become free in a moment is not waited for: others are started in its place."""
        self._is_hoping = False
        before = self._machine.clock.now() - GRACE
        for place in [place for place, since in self._leaving.items() if since <= before]:
            del self._leaving[place]
            self._expect_no_more(place)
        if self.waiting:
            self._machine.wish_start(self)
            self._hope()

    def _hope(self) -> None:
        if (self._leaving or self.waiting) and not self._is_hoping:
            self._is_hoping = True
            self._machine.clock.expire_in(GRACE, self)

    def _next_run(self, place: "_Place", is_new: bool = False) -> Run | None:
        """What a free environment does next; None: it is idle now, or closed.

        A new one is dead where its function could not be loaded: it tells that to the first invocation.
        """
        is_alive = place.environment.is_alive
        if (is_new or is_alive) and (run := self._oldest_for(place)) is not None:
            return run
        if not is_alive or place.generation != self._generation:
            self._close(place)
            return None
        place.idle_since = self._machine.clock.now()
        self._idle.append(place)
        return None

    def _oldest_for(self, place: "_Place") -> Run | None:
        """Takes what has waited longest, unless it was submitted after a change that the environment does not know."""
        run = next(iter(self.waiting), None)
        if run is None or run.generation > place.generation:
            return None
        self._take(run)
        return run

    def _close(self, place: "_Place") -> None:
        if place in self._places:
            self._machine.tasks.start(self._end(place), "closing an environment")

    async def _end(self, place: "_Place") -> None:
        """Its place is free when it has ended: the next may want the same port, or the memory."""
        try:
            await place.environment.close()
        finally:
            if place in self._places:
                self._places.discard(place)
                self._machine.environments -= 1
            if self.waiting:
                self._machine.wish_start(self)

    def _take(self, run: Run) -> None:
        del self.waiting[run]
        if run.generation == self._generation:
            self._newest.waiting -= 1
        self._served_at = self._machine.clock.now()
        self._machine.clock.keep(run.slot, run)

    def lose_patience(self, run: Run) -> None:
        if run in self.waiting:
            self._take(run)
            run.end(too_many_requests("ConcurrentInvocationLimitExceeded"))


class _Newest:
    """Of what was submitted and started since the last change: how much of it waits, is under way, is to come."""

    __slots__ = ("busy", "coming", "typical", "waiting")

    def __init__(self) -> None:
        self.busy = 0
        self.coming = 0
        self.waiting = 0
        self.typical = float("inf")
        """Seconds that an invocation takes, the last ones most."""

    def note(self, seconds: float) -> None:
        self.typical = seconds if self.typical == float("inf") else self.typical + _WEIGHT * (seconds - self.typical)


class _Place:
    """An environment, what it does, and when it was started and used."""

    __slots__ = ("_pool", "began", "environment", "generation", "idle_since", "run")

    def __init__(self, pool: Pool, environment: RunsInvocations, generation: int) -> None:
        self._pool = pool
        self.environment = environment
        self.generation = generation
        self.idle_since = 0.0
        self.began = 0.0
        self.run: Run | None = None

    def free(self) -> None:
        self._pool.became_free(self)

    def finish(self, outcome: Outcome | InvokeError) -> None:
        run, self.run = self.run, None
        if run is not None:
            self._pool.ended(self, run, outcome)
