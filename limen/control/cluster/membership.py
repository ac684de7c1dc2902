"""This node among the others: says each second that it lives and what it serves, and knows the same of all."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from limen import __version__
from limen.store import nodes
from limen.store.errors import StoreError
from limen.store.nodes import NodeRecord, Registration
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

INTERVAL = 1.0
"""Seconds between two words of a node."""


class Membership:
    """Owned by a control process; begun when its node serves. `applied` gives the revision that the node serves."""

    def __init__(self, store: Store, node_id: str, role: str, address: str, applied: Callable[[], int]) -> None:
        self.nodes: list[NodeRecord] = []
        """As they were a second ago at most, this one among them, while the database is there."""
        self._store = store
        self._me = Registration(
            id=node_id, process=secrets.token_hex(8), role=role, address=address, version=__version__
        )
        self._get_applied = applied
        self._told: int | None = None
        self._applied: dict[str, int] = {}
        self._heard = asyncio.Condition()
        self._has_news = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "membership")
        self._tasks = Tasks()
        self._is_registered = False

    @property
    def others(self) -> list[NodeRecord]:
        """Those that live."""
        return [node for node in self.nodes if node.is_alive and node.id != self._me.id]

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._store.on_node_word(lambda payload: loop.call_soon_threadsafe(self._hear, payload))
        self._store.on_restart(lambda _: loop.call_soon_threadsafe(self._applied.clear))
        self._tasks.start(self._beat_for_ever(), "membership")

    async def stop(self) -> None:
        """Nobody waits for this node any more."""
        await self._tasks.cancel_all()
        if self._is_registered:
            self._is_registered = False
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, nodes.end, self._store, self._me)
            except StoreError as error:
                log.warning("the other nodes could not be told that this one ends: %s", error)
        await asyncio.to_thread(self._thread.shutdown)

    def tell(self) -> None:
        """This node may serve another revision by now."""
        self._has_news.set()

    async def wait_applied(self, revision: int, timeout: float = 1.0) -> bool:
        """Waits until every other node that serves has applied `revision`; False when time runs out first.

        A node that has just started waits first to learn which others there are.
        """

        def have_applied() -> bool:
            return self._is_registered and all(
                self._applied.get(node.id, 0) >= revision for node in self.others if node.serves
            )

        async with self._heard:
            try:
                async with asyncio.timeout(timeout):
                    await self._heard.wait_for(have_applied)
            except TimeoutError:
                return False
        return True

    async def _beat_for_ever(self) -> None:
        while True:
            applied = self._get_applied()
            try:
                found = await asyncio.get_running_loop().run_in_executor(self._thread, self._beat, applied)
            except StoreError as error:
                log.debug("the other nodes cannot be told of this one: %s", error)
                await asyncio.sleep(INTERVAL)
                continue
            self._told, self._is_registered = applied, True
            await self._learn(found)
            self._has_news.clear()
            if self._get_applied() == self._told:
                await self._wait_news()

    async def _wait_news(self) -> None:
        try:
            async with asyncio.timeout(INTERVAL):
                await self._has_news.wait()
        except TimeoutError:
            return

    def _beat(self, applied: int) -> list[NodeRecord]:
        if self._is_registered:
            nodes.beat(self._store, self._me, applied, has_news=applied != self._told)
        else:
            nodes.register(self._store, self._me, applied)
        return nodes.all_nodes(self._store)

    async def _learn(self, found: list[NodeRecord]) -> None:
        self.nodes = found
        for node in found:
            self._applied[node.id] = max(node.applied, self._applied.get(node.id, 0))
        await self._announce()

    def _hear(self, payload: str) -> None:
        word = nodes.read_word(payload)
        if word is None:
            return
        node_id, applied = word
        self._applied[node_id] = applied
        if all(node.id != node_id for node in self.nodes):
            self._has_news.set()  # a new one: who it is stands in the store
        self._tasks.start(self._announce(), "announce applied")

    async def _announce(self) -> None:
        async with self._heard:
            self._heard.notify_all()
