"""Ports at which environments wait for an editor."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from limen.functions import debug_ports
from limen.functions.debug_ports import DebugPorts, find_debug_port
from limen.functions.interpreters import PythonInterpreter
from limen.functions.runtimes import Runtime, Runtimes, RuntimeStartError
from tests.support.environments import PYTHON as OWN
from tests.support.environments import Bench, run
from tests.support.limen_process import free_port

PYTHON = Runtime(
    name="python3.11",
    interpreter=PythonInterpreter(executable="/usr/bin/python3.11", version="3.11", sees_site_packages=False),
)


@pytest.fixture(autouse=True)
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """Others on this machine may debug functions, too."""
    port = free_port()
    monkeypatch.setattr(debug_ports, "PYTHON_DEBUG_PORT", port)
    return port


def test_a_port_that_somebody_has_is_passed_over(first: int) -> None:
    with socket.create_server(("127.0.0.1", first)):
        assert find_debug_port(PYTHON) > first
    assert find_debug_port(PYTHON) == first


def test_a_connection_that_has_ended_does_not_keep_its_port(first: int) -> None:
    with (
        socket.create_server(("127.0.0.1", first)) as listening,
        socket.create_connection(("127.0.0.1", first)) as editor,
    ):
        debugger, _ = listening.accept()
        debugger.close()
        editor.recv(1)

    assert find_debug_port(PYTHON) == first


def test_custom_runtimes_bring_their_own() -> None:
    with pytest.raises(RuntimeStartError, match="brings its own debugger"):
        find_debug_port(Runtime(name="provided.al2023"))


def test_two_functions_never_get_the_same_port(first: int) -> None:
    async def take_two() -> None:
        ports = DebugPorts()
        one, two = await asyncio.gather(ports.take(PYTHON), ports.take(PYTHON))
        assert one == first
        assert two > first

    asyncio.run(take_two())


def test_a_new_environment_waits_for_the_port_of_the_old_one(first: int) -> None:
    async def replace() -> None:
        ports = DebugPorts()
        assert await ports.take(PYTHON) == first
        with socket.create_server(("127.0.0.1", first)):
            ports.free(first)
            taking = asyncio.create_task(ports.take(PYTHON))
            await asyncio.sleep(0.2)
            assert not taking.done()
        assert await taking == first

    asyncio.run(replace())


def test_what_somebody_else_has_is_not_waited_for_again(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debug_ports, "PATIENCE", 0.1)

    async def take_twice() -> None:
        ports = DebugPorts()
        ports.free(first)
        with socket.create_server(("127.0.0.1", first)):
            second = await ports.take(PYTHON)
            assert second > first
            assert await asyncio.wait_for(ports.take(PYTHON), 0.05) > second

    asyncio.run(take_twice())


def test_environments_that_end_free_their_ports(tmp_path: Path, first: int) -> None:
    pytest.importorskip("debugpy")

    async def test(bench: Bench) -> None:
        environment = bench.environment("def handler(event, context):\n    pass\n", runtime=OWN)
        starting = asyncio.create_task(environment.start())
        async with asyncio.timeout(20):
            while find_debug_port(PYTHON) == first:
                await asyncio.sleep(0.02)
        await environment.close()
        starting.cancel()
        assert await bench.surroundings.debug_ports.take(PYTHON) == first

    run(tmp_path, test, debugged=["hello"], runtimes=Runtimes({OWN: sys.executable}))
