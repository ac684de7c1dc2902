"""Several nodes on one PostgreSQL: what a control node is told all gateway nodes serve, with and without the database."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.apis import quick_create
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.postgres_server import PostgresServer, running_server
from tests.support.recording_backend import RecordingBackend


class Nodes:
    """Of one cluster; they share a directory for the key and a database."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.url = url
        self.key_file = directory / "key"
        self.started: list[LimenProcess] = []

    def start(self, role: str, name: str, *arguments: str, wait: bool = True) -> LimenProcess:
        shared = [f"--role={role}", f"--store={self.url}", f"--key-file={self.key_file}", *arguments]
        node = LimenProcess(self.directory / name, *shared, wait=wait)
        self.started.append(node)
        return node

    def stop(self) -> None:
        for node in self.started:
            node.stop()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def nodes(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """One control node `c`, two gateway nodes `g1` and `g2`."""
    running = Nodes(tmp_path_factory.mktemp("cluster"), postgres.make_database())
    try:
        running.start("control", "c")
        running.start("gateway", "g1")
        running.start("gateway", "g2")
        yield running
    finally:
        running.stop()


@pytest.fixture
def control(nodes: Nodes) -> LimenProcess:
    return nodes.started[0]


@pytest.fixture
def gateways(nodes: Nodes) -> list[LimenProcess]:
    return nodes.started[1:3]


def test_what_a_control_node_is_told_every_gateway_serves(
    control: LimenProcess, gateways: list[LimenProcess], backend: RecordingBackend
) -> None:
    api_id = quick_create(control.client(), backend.url)

    # At once: the answer waited for the gateways.
    for gateway in gateways:
        assert gateway.caller(api_id).get("/").status == 200
