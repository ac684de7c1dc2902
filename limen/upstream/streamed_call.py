"""A call whose response is handed on piece by piece as it comes, of any length; nothing of it is kept here."""

from mypy_extensions import mypyc_attr

from limen.clock import Clock
from limen.upstream.call import Call
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import Header

IDLE_TIMEOUT = 300.0
"""Seconds between two pieces, for regional and private endpoints (developer guide, response streaming)."""


@mypyc_attr(allow_interpreted_subclasses=True)
class StreamedCall(Call):
    """Subclassed by integrations, which are told in the loop: `started` once, `received` any number of times, `ended`.

    `broke` comes in place of whatever was still to come, also in place of `started`; `has_started` tells which. A
    stale connection is tried again as with any call, since it loses a call before anything of a response has come.
    """

    __slots__ = ("_awaits_room", "_is_abandoned", "_is_paused", "_silence", "has_started", "idle_timeout")

    def __init__(
        self,
        origin: Origin,
        method: bytes,
        head: bytes,
        body: bytes,
        timeout: float,
        is_idempotent: bool,
        idle_timeout: float = IDLE_TIMEOUT,
    ) -> None:
        Call.__init__(self, origin, method, head, body, timeout, is_idempotent)
        self.idle_timeout = idle_timeout
        self.has_started = False
        self._is_abandoned = False
        self._is_paused = False
        self._awaits_room = False
        """Nothing is reserved for a stream, but where the worker has no room left, it brings no more."""
        self._silence: Silence | None = None

    # What the owner is told

    def started(self, status: int, headers: list[Header]) -> None:
        """The head is complete; hop-by-hop headers are still among `headers`."""
        raise NotImplementedError

    def received(self, piece: bytes) -> None:
        raise NotImplementedError

    def ended(self) -> None:
        """The response is whole."""
        raise NotImplementedError

    def broke(self, error: UpstreamError) -> None:
        raise NotImplementedError

    # What the owner may ask for

    def pause(self) -> None:
        """Makes the backend wait. What had been read already is still handed on, the end of the response included."""
        self._is_paused = True
        self._stop_reading()

    def resume(self) -> None:
        self._is_paused = False
        self._read_on()

    def abandon(self) -> None:
        """Nobody wants the response any more; nothing is told after this."""
        self._is_abandoned = True
        self._stop_waiting()
        if self.pool is not None:
            self.pool.abandon(self)

    # What the connection and the pool do

    def begin(self, status: int, headers: list[Header]) -> None:
        """The head of a response has come that is not whole yet."""
        self.has_started = True
        if self.pool is not None:
            self._silence = Silence(self, self.pool.clock)
            self._silence.watch()
        self.started(status, headers)

    def pass_on(self, piece: bytes) -> None:
        if self._is_abandoned:
            return
        if self._silence is not None:
            self._silence.hear()
        self.received(piece)
        pool = self.pool
        if pool is not None and pool.budget.taken >= pool.budget.limit and not self._awaits_room:
            self._awaits_room = True
            pool.budget.wait_room(self._room_came)
            self._stop_reading()

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        """The response is whole; `body` is what of it was not handed on yet."""
        self._stop_waiting()
        if not self.has_started:
            self.has_started = True
            self.started(status, headers)
        if body and not self._is_abandoned:
            self.received(body)
        if not self._is_abandoned:
            self.ended()

    def failed(self, error: UpstreamError) -> None:
        self._stop_waiting()
        if not self._is_abandoned:
            self.broke(error)

    def _room_came(self) -> None:
        self._awaits_room = False
        self._read_on()

    def _stop_reading(self) -> None:
        if self._silence is not None:
            self._silence.stop()
        if self.connection is not None:
            self.connection.pause()

    def _read_on(self) -> None:
        if self.connection is not None and not self._is_paused and not self._awaits_room:
            self.connection.resume()
            if self._silence is not None:
                self._silence.watch()

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.stop()
            self._silence = None
        if self._awaits_room and self.pool is not None:
            self.pool.budget.stop_waiting(self._room_came)
        self._awaits_room = False


class Silence:
    """Ends a call whose backend sends nothing for too long. Not while it is made to wait: then it may not send."""

    __slots__ = ("_call", "_clock", "_heard_at", "_slot")

    def __init__(self, call: StreamedCall, clock: Clock) -> None:
        self._call = call
        self._clock = clock
        self._slot = 0
        self._heard_at = 0.0

    def watch(self) -> None:
        self.stop()
        self.hear()
        self._slot = self._clock.expire_in(self._call.idle_timeout, self)

    def hear(self) -> None:
        """Cheaper than another deadline for each piece: the one that there is finds out when it passes."""
        self._heard_at = self._clock.now()

    def stop(self) -> None:
        self._clock.keep(self._slot, self)

    def deadline_passed(self) -> None:
        remaining = self._heard_at + self._call.idle_timeout - self._clock.now()
        if remaining > 0:
            self._slot = self._clock.expire_in(remaining, self)
        elif self._call.pool is not None:
            self._call.pool.break_off(self._call, "timeout", f"nothing came for {self._call.idle_timeout:g} s")
