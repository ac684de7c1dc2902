"""Coarse time for the hot path: the Date header once a second, deadlines in ticks instead of timers.

A timer of the event loop costs about 1 us to make and cancel; a deadline here costs two dict operations.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Protocol

log = logging.getLogger("limen.clock")

TICK = 0.025
"""Seconds between two looks at the deadlines: how late a timeout may be."""


class Expires(Protocol):
    """What waits for something: `deadline_passed` is called once, in the loop, when its time is up."""

    def deadline_passed(self) -> None: ...


class Clock:
    """Owned by a process; call `start` in a running loop and `stop` at its end."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.ahead = 0.0
        """Seconds by which `limen clock` has moved what is kept for a time; deadlines of I/O stay as they are."""
        self._told_ahead = 0.0
        self.date: bytes = formatdate(usegmt=True).encode()
        """The value of a Date header, renewed every second."""
        self._buckets: dict[int, dict[int, Expires]] = {}
        self._next_tick = int(now() / TICK)
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._date_renewed = now()

    def moved(self) -> float:
        """`now` as caches have it, which are as old as somebody wants them to be."""
        return self.now() + self.ahead

    def follow(self, ahead: float) -> float:
        """`ahead`: how far the authority's clock is ahead from now on. By how much more is answered.

        What is kept grows older by that, and never younger: it would live longer than anybody wanted.
        """
        more = max(0.0, ahead - self._told_ahead)
        self._told_ahead = ahead
        self.ahead += more
        return more

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(TICK, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def expire_in(self, seconds: float, waiting: Expires) -> int:
        """Registers a deadline, up to two ticks late and never early; `keep` takes the number that comes back."""
        slot = int((self.now() + seconds) / TICK) + 1
        bucket = self._buckets.get(slot)
        if bucket is None:
            bucket = self._buckets[slot] = {}
        bucket[id(waiting)] = waiting
        return slot

    def keep(self, slot: int, waiting: Expires) -> None:
        """Takes a deadline off; fine to call after it has passed."""
        bucket = self._buckets.get(slot)
        if bucket is not None:
            bucket.pop(id(waiting), None)

    def _tick(self) -> None:
        now = self.now()
        current = int(now / TICK)
        for slot in range(self._next_tick, current + 1):
            for waiting in list(self._buckets.pop(slot, {}).values()):
                try:
                    waiting.deadline_passed()
                except Exception:
                    log.exception("a deadline's owner failed on it")
        self._next_tick = current + 1
        if now - self._date_renewed >= 0.5:
            self.date = formatdate(usegmt=True).encode()
            self._date_renewed = now
        if self._timer is not None and self._loop is not None:
            self._timer = self._loop.call_later(TICK, self._tick)
