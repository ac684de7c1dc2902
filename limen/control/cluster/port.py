"""The application on the cluster port: what other nodes ask of this one's workers, and requests to user pools.

Only who shows a certificate of the cluster gets here, and whoever has one has the key of the cluster.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from limen.control.cluster.peers import QUESTION_HEADER
from limen.control.publisher import Publisher, TrialError
from limen.plan.trial import AnyTrial, AnyTrialResult

log = logging.getLogger("limen.control")

MOST_QUESTION = 16 << 20

_encode = msgspec.msgpack.Encoder().encode
_trial = msgspec.msgpack.Decoder[AnyTrial](AnyTrial)


class Look(msgspec.Struct, frozen=True):
    """Asks for requests of a stage to be kept."""

    api_id: str
    stage_name: str
    requests: int


class Tried(msgspec.Struct, frozen=True):
    """What came of a test invocation, or why it could not be run."""

    result: AnyTrialResult | None
    problem: str = ""


class ClusterPort:
    """`pools` answers what has no question in it; None where this node has no pools."""

    def __init__(self, publisher: Publisher, pools: ASGIApp | None) -> None:
        self._publisher = publisher
        self._pools = pools
        self._questions: dict[bytes, Callable[[bytes], Awaitable[Any]]] = {
            b"figures": self._figures,
            b"explain": self._explain,
            b"look": self._look,
            b"trial": self._try,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asked = next((value for name, value in scope["headers"] if name == QUESTION_HEADER.encode()), None)
        if asked is None and self._pools is not None:
            await self._pools(scope, receive, send)
            return
        question = self._questions.get(asked or b"")
        if question is None:
            await _answer(send, 404, b"")
            return
        body = await _read(receive)
        try:
            await _answer(send, 200, _encode(await question(body)))
        except msgspec.DecodeError as error:
            log.warning("a node asked what is not understood: %s", error)
            await _answer(send, 400, b"")

    async def _figures(self, _: bytes) -> int:
        """Connections of clients."""
        return sum(figures.connections for figures in await self._publisher.collect())

    async def _explain(self, body: bytes) -> list[bytes]:
        return await self._publisher.explain(msgspec.msgpack.decode(body, type=str | None))

    async def _look(self, body: bytes) -> None:
        look = msgspec.msgpack.decode(body, type=Look)
        self._publisher.look(look.api_id, look.stage_name, look.requests)

    async def _try(self, body: bytes) -> Tried:
        try:
            return Tried(await self._publisher.run_trial(_trial.decode(body)))
        except TrialError as error:
            return Tried(None, str(error))


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size, has_more = 0, True
    while has_more and size <= MOST_QUESTION:
        message = await receive()
        has_more = message["type"] == "http.request" and bool(message.get("more_body", False))
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    return b"".join(chunks)


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
