"""What all functions of a host share: how many invocations run, how many environments there are and start at once.

Starting is what costs: more environments at once than cores can start would all be late, and an invocation may be
served sooner by one that becomes free. So starts are wished for, and those not needed any more when their turn comes
do not take place.
"""

import logging
import os
from collections.abc import Callable
from typing import Protocol

from limen.clock import Clock
from limen.functions.errors import concurrency_reached
from limen.tasks import Tasks

log = logging.getLogger("limen.functions")

LEAST_UNRESERVED = 10
"""The part, a tenth, of what may run at once that no reservation takes from other functions: 100 of 1000 on AWS, which
refuses what would take more."""
IDLE_TIME = 600.0
"""Seconds after which an environment that nobody used is closed; AWS keeps its own for about as long."""
_REAP_INTERVAL = 5.0
_SCARCE_MEMORY = 64 << 20
"""Bytes; with less available no environment is started beside one that can serve."""
_MEMORY_LOOK = 0.25
"""Seconds for which what was read of the memory holds."""


class Startable(Protocol):
    """A pool, as far as its starts and its idle environments concern others."""

    def needs_start(self) -> bool: ...

    def start_one(self) -> None: ...

    def idle_since(self) -> float | None:
        """When its longest idle environment became idle."""

    def close_idle(self, before: float) -> None:
        """Closes those that have been idle since `before`, or longer."""


class Machine:
    """Owned by the host."""

    def __init__(
        self,
        clock: Clock,
        tasks: Tasks,
        *,
        concurrency: int,
        starts_at_once: int | None = None,
        idle_time: float = IDLE_TIME,
        find_available: Callable[[], int | None] | None = None,
    ) -> None:
        self.clock = clock
        self.tasks = tasks
        self.concurrency = concurrency
        self.reserved = 0
        """Sum of the reserved concurrency of all functions."""
        self.in_flight = 0
        """Invocations of functions without reserved concurrency."""
        self.environments = 0
        """Idle, running and starting ones."""
        self.pools: dict[Startable, None] = {}
        self._idle_time = idle_time
        self._wishing: dict[Startable, None] = {}
        """Pools that wish for starts, the one whose turn it is first."""
        self._starting = 0
        self.cores = os.cpu_count() or 1
        self.starts_at_once = starts_at_once or 2 * self.cores
        self._find_available = find_available or _find_available_memory
        self._memory_read_at = float("-inf")
        self._is_memory_scarce = False
        self._reap_slot = 0

    def start_reaping(self) -> None:
        self._reap_slot = self.clock.expire_in(_REAP_INTERVAL, self)

    def stop_reaping(self) -> None:
        self.clock.keep(self._reap_slot, self)

    # --- concurrency

    @property
    def has_room(self) -> bool:
        """Whether another invocation of a function without reserved concurrency would be admitted."""
        least = -(-self.concurrency // LEAST_UNRESERVED)
        return self.in_flight < max(self.concurrency - self.reserved, least)

    def admit(self) -> None:
        """Counts an invocation of a function without reserved concurrency; raises InvokeError."""
        if not self.has_room:
            raise concurrency_reached()
        self.in_flight += 1

    def release(self) -> None:
        self.in_flight -= 1

    # --- starts

    def wish_start(self, pool: Startable) -> None:
        """Calls `start_one` when its turn comes, for as long as it `needs_start`; `start_ended` follows each."""
        self._wishing.setdefault(pool)
        self._fulfil()

    def start_ended(self) -> None:
        self._starting -= 1
        self._fulfil()

    def _fulfil(self) -> None:
        """One start for each in turn: a function that many invoke at once does not keep others from starting."""
        while self._wishing and self._starting < self.starts_at_once:
            pool = next(iter(self._wishing))
            del self._wishing[pool]
            if pool.needs_start():
                self._wishing[pool] = None
                self._make_room()
                self._starting += 1
                pool.start_one()

    def _make_room(self) -> None:
        if self.environments >= self.concurrency or self.is_memory_scarce():
            self._close_longest_idle()

    def _close_longest_idle(self) -> None:
        idle = [(since, pool) for pool in self.pools if (since := pool.idle_since()) is not None]
        if idle:
            since, pool = min(idle, key=lambda pair: pair[0])
            pool.close_idle(since)

    def is_memory_scarce(self) -> bool:
        now = self.clock.now()
        if now - self._memory_read_at >= _MEMORY_LOOK:
            self._memory_read_at = now
            available = self._find_available()
            was_scarce = self._is_memory_scarce
            self._is_memory_scarce = available is not None and available < _SCARCE_MEMORY
            if self._is_memory_scarce and not was_scarce:
                log.warning("memory is scarce: invocations wait for environments that there are")
        return self._is_memory_scarce

    # --- idle environments

    def deadline_passed(self) -> None:
        before = self.clock.now() - self._idle_time
        for pool in self.pools:
            pool.close_idle(before)
        self._reap_slot = self.clock.expire_in(_REAP_INTERVAL, self)


def _find_available_memory() -> int | None:
    """Bytes that can be had without swapping, None where the system does not tell."""
    try:
        with open("/proc/meminfo", "rb") as file:
            for line in file:
                if line.startswith(b"MemAvailable:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return None
