"""Names to addresses: looked up off the loop, one lookup for all who ask at once, remembered for a while."""

import asyncio
import ipaddress
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from limen.tasks import Tasks
from limen.upstream.errors import UpstreamError

Address: TypeAlias = tuple[int, tuple[Any, ...]]
"""Family, and what a socket of that family connects to."""

Lookup: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

REMEMBER = 10.0
"""Seconds; getaddrinfo does not tell how long an answer holds."""
REMEMBERED_NAMES = 1024
LOOKUPS_AT_ONCE = 64


class Resolver:
    """Owned by an Upstream. Each answer begins with another address of its preferred family, so that load spreads."""

    def __init__(self, lookup: Lookup | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._lookup: Lookup = look_up if lookup is None else lookup
        self._now = now
        self._remembered: OrderedDict[tuple[str, int], tuple[float, list[Address]]] = OrderedDict()
        self._running: dict[tuple[str, int], asyncio.Task[list[Address] | UpstreamError]] = {}
        self._tasks = Tasks()
        self._turn = 0

    async def resolve(self, host: str, port: int) -> list[Address]:
        """At least one address, in the order in which to try them."""
        literal = _literal_address(host, port)
        if literal is not None:
            return [literal]
        key = (host, port)
        remembered = self._remembered.get(key)
        if remembered is not None and remembered[0] > self._now():
            return self._in_turn(remembered[1])
        running = self._running.get(key)
        if running is None:
            if len(self._running) >= LOOKUPS_AT_ONCE:
                raise UpstreamError("resolve", f"{host}: {LOOKUPS_AT_ONCE} name lookups are under way already")
            running = self._running[key] = self._tasks.start(self._ask(key), f"resolve {host}")
        # Shielded: whoever asked first may run out of time, the others still wait for the answer.
        answer = await asyncio.shield(running)
        if isinstance(answer, UpstreamError):
            raise answer
        return self._in_turn(answer)

    async def close(self) -> None:
        await self._tasks.cancel_all()

    async def _ask(self, key: tuple[str, int]) -> list[Address] | UpstreamError:
        host, port = key
        try:
            addresses = await self._lookup(host, port)
        except (OSError, UnicodeError) as error:
            return UpstreamError("resolve", f"{host}: {error}")
        finally:
            del self._running[key]
        if not addresses:
            return UpstreamError("resolve", f"{host}: the name has no address")
        self._remembered[key] = (self._now() + REMEMBER, addresses)
        self._remembered.move_to_end(key)
        if len(self._remembered) > REMEMBERED_NAMES:
            self._remembered.popitem(last=False)
        return addresses

    def _in_turn(self, addresses: list[Address]) -> list[Address]:
        preferred = [address for address in addresses if address[0] == addresses[0][0]]
        others = [address for address in addresses if address[0] != addresses[0][0]]
        self._turn += 1
        first = self._turn % len(preferred)
        return preferred[first:] + preferred[:first] + others


async def look_up(host: str, port: int) -> list[Address]:
    """By getaddrinfo, in a thread of the loop's; its order is the system's preference (RFC 6724)."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _literal_address(host: str, port: int) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.version == 4:
        return socket.AF_INET, (host, port)
    return socket.AF_INET6, (host, port, 0, 0)
