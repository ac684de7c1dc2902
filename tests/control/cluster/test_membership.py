"""Nodes that know each other: who lives, who serves what, and who is waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from limen.control.cluster.membership import Membership
from limen.store import Store

Play = Callable[["Node", "Node"], Awaitable[None]]


class Node:
    """A node with a store of its own on the shared database."""

    def __init__(self, url: str, node_id: str, role: str) -> None:
        self.id = node_id
        self.applied = 1
        self.store = Store.open(url)
        self.membership = Membership(self.store, node_id, role, "", lambda: self.applied)

    def begin(self) -> None:
        self.store.watch()
        self.membership.start()

    def apply(self, revision: int) -> None:
        self.applied = revision
        self.membership.tell()


def play(url: str, transcript: Play, *, begins: tuple[str, ...] = ("c", "g")) -> None:
    async def main() -> None:
        nodes = Node(url, "c", "control"), Node(url, "g", "gateway")
        try:
            for node in nodes:
                if node.id in begins:
                    node.begin()
            await transcript(*nodes)
        finally:
            for node in nodes:
                await node.membership.stop()
                node.store.close()

    asyncio.run(main())


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.02)


def test_nodes_hear_of_each_other(postgres_url: str) -> None:
    async def transcript(control: Node, gateway: Node) -> None:
        await eventually(lambda: [node.id for node in control.membership.others] == ["g"])
        await eventually(lambda: [node.id for node in gateway.membership.others] == ["c"])

    play(postgres_url, transcript)


def test_who_serves_is_waited_for(postgres_url: str) -> None:
    async def transcript(control: Node, gateway: Node) -> None:
        await eventually(lambda: bool(control.membership.others))
        assert await control.membership.wait_applied(1)
        assert not await control.membership.wait_applied(2, timeout=0.1)

        asyncio.get_running_loop().call_later(0.1, gateway.apply, 2)
        began = time.monotonic()
        assert await control.membership.wait_applied(2, timeout=5)
        assert time.monotonic() - began < 2  # told, not asked for each second
        assert await gateway.membership.wait_applied(99)  # no other node serves

    play(postgres_url, transcript)


def test_who_has_just_begun_learns_first_whom_to_wait_for(postgres_url: str) -> None:
    async def transcript(control: Node, gateway: Node) -> None:
        await eventually(lambda: bool(gateway.membership.nodes))
        control.begin()
        assert not await control.membership.wait_applied(2)

        gateway.apply(2)
        assert await control.membership.wait_applied(2, timeout=5)

    play(postgres_url, transcript, begins=("g",))


def test_who_ended_is_not_waited_for(postgres_url: str) -> None:
    async def transcript(control: Node, gateway: Node) -> None:
        await eventually(lambda: bool(control.membership.others))
        await gateway.membership.stop()
        await eventually(lambda: not control.membership.others)
        assert await control.membership.wait_applied(99)

    play(postgres_url, transcript)


def test_without_the_database_nobody_is_told_and_nothing_fails(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def transcript(control: Node, gateway: Node) -> None:
        await eventually(lambda: bool(control.membership.others))
        gateway.store.away_since = 1.0
        gateway.apply(2)
        await asyncio.sleep(0.2)
        gateway.store.away_since = None
        await eventually(lambda: any(node.applied == 2 for node in control.membership.nodes))

    play(postgres_url, transcript)
    assert "failed" not in caplog.text
