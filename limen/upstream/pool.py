"""The connections to one origin: idle ones taken last in first out, new ones while there is room, calls that wait.

A connection that is lost is out of the pool in the same call of the event loop. Time is counted in ticks of the
Upstream, so that taking and giving back a connection asks for no time.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from contextlib import suppress

from limen.budget import Budget
from limen.clock import Clock
from limen.tasks import Tasks
from limen.upstream.call import Call
from limen.upstream.dial import Dialer
from limen.upstream.errors import Kind, UpstreamError
from limen.upstream.http1 import Connection
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin

log = logging.getLogger("limen.upstream")

TICK = 0.5
"""Seconds between two looks at idle connections: how much longer than allowed one may be idle."""


class Ticks:
    """Time as pools count it; counted on by the Upstream."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0


class Surroundings:
    """What the pools of an Upstream share."""

    __slots__ = ("budget", "clock", "dialer", "limits", "tasks", "ticks")

    def __init__(self, clock: Clock, budget: Budget, dialer: Dialer, limits: Limits) -> None:
        self.clock = clock
        self.budget = budget
        self.dialer = dialer
        self.limits = limits
        self.tasks = Tasks()
        self.ticks = Ticks()


class OriginPool:
    """Owned by an Upstream, which tells it when to sweep and to close."""

    def __init__(self, origin: Origin, surroundings: Surroundings) -> None:
        self.origin = origin
        self.limits = surroundings.limits
        self.budget = surroundings.budget
        self.clock = surroundings.clock
        self._dialer = surroundings.dialer
        self._tasks = surroundings.tasks
        self._ticks = surroundings.ticks
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._waiting: OrderedDict[Call, None] = OrderedDict()
        self._dialing = 0
        self._is_closing = False
        self._idle_ticks = _in_ticks(self.limits.idle_timeout)

    # For calls

    def send(self, call: Call) -> None:
        call.pool = self
        call.deadline = self.clock.expire_in(call.timeout, call)
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.can_send():
                connection.send(call)
                return
        if len(self._waiting) >= self.limits.waiting_calls_per_origin or self._is_closing:
            reason = "the gateway is closing" if self._is_closing else f"{len(self._waiting)} calls wait already"
            # Not at once: who sends need not reckon with the answer before `send` has returned.
            asyncio.get_running_loop().call_soon(self.fail, call, "busy", reason)
            return
        self._waiting[call] = None
        self._dial_for_waiting()

    def expire(self, call: Call) -> None:
        """The time of a call is over, wherever it stands."""
        connection = call.connection
        if connection is None:
            self._waiting.pop(call, None)
            self.fail(call, "timeout", f"no connection within {call.timeout:g} s")
        elif connection.waits_for_room:
            connection.abandon()
            self.fail(call, "busy", f"no room for the response within {call.timeout:g} s")
        else:
            connection.abandon()
            self.fail(call, "timeout", f"no complete response within {call.timeout:g} s")

    def break_off(self, call: Call, kind: Kind, reason: str) -> None:
        """For a call that has a connection."""
        if call.connection is not None:
            call.connection.abandon()
            self.fail(call, kind, reason)

    def abandon(self, call: Call) -> None:
        """Nobody waits for the response any more: nothing is told."""
        if call.connection is not None:
            call.connection.abandon()
        else:
            self._waiting.pop(call, None)
        self._end(call)

    def fail(self, call: Call, kind: Kind, reason: str) -> None:
        self._tell(call, UpstreamError(kind, f"{self.origin}: {reason}"))

    def retry(self, call: Call) -> None:
        """The second and last try, for a call that a stale connection lost."""
        call.is_retried = True
        call.connection = None
        self._waiting[call] = None
        self._dial_for_waiting()

    # For connections

    def finish(self, connection: Connection, call: Call, reusable: bool) -> None:
        """The response to a call is complete; told before the call is, so that the next one need not wait for it."""
        self._end(call)
        if reusable and self._ticks.now < connection.reuse_until:
            self._place(connection)
        else:
            connection.close()

    def lost(self, connection: Connection) -> None:
        """The connection is gone, by whoever's doing."""
        if connection in self._open:
            self._open.remove(connection)
            with suppress(ValueError):
                self._idle.remove(connection)
            self._dial_for_waiting()

    def idle_ticks(self, hinted: float | None) -> int:
        """How long a connection may be idle where the backend keeps idle ones for `hinted` seconds, if it said so."""
        if hinted is None:
            return self._idle_ticks
        # A second for the way there and back, and a tick because the sweep may come late.
        return max(_in_ticks(min(hinted - 1, self.limits.longest_idle_timeout)) - 1, 0)

    # For the Upstream

    @property
    def is_unused(self) -> bool:
        return not (self._open or self._waiting or self._dialing)

    @property
    def has_calls(self) -> bool:
        return bool(self._waiting) or len(self._open) > len(self._idle)

    def sweep(self) -> None:
        """Closes what has been idle for too long; the oldest are on the left."""
        now = self._ticks.now
        while self._idle and self._idle[0].idle_until <= now:
            self._idle.popleft().close()

    def start_closing(self) -> None:
        self._is_closing = True
        while self._idle:
            self._idle.pop().close()

    def abandon_all(self) -> None:
        for call in list(self._waiting):
            self._waiting.pop(call)
            self.fail(call, "reset", "the gateway stopped")
        for connection in list(self._open):
            interrupted = connection.call
            connection.abandon()
            if interrupted is not None:
                self.fail(interrupted, "reset", "the gateway stopped")

    def _end(self, call: Call) -> None:
        self.clock.keep(call.deadline, call)
        call.pool = None
        call.connection = None

    def _dial_for_waiting(self) -> None:
        room = self.limits.connections_per_origin - len(self._open) - self._dialing
        for _ in range(min(len(self._waiting) - self._dialing, room)):
            self._dialing += 1
            self._tasks.start(self._dial(), f"dial {self.origin}")

    async def _dial(self) -> None:
        try:
            connection = await self._dialer.dial(self.origin, self.limits.connect_timeout, self._make_connection)
        except UpstreamError as error:
            self._fail_oldest(error)
        except Exception as error:
            # Each failure answers a call: where none did, the calls that wait would be dialled for without end.
            log.exception("%s: dialling failed", self.origin)
            self._fail_oldest(UpstreamError("connect", f"{self.origin}: {error}"))
        else:
            self._take_in(connection)
        finally:
            self._dialing -= 1
            self._dial_for_waiting()

    def _make_connection(self) -> Connection:
        return Connection(self)

    def _take_in(self, connection: Connection) -> None:
        if not connection.can_send():
            self._fail_oldest(UpstreamError("connect", f"{self.origin}: the backend closed a connection unused"))
            return
        self._open.add(connection)
        connection.reuse_until = self._ticks.now + _in_ticks(self.limits.connection_age)
        connection.idle_ticks = self._idle_ticks
        self._place(connection)

    def _place(self, connection: Connection) -> None:
        """Gives a connection to the call that has waited longest, or lets it idle."""
        if self._waiting:
            connection.send(self._waiting.popitem(last=False)[0])
        elif self._is_closing:
            connection.close()
        else:
            connection.idle_until = self._ticks.now + connection.idle_ticks
            self._idle.append(connection)

    def _fail_oldest(self, error: UpstreamError) -> None:
        if self._waiting:
            self._tell(self._waiting.popitem(last=False)[0], error)

    def _tell(self, call: Call, error: UpstreamError) -> None:
        if call.pool is None:
            return
        self._end(call)
        try:
            call.failed(error)
        except Exception:
            log.exception("%s: what waited for a response failed on an error", self.origin)


def _in_ticks(seconds: float) -> int:
    return int(seconds / TICK)
