"""Where environments wait for an editor: the port that editors try first, or the next one that is free."""

import asyncio
import socket
from collections.abc import Collection

from limen.functions.interpreters import PythonInterpreter
from limen.functions.runtimes import Runtime, RuntimeStartError

PYTHON_DEBUG_PORT = 5678
NODE_DEBUG_PORT = 9229
"""What editors try first."""

MOST_PORTS = 100
PATIENCE = 2.0
"""Seconds for the end of an environment that had the port before."""
LOOK_INTERVAL = 0.05


class DebugPorts:
    """Those of all environments of one functions host."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._freed: set[int] = set()
        """Whose processes may still be about to end."""

    async def take(self, runtime: Runtime) -> int:
        """One that stays this environment's until it is freed, though nobody listens at it yet.

        When code changes, the new environment gets the port of the old one, where its editor looks for it again.
        Raises RuntimeStartError for custom runtimes.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        port = find_debug_port(runtime, self._taken)
        while self._freed & set(range(first_port(runtime), port)) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_INTERVAL)
            port = find_debug_port(runtime, self._taken)
        self._freed -= set(range(first_port(runtime), port + 1))
        self._taken.add(port)
        return port

    def free(self, port: int) -> None:
        self._taken.discard(port)
        self._freed.add(port)


def find_debug_port(runtime: Runtime, taken: Collection[int] = ()) -> int:
    """The first free port from the one that editors expect on; raises RuntimeStartError for custom runtimes."""
    first = first_port(runtime)
    for port in range(first, first + MOST_PORTS):
        if port in taken:
            continue
        with socket.socket() as probe:
            # A connection that the last process closed keeps its port for a minute otherwise.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeStartError("Limen.NoDebugger", f"no port is free from 127.0.0.1:{first} on")


def first_port(runtime: Runtime) -> int:
    """Raises RuntimeStartError for custom runtimes."""
    if runtime.interpreter is None:
        raise RuntimeStartError("Limen.NoDebugger", f"a function of runtime {runtime.name} brings its own debugger")
    return PYTHON_DEBUG_PORT if isinstance(runtime.interpreter, PythonInterpreter) else NODE_DEBUG_PORT
