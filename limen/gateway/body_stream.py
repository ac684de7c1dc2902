"""The body of a response that passes through piece by piece: between whoever answers and the client's connection.

Nothing is held: where the client takes no more, or its share of the bandwidth is used up, the source is made to wait.
"""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from limen.clock import Clock

CATCH_UP = 0.1
"""Seconds that may be made up for: deadlines pass up to two ticks late, which must not lower the bandwidth."""


class Bandwidth(Struct, frozen=True):
    """`unthrottled` bytes pass as fast as they come, the others at `rate` bytes per second; rate 0: as fast as well."""

    unthrottled: int
    rate: int


AWS = Bandwidth(10 * 1024 * 1024, 2 * 1024 * 1024)
"""Developer guide, response streaming: "the first 10 MB ... no bandwidth restrictions", beyond it 2 MB/s."""


class Source(Protocol):
    """Whoever answers: an upstream StreamedCall is one."""

    def pause(self) -> None:
        """Hands on no more than it has already."""

    def resume(self) -> None: ...

    def abandon(self) -> None:
        """Nobody takes any more; does nothing where the source has ended."""


class Sink(Protocol):
    """The downstream's end. It calls `resume` when there is room again, and `close` when all is sent or nobody is left
    to send it to."""

    def write(self, piece: bytes) -> bool:
        """False: wait for `resume`. What is written in spite of that is kept."""

    def end(self) -> None: ...

    def fail(self) -> None:
        """Breaks off in a way that the client cannot take for the end."""


class BodyStream:
    """Made by an integration, for one response; `length` is the content-length, None where nobody knows it."""

    __slots__ = (
        "_bandwidth",
        "_clock",
        "_free_at",
        "_has_ended",
        "_is_broken",
        "_is_full",
        "_is_throttled",
        "_on_closed",
        "_passed",
        "_pending",
        "_sink",
        "_slot",
        "_source",
        "is_closed",
        "length",
    )

    def __init__(self, source: Source, clock: Clock, length: int | None = None, bandwidth: Bandwidth = AWS) -> None:
        self.length = length
        self.is_closed = False
        self._source: Source | None = source
        self._clock = clock
        self._bandwidth = bandwidth
        self._sink: Sink | None = None
        self._pending: list[bytes] = []
        """What came before the sink was there."""
        self._has_ended = False
        self._is_broken = False
        self._is_full = False
        self._is_throttled = False
        self._passed = 0
        self._free_at = 0.0
        """When all that has passed may have passed."""
        self._slot = 0
        self._on_closed: list[Callable[[], None]] = []

    # --- for the integration

    def push(self, piece: bytes) -> None:
        if self.is_closed or not piece:
            return
        if self._sink is None:
            self._pending.append(piece)
            self._fill()
            return
        if not self._sink.write(piece):
            self._fill()
        self._throttle(len(piece))

    def finish(self) -> None:
        """The body is whole."""
        self._has_ended = True
        if self._sink is not None and not self.is_closed:
            self._sink.end()

    def break_off(self) -> None:
        """The rest of the body will never come."""
        self._is_broken = True
        if self._sink is not None and not self.is_closed:
            self._sink.fail()
            self.close()

    def close_unless_attached(self) -> None:
        """After the response was sent: another one may have taken its place."""
        if self._sink is None:
            self.close()

    # --- for the downstream

    def attach(self, sink: Sink) -> None:
        """Once, behind the head of the response; what has come meanwhile is written at once."""
        self._sink = sink
        pending, self._pending = self._pending, []
        was_full, self._is_full = self._is_full, False
        for piece in pending:
            self.push(piece)
        if self._is_broken:
            self.break_off()
        elif self._has_ended:
            self.finish()
        elif was_full and not self._is_full:
            self.resume()

    def resume(self) -> None:
        self._is_full = False
        if not self._is_throttled and self._source is not None:
            self._source.resume()

    def close(self) -> None:
        """All is sent, or the client has gone, or no body is wanted; fine to call again."""
        if self.is_closed:
            return
        self.is_closed = True
        self._clock.keep(self._slot, self)
        source, self._source = self._source, None  # they hold each other, and the sink likewise
        self._sink = None
        self._pending.clear()
        if source is not None:
            source.abandon()
        callbacks, self._on_closed = self._on_closed, []
        for closed in callbacks:
            closed()

    # --- for the gateway

    def when_closed(self, closed: Callable[[], None]) -> None:
        """Calls `closed` once nothing more will be sent; at once where that is so already."""
        if self.is_closed:
            closed()
        else:
            self._on_closed.append(closed)

    # --- waiting

    def _fill(self) -> None:
        self._is_full = True
        if self._source is not None:
            self._source.pause()

    def _throttle(self, size: int) -> None:
        self._passed += size
        bandwidth = self._bandwidth
        over = min(size, self._passed - bandwidth.unthrottled)
        if over <= 0 or not bandwidth.rate:
            return
        now = self._clock.now()
        self._free_at = max(self._free_at, now - CATCH_UP) + over / bandwidth.rate
        if self._free_at > now and not self._is_throttled and self._source is not None:
            self._is_throttled = True
            self._source.pause()
            self._slot = self._clock.expire_in(self._free_at - now, self)

    def deadline_passed(self) -> None:
        remaining = self._free_at - self._clock.now()
        if remaining > 0:
            self._slot = self._clock.expire_in(remaining, self)
            return
        self._is_throttled = False
        if not self._is_full and self._source is not None:
            self._source.resume()
