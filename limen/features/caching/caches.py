"""What a worker caches responses in: its memory, or the state that all workers and nodes share."""

import asyncio
import logging
from typing import Any

from limen.aws.sealing import Seal
from limen.clock import Clock
from limen.features.caching.entries import Entry, Group
from limen.features.caching.memory import Memory, Shelf
from limen.features.caching.settings import CacheSettings
from limen.features.caching.shared import dump_entry, load_entry, name_entry
from limen.state.interface import State, StateAwayError
from limen.tasks import Tasks

log = logging.getLogger("limen.caching")

DEFAULT_MEMORY = 64 << 20
"""Bytes of a worker."""
MOST_PUTS = 1_000
"""Responses on their way to shared state; what comes beyond is not kept."""

SIZES = {
    "0.5": 0.5,
    "1.6": 1.6,
    "6.1": 6.1,
    "13.5": 13.5,
    "28.4": 28.4,
    "58.2": 58.2,
    "118": 118.0,
    "237": 237.0,
}
"""Of caches of stages in GB (aws: cacheClusterSize)."""


class Caches:
    """Owned by a worker; outlives plans."""

    def __init__(self, clock: Clock, limit: int = DEFAULT_MEMORY) -> None:
        self.clock = clock
        self.now = clock.moved
        self.memory = Memory(clock.moved, limit)
        self.state: State | None = None
        """None: responses are kept in this worker."""
        self.seal: Seal | None = None
        """What closes responses that leave the memory, once it is known."""
        self._marks: dict[tuple[str, str], Any] = {}
        self._putting = Tasks()
        self._puts = 0

    def share(self, state: State) -> None:
        """Keeps responses there from now on, where it is made for that."""
        self.state = state if state.shares_caches else None

    def shelf(self, api_id: str, stage_name: str, deployment_id: str, size: str) -> Shelf:
        limit = int(SIZES.get(size, SIZES["0.5"]) * (1 << 30))
        return self.memory.shelf((api_id, stage_name, deployment_id, size), limit)

    def mark(self, api_id: str, stage_name: str, mark: Any) -> None:
        """What a stage says of its last flush: where it is news, all responses of the stage are forgotten."""
        if self._marks.get((api_id, stage_name)) != mark:
            self._marks[api_id, stage_name] = mark
            self.memory.flush(api_id, stage_name)

    def forget(self, api_id: str, stage_name: str) -> None:
        """A stage that is gone. A stage of its name may come, and is another one."""
        self._marks.pop((api_id, stage_name), None)
        self.memory.flush(api_id, stage_name)

    async def find(self, group: Group, key: Any, settings: CacheSettings) -> Entry | None:
        """In shared state; None as well where that is away."""
        assert self.state is not None
        name = self._name(group, key)
        if settings.is_sealed and self.seal is None:
            return None
        try:
            data = await self.state.find_cached(name)
        except StateAwayError as error:
            log.debug("%s", error)
            return None
        if data is None:
            return None
        return load_entry(data, name, self.seal if settings.is_sealed else None, group, key)

    def put(self, entry: Entry, settings: CacheSettings) -> bool:
        """Sends a response to shared state, and waits for nothing. False where it cannot be kept there."""
        if self._puts >= MOST_PUTS or (settings.is_sealed and self.seal is None):
            return False
        name = self._name(entry.group, entry.key)
        data = dump_entry(entry, name, self.seal if settings.is_sealed else None)
        self._puts += 1
        self._putting.start(self._put(name, data, settings.ttl), "put response")
        return True

    async def close(self) -> None:
        await self._putting.cancel_all()

    async def _put(self, name: str, data: bytes, ttl: float) -> None:
        assert self.state is not None
        try:
            await self.state.put_cached(name, data, ttl)
        except StateAwayError as error:
            log.debug("%s", error)
        finally:
            self._puts -= 1

    def _name(self, group: Group, key: Any) -> str:
        return name_entry(group, key, self._marks.get(group.name[:2]))


def resume_soon(resume: Any, *arguments: Any) -> None:
    """In the loop's next round: whoever waits is not answered from within another exchange, however many they are."""
    asyncio.get_running_loop().call_soon(resume, *arguments)
