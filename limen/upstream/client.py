"""Sends calls to backends: the one object of the upstream side that a worker owns."""

import asyncio
import ssl

from limen.budget import Budget
from limen.clock import Clock
from limen.upstream.call import Call
from limen.upstream.dial import Dialer
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.upstream.pool import TICK, OriginPool, Surroundings
from limen.upstream.resolve import Resolver
from limen.upstream.tls import client_context


class Upstream:
    """`forbidden_ports` are ports of this machine that no call may reach; `context` says whom TLS trusts."""

    def __init__(
        self,
        clock: Clock,
        budget: Budget,
        *,
        limits: Limits | None = None,
        resolver: Resolver | None = None,
        context: ssl.SSLContext | None = None,
        forbidden_ports: frozenset[int] = frozenset(),
    ) -> None:
        dialer = Dialer(resolver or Resolver(), context or client_context(), forbidden_ports)
        self._shared = Surroundings(clock, budget, dialer, limits or Limits())
        self._pools: dict[Origin, OriginPool] = {}
        self._sweep = 0
        self.clock = clock

    def send(self, call: Call) -> None:
        """Answers by `call.responded` or `call.failed`, once, after this has returned."""
        pool = self._pools.get(call.origin)
        if pool is None:
            pool = self._open_pool(call.origin)
        pool.send(call)

    async def close(self, timeout: float = 5.0) -> None:
        """Takes no new call, lets those under way end for `timeout` seconds, then breaks them off."""
        self._shared.clock.keep(self._sweep, self)
        for pool in self._pools.values():
            pool.start_closing()
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout
        while loop.time() < ends and any(pool.has_calls for pool in self._pools.values()):
            await asyncio.sleep(0.01)
        for pool in self._pools.values():
            pool.abandon_all()
        await self._shared.tasks.cancel_all()
        await self._shared.dialer.close()

    def deadline_passed(self) -> None:
        """Called by the clock once a tick."""
        self._shared.ticks.now += 1
        for origin, pool in list(self._pools.items()):
            pool.sweep()
            if pool.is_unused:
                del self._pools[origin]
        if self._pools:
            self._sweep = self._shared.clock.expire_in(TICK, self)

    def _open_pool(self, origin: Origin) -> OriginPool:
        if not self._pools:
            self._sweep = self._shared.clock.expire_in(TICK, self)
        pool = self._pools[origin] = OriginPool(origin, self._shared)
        return pool
