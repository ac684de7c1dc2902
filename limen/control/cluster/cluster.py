"""All that a control process has to do with other nodes, in one object."""

import asyncio
import logging
import socket
import ssl
from typing import Any

import msgspec
from starlette.types import ASGIApp

from limen.control.cluster.authority import context_for, open_authority, sign_node
from limen.control.cluster.forwarding import ForwardedPools
from limen.control.cluster.membership import Membership
from limen.control.cluster.one_node import OneNode
from limen.control.cluster.peers import PeerError, Peers
from limen.control.cluster.port import ClusterPort, Look, Tried
from limen.control.cluster.settings import ClusterSettings
from limen.control.http_server import HttpServer, http_server
from limen.control.publisher import TRIAL_TIMEOUT, Publisher, TrialError
from limen.plan.trial import AnyTrial, AnyTrialResult
from limen.store.errors import StoreError
from limen.store.nodes import NodeRecord
from limen.store.store import Store
from limen.tasks import Tasks

log = logging.getLogger("limen.control")

ASK_TIMEOUT = 2.0
RETRY_DELAY = 1.0


class Cluster(OneNode):
    """Owned by a control process. Asks the workers of this node, by its publisher, and those of the others."""

    def __init__(self, store: Store, settings: ClusterSettings, publisher: Publisher) -> None:
        super().__init__(publisher)
        self._store = store
        self._settings = settings
        self._membership = Membership(
            store, settings.node_id, settings.role, settings.address, lambda: publisher.applied_revision
        )
        self._peers: Peers | None = None
        self._server: HttpServer | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tasks = Tasks()

    @property
    def nodes(self) -> list[NodeRecord]:
        return self._membership.nodes

    @property
    def gateways(self) -> list[NodeRecord]:
        """Other nodes that serve APIs."""
        return [node for node in self._membership.others if node.serves and node.address]

    @property
    def controls(self) -> list[NodeRecord]:
        """Other nodes that answer AWS APIs, in an order that is the same on all nodes."""
        return [node for node in self._membership.others if node.controls and node.address]

    def pools(self) -> ASGIApp:
        """What answers for user pools where this node does not itself."""
        return ForwardedPools(lambda: self._peers, lambda: self.controls)

    def start(self, pools: ASGIApp | None) -> None:
        self._tasks.start(self._open_port(pools), "cluster port")

    def register(self) -> None:
        self._publisher.on_applied = self._membership.tell
        self._membership.start()

    async def stop(self) -> None:
        await self._membership.stop()
        await self._tasks.cancel_all()
        if self._server is not None and self._serving is not None:
            await self._server.wait_answered(self._serving)
        if self._peers is not None:
            await self._peers.stop()

    async def wait_applied(self, revision: int) -> bool:
        return await self._membership.wait_applied(revision)

    async def explain(self, request_id: str | None = None) -> list[bytes]:
        own, others = await asyncio.gather(self._publisher.explain(request_id), self._ask_all("explain", request_id))
        return own + [found for answer in others.values() for found in msgspec.msgpack.decode(answer, type=list[bytes])]

    async def look(self, api_id: str, stage_name: str, requests: int) -> None:
        self._publisher.look(api_id, stage_name, requests)
        await self._ask_all("look", Look(api_id, stage_name, requests))

    async def run_trial(self, trial: AnyTrial) -> AnyTrialResult:
        """A worker of this node is asked, where it has some."""
        if self._settings.role != "control":
            return await self._publisher.run_trial(trial)
        for node in self.gateways if self._peers is not None else ():
            assert self._peers is not None
            try:
                answer = await self._peers.ask(node, "trial", trial, TRIAL_TIMEOUT)
            except PeerError as error:
                log.warning("node %s did not run a test invocation: %s", node.id, error)
                continue
            tried = msgspec.msgpack.decode(answer, type=Tried)
            if tried.result is None:
                raise TrialError(tried.problem)
            return tried.result
        raise TrialError("no gateway node answered")

    async def describe(self) -> list[dict[str, Any]]:
        figures = await self._ask_all("figures", None)
        return [
            {
                "id": node.id,
                "role": node.role,
                "state": "alive" if node.is_alive else "stopped" if node.has_ended else "gone",
                "revision": node.applied,
                "connections": msgspec.msgpack.decode(figures[node.id]) if node.id in figures else None,
                "address": node.address,
                "version": node.version,
                "started": node.started // 1000,
                "seen": node.age // 1000,
                "isThis": node.id == self._settings.node_id,
            }
            for node in self.nodes
        ]

    async def _ask_all(self, question: str, content: Any) -> dict[str, bytes]:
        if self._peers is None:
            return {}
        return await self._peers.ask_all(self.gateways, question, content, ASK_TIMEOUT)

    async def _open_port(self, pools: ASGIApp | None) -> None:
        """As soon as the authority can be had, which lies in the store."""
        settings = self._settings
        while True:
            try:
                authority = await asyncio.to_thread(open_authority, self._store, settings.key)
                break
            except StoreError:
                await asyncio.sleep(RETRY_DELAY)
        identity = await asyncio.to_thread(sign_node, authority, settings.node_id, settings.directory)
        self._peers = Peers(identity)
        self._peers.start()
        if settings.fd >= 0:
            self._server = http_server(ClusterPort(self._publisher, pools), settings.drain_timeout)
            self._server.config.load()
            self._server.config.ssl = context_for(identity, ssl.PROTOCOL_TLS_SERVER)
            listening = socket.socket(fileno=settings.fd)
            self._serving = asyncio.get_running_loop().create_task(self._server.serve(sockets=[listening]))
