"""The ports of the control process, made beside it and served in its loop until it stops."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from limen.aws.identities import KeyRecord, root_record
from limen.aws.sealing import Seal
from limen.control.cluster.one_node import OneNode
from limen.control.functions.code_store import CodeStore
from limen.control.functions.host_client import HostClient
from limen.control.functions.publisher import FunctionsPublisher
from limen.control.loading import load_ports
from limen.control.overview import Endpoints
from limen.control.private_socket import listen_privately
from limen.control.publisher import Publisher
from limen.control.surroundings import PortSettings, Surroundings
from limen.downstream.authority import ensure_authority
from limen.state.memory import MemoryState
from limen.store.store import Store
from tests.support.client import Client
from tests.support.control import SETTINGS


async def _at_once(function: Callable[[], Any]) -> Any:
    return function()


def _surroundings(directory: Path) -> Surroundings:
    store, seal = Store.open("sqlite://"), Seal(bytes(32), "tests")
    codes = CodeStore(directory / "functions", "secret")
    publisher = Publisher(store)
    return Surroundings(
        store=store,
        control=msgspec.structs.replace(SETTINGS, codes=codes, secrets=seal, sessions=seal),
        administrator=root_record(SETTINGS.account, [KeyRecord("AKIDEXAMPLE", "secret")]),
        endpoints=Endpoints("localhost", 8443),
        publisher=publisher,
        cluster=OneNode(publisher),
        functions=FunctionsPublisher(store),
        host=HostClient(directory / "functions.sock"),
        state=MemoryState(),
        wake_sweeper=lambda: None,
        in_operations=_at_once,
    )


def _settings(directory: Path, admin_fd: int) -> PortSettings:
    return PortSettings(
        admin_fd=admin_fd,
        certificate=ensure_authority(directory).server,
        own_names=("localhost",),
        pools_fd=listen_privately(directory / "pools.sock", 8).detach(),
        workers=0,
        metrics_token="",
        audit=directory / "audit",
        audit_size=1 << 20,
        drain_timeout=5,
        may_move_clock=False,
        truststores=directory / "truststores",
    )


def test_who_calls_before_the_ports_are_made_is_answered(tmp_path: Path) -> None:
    async def run() -> list[int]:
        listening = socket.create_server(("127.0.0.1", 0))
        settings = _settings(tmp_path, listening.fileno())
        client = Client(listening.getsockname()[1], tmp_path / "ca.pem")
        asked = asyncio.create_task(asyncio.to_thread(client.get, "/healthz"))
        await asyncio.sleep(0.05)
        ports = await asyncio.to_thread(load_ports, settings, _surroundings(tmp_path))
        listening.detach()
        stopped = asyncio.Event()
        serving = asyncio.create_task(ports.serve(stopped))
        statuses = [(await asked).status, (await asyncio.to_thread(client.get, "/")).status]
        stopped.set()
        async with asyncio.timeout(10):
            await serving
        return statuses

    assert asyncio.run(run()) == [200, 403]
