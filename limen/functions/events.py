"""Asynchronous invocations: a bounded queue, repetitions after errors, and where the results go.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
An error of the function is repeated after one minute and after two; where no environment may be had, it is tried
again, ever more rarely, until the event is too old. The queue outlives a stop of the host, but not its crash.
"""

import heapq
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from uuid import uuid4

from limen.clock import Clock
from limen.functions.errors import InvokeError, concurrency_reached
from limen.functions.event_records import Event, render_record
from limen.functions.invocation import Invocation, Outcome
from limen.functions.names import LATEST
from limen.functions.pool import Pool
from limen.functions.records import EventInvokeRecord
from limen.functions.registry import Registry, Route
from limen.functions.run import Run

log = logging.getLogger("limen.functions")

MOST_EVENTS = 100_000
MOST_BYTES = 256 << 20
LONGEST_CHAIN = 16
"""Functions that invoke each other as destinations: AWS stops such loops after as many."""
_LOOK_AGAIN = 0.05
"""Seconds after which events that found no room are looked at again."""
_THROTTLED_DELAYS = (1.0, 300.0)
"""Seconds from the first try that found no room to the next, and the most between two."""
_DEFAULT = EventInvokeRecord()


class Events:
    """Owned by the host; `retry_delay` is AWS's minute."""

    def __init__(
        self,
        registry: Registry,
        clock: Clock,
        retry_delay: float = 60.0,
        *,
        most_events: int = MOST_EVENTS,
        most_bytes: int = MOST_BYTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._retry_delay = retry_delay
        self._most_events = most_events
        self._most_bytes = most_bytes
        self._now = now
        self._ready: dict[str, deque[Event]] = {}
        """By the qualified ARN of the function."""
        self._later: list[tuple[float, int, Event]] = []
        self._running: dict[Event, None] = {}
        self._numbers = count()
        self._count = 0
        self._bytes = 0
        self._slot = 0
        self._is_timed = False
        self._is_pumping = False
        self._is_closed = False

    def add(self, route: Route, payload: bytes, request_id: str, trace_id: str = "", chain: int = 0) -> None:
        """Accepts an event; raises InvokeError where the queue is full."""
        if self._count >= self._most_events or self._bytes + len(payload) > self._most_bytes:
            raise concurrency_reached()
        self._accept(Event(route.qualified_arn, payload, request_id, trace_id, self._now(), chain))
        self._pump()

    def restore(self, events: list[Event]) -> None:
        """Those that an earlier host left; beyond the bounds, for they were accepted."""
        for event in events:
            self._accept(event)
        self._pump()

    def close(self) -> list[Event]:
        """Starts no more; those that are not done, which the next host has to do."""
        self._is_closed = True
        self._clock.keep(self._slot, self)
        ready = [event for queue in self._ready.values() for event in queue]
        return [*self._running, *ready, *(event for _, _, event in self._later)]

    def _accept(self, event: Event) -> None:
        self._count += 1
        self._bytes += len(event.payload)
        self._queue(event)

    def _queue(self, event: Event) -> None:
        if event.due > self._now():
            heapq.heappush(self._later, (event.due, next(self._numbers), event))
        else:
            self._ready.setdefault(event.arn, deque()).append(event)

    # --- from the queue to functions

    def _pump(self) -> None:
        """What it starts may add to the queue: that is seen to by the next round, not within."""
        if self._is_closed or self._is_pumping:
            return
        self._is_pumping = True
        try:
            now = self._now()
            while self._later and self._later[0][0] <= now:
                self._queue(heapq.heappop(self._later)[2])
            while self._start_ready():
                pass
        finally:
            self._is_pumping = False
        self._look_later(now)

    def _start_ready(self) -> bool:
        """Whether any was started."""
        is_any_started = False
        for arn in list(self._ready):
            queue = self._ready[arn]
            while queue:
                event = queue.popleft()
                if not self._start(event):
                    queue.appendleft(event)
                    break
                is_any_started = True
            if not queue:
                del self._ready[arn]
        return is_any_started

    def _look_later(self, now: float) -> None:
        if self._is_timed or not (self._ready or self._later):
            return
        self._is_timed = True
        seconds = _LOOK_AGAIN if self._ready else min(max(self._later[0][0] - now, _LOOK_AGAIN), 1.0)
        self._slot = self._clock.expire_in(seconds, self)

    def deadline_passed(self) -> None:
        self._is_timed = False
        self._pump()

    def _start(self, event: Event) -> bool:
        """False: there is no room for it now, it stays where it is."""
        try:
            route = self._registry.find_by_name(event.arn)
            pool = route.function.pool_of(version := route.pick_version())
        except InvokeError as error:
            log.warning("event %s is dropped: %s", event.request_id, error.message)
            self._forget(event)
            return True
        settings = _settings_of(route)
        if self._now() - event.accepted_at > settings.most_age:
            self._end(event, route, settings.on_failure, "EventAgeExceeded", version, None)
        elif route.function.record.reserved_concurrency == 0:  # nothing is to run, so nothing is repeated
            self._end(event, route, settings.on_failure, "RetriesExhausted", version, None)
        elif pool.has_room and route.function.has_room:
            self._run(event, route, version, pool)
        else:
            return False
        return True

    def _run(self, event: Event, route: Route, version: str, pool: Pool) -> None:
        invocation = Invocation(
            request_id=event.request_id, invoked_arn=event.arn, payload=event.payload, trace_id=event.trace_id
        )
        try:
            run = Run(route.function, invocation, partial(self._ended, event, route, version))
        except InvokeError:
            self._defer(event)
            return
        self._running[event] = None
        pool.submit(run)

    def _defer(self, event: Event) -> None:
        first, most = _THROTTLED_DELAYS
        event.due = self._now() + min(first * 2**event.throttles, most) * self._retry_delay / 60
        event.throttles = min(event.throttles + 1, 30)
        self._queue(event)

    # --- what came of it

    def _ended(self, event: Event, route: Route, version: str, outcome: Outcome | InvokeError) -> None:
        if self._is_closed:
            return  # its environment was closed: the next host does it, as if it had never been begun
        self._running.pop(event, None)
        settings = _settings_of(route)
        if isinstance(outcome, InvokeError):
            self._defer(event)
        elif not outcome.error:
            event.attempts += 1
            self._end(event, route, settings.on_success, "Success", version, outcome)
        else:
            event.attempts += 1
            self._repeat(event, route, settings, version, outcome)
        self._pump()

    def _repeat(self, event: Event, route: Route, settings: EventInvokeRecord, version: str, outcome: Outcome) -> None:
        if event.attempts > settings.most_retries:
            self._end(event, route, settings.on_failure, "RetriesExhausted", version, outcome)
            return
        event.due = self._now() + self._retry_delay * event.attempts
        if event.due - event.accepted_at > settings.most_age:
            self._end(event, route, settings.on_failure, "EventAgeExceeded", version, outcome)
        else:
            self._queue(event)

    def _end(
        self,
        event: Event,
        route: Route,
        destination: str | None,
        condition: str,
        version: str,
        outcome: Outcome | None,
    ) -> None:
        self._forget(event)
        if destination is None:
            return
        arn = f"{route.name.arn}:{route.name.qualifier or LATEST}"
        record = render_record(event, arn, condition, version, outcome, self._now())
        self._send(event, destination, record)

    def _send(self, event: Event, destination: str, record: bytes) -> None:
        if event.chain + 1 >= LONGEST_CHAIN:
            log.warning("event %s: its chain of destinations ends after %d functions", event.request_id, LONGEST_CHAIN)
            return
        try:
            route = self._registry.find_by_name(destination)
            self.add(route, record, str(uuid4()), event.trace_id, event.chain + 1)
        except InvokeError as error:
            log.warning("event %s: nothing is sent to %s: %s", event.request_id, destination, error.message)

    def _forget(self, event: Event) -> None:
        self._count -= 1
        self._bytes -= len(event.payload)


def _settings_of(route: Route) -> EventInvokeRecord:
    return route.function.record.event_invoke.get(route.name.qualifier or LATEST, _DEFAULT)
