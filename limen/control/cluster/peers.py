"""Asks other nodes over their cluster ports: HTTP/1.1 by mutual TLS, each known by the name in its certificate."""

import asyncio
import logging
import ssl
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from limen.budget import Budget
from limen.clock import Clock
from limen.control.cluster.authority import NodeIdentity, context_for, name_of
from limen.store.nodes import NodeRecord
from limen.upstream.call import Call
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.wire import Header

log = logging.getLogger("limen.control")

QUESTION_HEADER = "x-limen-question"
"""Names what a node asks; what has none is a request to a user pool."""
MOST_HELD = 64 << 20
"""Bytes of answers that come in at once."""
_UNSENT = frozenset({"resolve", "connect", "tls", "forbidden"})
LIMITS = Limits(connections_per_origin=64, connect_timeout=2.0, response_body=16 << 20)


class PeerAnswer(Struct, frozen=True):
    """What a node answered."""

    status: int
    headers: list[Header]
    body: bytes


class PeerError(Exception):
    """A node did not answer; `was_sent`: it may have done what it was asked nevertheless."""

    def __init__(self, message: str, *, was_sent: bool = True) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class Peers:
    """Owned by a control process; begun in its loop."""

    def __init__(self, identity: NodeIdentity) -> None:
        self._clock = Clock()
        self._upstream = Upstream(
            self._clock,
            Budget(MOST_HELD),
            limits=LIMITS,
            context=context_for(identity, ssl.PROTOCOL_TLS_CLIENT),
        )

    def start(self) -> None:
        self._clock.start()

    async def stop(self) -> None:
        await self._upstream.close(timeout=0.0)
        self._clock.stop()

    async def send(
        self,
        node: NodeRecord,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        timeout: float,
    ) -> PeerAnswer:
        """Raises PeerError. `headers` have no length and no word of the connection."""
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode("latin-1")
        call = _Sent(origin_of(node), method.encode(), head, body, timeout)
        self._upstream.send(call)
        try:
            return await call.answer
        except UpstreamError as error:
            raise PeerError(error.message, was_sent=error.kind not in _UNSENT) from None

    async def ask(self, node: NodeRecord, question: str, content: Any, timeout: float) -> bytes:
        """The answer, a MessagePack message. Raises PeerError."""
        headers = [("Host", name_of(node.id)), (QUESTION_HEADER, question)]
        answer = await self.send(node, "POST", "/", headers, msgspec.msgpack.encode(content), timeout)
        if answer.status != 200:
            raise PeerError(f"node {node.id} answered {answer.status} to {question}")
        return answer.body

    async def ask_all(
        self, nodes: Iterable[NodeRecord], question: str, content: Any, timeout: float
    ) -> dict[str, bytes]:
        """Answers by id of those that answer in time."""

        async def ask(node: NodeRecord) -> tuple[str, bytes] | None:
            try:
                return node.id, await self.ask(node, question, content, timeout)
            except PeerError as error:
                log.warning("node %s was asked in vain for %s: %s", node.id, question, error)
                return None

        return dict(answer for answer in await asyncio.gather(*map(ask, nodes)) if answer is not None)


def origin_of(node: NodeRecord) -> Origin:
    host, _, port = node.address.rpartition(":")
    return Origin("https", host.strip("[]"), int(port), server_name=name_of(node.id))


class _Sent(Call):
    """A request whose answer is awaited."""

    __slots__ = ("answer",)

    def __init__(self, origin: Origin, method: bytes, head: bytes, body: bytes, timeout: float) -> None:
        super().__init__(origin, method, head, body, timeout, is_idempotent=method in (b"GET", b"HEAD", b"OPTIONS"))
        self.answer: asyncio.Future[PeerAnswer] = asyncio.get_running_loop().create_future()

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(PeerAnswer(status, headers, bytes(body)))

    def failed(self, error: UpstreamError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)
