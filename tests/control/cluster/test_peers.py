"""Nodes that ask each other over a real cluster port."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from limen.control.cluster.authority import context_for, make_authority, sign_node
from limen.control.cluster.forwarding import ForwardedPools
from limen.control.cluster.peers import PeerError, Peers
from limen.control.cluster.port import ClusterPort, Look, Tried
from limen.control.http_server import http_server
from limen.control.publisher import TrialError
from limen.store.nodes import NodeRecord
from tests.support.limen_process import free_port

AUTHORITY = make_authority()


class Workers:
    """What a publisher answers for its workers."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, str, int]] = []

    async def collect(self) -> list[Any]:
        return []

    async def explain(self, request_id: str | None = None) -> list[bytes]:
        return [f'"{request_id}"'.encode()]

    def look(self, *asked: Any) -> None:
        self.looks.append(asked)

    async def run_trial(self, trial: Any) -> Any:
        raise TrialError("no gateway worker answered")


async def pools(scope: Scope, receive: Receive, send: Send) -> None:
    seen = {name.decode(): value.decode() for name, value in scope["headers"]}
    body = (await receive())["body"].decode()
    text = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {seen['host']} {body}"
    await PlainTextResponse(text, 201, headers={"x-own": seen["x-limen-client"]})(scope, receive, send)


def node(port: int, node_id: str = "node-1") -> NodeRecord:
    return NodeRecord(
        id=node_id,
        role="all",
        address=f"127.0.0.1:{port}",
        version="1",
        started=0,
        age=0,
        has_ended=False,
        applied=1,
    )


Transcript = Callable[[Peers, NodeRecord, Workers], Awaitable[None]]


def play(tmp_path: Path, transcript: Transcript) -> None:
    async def main() -> None:
        workers = Workers()
        server = http_server(ClusterPort(workers, pools), 1.0)  # type: ignore[arg-type]
        server.config.load()
        server.config.ssl = context_for(sign_node(AUTHORITY, "node-1", tmp_path / "1"), ssl.PROTOCOL_TLS_SERVER)
        listening = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        peers = Peers(sign_node(AUTHORITY, "node-2", tmp_path / "2"))
        peers.start()
        try:
            await transcript(peers, node(listening.getsockname()[1]), workers)
        finally:
            await peers.stop()
            await server.wait_answered(serving)

    asyncio.run(main())


def test_workers_of_another_node_are_asked(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        assert msgspec.msgpack.decode(await peers.ask(other, "explain", "r1", 5)) == [b'"r1"']
        assert msgspec.msgpack.decode(await peers.ask(other, "figures", None, 5)) == 0
        await peers.ask(other, "look", Look("api", "prod", 7), 5)
        assert workers.looks == [("api", "prod", 7)]

    play(tmp_path, transcript)


def test_what_is_not_understood_is_refused(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        for question, content in (("weather", None), ("look", "x"), ("trial", 1)):
            with pytest.raises(PeerError, match=r"answered 40[04]"):
                await peers.ask(other, question, content, 5)

    play(tmp_path, transcript)


def test_a_trial_that_no_worker_ran_says_why(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        from limen.plan.snapshot import StageUpdate
        from limen.plan.trial import Trial

        stage = StageUpdate(api_id="a", stage_name="s", revision=1)
        answer = await peers.ask(other, "trial", Trial(api=stage, method_key="m", verb="GET", target="/"), 5)
        assert msgspec.msgpack.decode(answer, type=Tried) == Tried(None, "no gateway worker answered")

    play(tmp_path, transcript)


def test_a_node_under_another_name_is_not_believed(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        with pytest.raises(PeerError, match="certificate not accepted") as raised:
            await peers.ask(msgspec.structs.replace(other, id="node-3"), "figures", None, 5)
        assert not raised.value.was_sent

    play(tmp_path, transcript)


def test_of_several_those_that_answer_are_heard(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        answers = await peers.ask_all([node(free_port(), "node-9"), other], "figures", None, 5)
        assert list(answers) == ["node-1"]

    play(tmp_path, transcript)


async def call(app: ForwardedPools, body: bytes = b"a=b") -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"auth.localhost"), (b"x-limen-client", b"10.1.1.1"), (b"connection", b"close")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/_auth/p/token",
        "query_string": b"q=1",
        "headers": headers,
    }
    await app(scope, receive, send)
    return sent[0]["status"], {n.decode(): v.decode() for n, v in sent[0]["headers"]}, sent[1]["body"]


def test_requests_to_user_pools_go_on_as_they_came(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        app = ForwardedPools(lambda: peers, lambda: [node(free_port(), "node-9"), other])  # the first is not there
        status, headers, body = await call(app)
        assert (status, headers["x-own"]) == (201, "10.1.1.1")
        assert body == b"POST /_auth/p/token?q=1 auth.localhost a=b"
        assert (await call(app, b"x" * (2 << 20)))[0] == 413

    play(tmp_path, transcript)


def test_without_a_control_node_the_client_is_told_to_come_again(tmp_path: Path) -> None:
    async def transcript(peers: Peers, other: NodeRecord, workers: Workers) -> None:
        for app in (ForwardedPools(lambda: peers, list), ForwardedPools(lambda: None, lambda: [other])):
            status, headers, _ = await call(app)
            assert (status, headers["retry-after"]) == (503, "5")

    play(tmp_path, transcript)
