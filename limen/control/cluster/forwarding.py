"""User pools on a node that has no AWS APIs: their requests go on to a node that has, as they came."""

import logging
from collections.abc import Callable, Sequence

from starlette.types import Receive, Scope, Send

from limen.control.cluster.peers import PeerAnswer, PeerError, Peers
from limen.store.nodes import NodeRecord

log = logging.getLogger("limen.control")

TIMEOUT = 20.0
MOST_BODY = 1 << 20
_OF_CONNECTIONS = frozenset({b"connection", b"content-length", b"keep-alive", b"te", b"transfer-encoding", b"upgrade"})


class ForwardedPools:
    """An ASGI application. `control_nodes` gives those that may answer; all nodes ask the first that does."""

    def __init__(self, peers: Callable[[], Peers | None], control_nodes: Callable[[], Sequence[NodeRecord]]) -> None:
        self._peers = peers
        self._control_nodes = control_nodes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _read(receive)
        if body is None:
            await _send(send, 413, [], b'{"message":"The body is too long"}')
            return
        answer = await self._forward(scope, body)
        if answer is None:
            message = b'{"__type":"ServiceUnavailableException","message":"No control node answers; try again later"}'
            await _send(send, 503, [(b"content-type", b"application/json"), (b"retry-after", b"5")], message)
            return
        headers = [(lower, value) for _, lower, value in answer.headers if lower not in _OF_CONNECTIONS]
        await _send(send, answer.status, headers, answer.body)

    async def _forward(self, scope: Scope, body: bytes) -> PeerAnswer | None:
        peers = self._peers()
        if peers is None:
            return None
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
            if name not in _OF_CONNECTIONS
        ]
        for node in self._control_nodes():
            try:
                return await peers.send(
                    node, scope["method"], f"{path}?{query}" if query else path, headers, body, TIMEOUT
                )
            except PeerError as error:
                log.warning("control node %s did not answer for a user pool: %s", node.id, error)
                if error.was_sent:
                    return None
        return None


async def _read(receive: Receive) -> bytes | None:
    """None where it is too long."""
    chunks: list[bytes] = []
    size, has_more = 0, True
    while has_more:
        message = await receive()
        has_more = message["type"] == "http.request" and bool(message.get("more_body", False))
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MOST_BODY:
            return None
    return b"".join(chunks)


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})
