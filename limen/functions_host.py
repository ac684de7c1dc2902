"""The functions host: runs Lambda functions for the gateway workers and the control process.

It owns what outlives the records of functions: environments, the queue of asynchronous invocations, log writers.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvloop

from limen.clock import Clock
from limen.frames import frame
from limen.functions.channel import AppliedFunctions, HostHello, read_as_host
from limen.functions.environment import Environment
from limen.functions.event_records import keep_events, take_kept_events
from limen.functions.events import Events
from limen.functions.function import Function
from limen.functions.invoke_server import InvokeServer
from limen.functions.invoker import Invoker
from limen.functions.live_code import LiveCode
from limen.functions.logs import FunctionLogs
from limen.functions.machine import Machine
from limen.functions.permissions import Permissions
from limen.functions.pool import RunsInvocations
from limen.functions.records import FunctionRecord, VersionRecord
from limen.functions.registry import Registry
from limen.functions.runtimes import Runtimes
from limen.functions.spawner import Spawner
from limen.functions.surroundings import Surroundings
from limen.process_log import log_to_stderr
from limen.process_settings import FunctionsSettings, read_process_settings
from limen.tasks import Tasks

log = logging.getLogger("limen.functions")

RETRY_CONTROL = 0.1
"""Seconds between two tries to reach the control process, which may be starting anew."""
LOOK_FOR_EVENTS = 2.0
"""Seconds between two looks for events that another host has kept."""
PATIENCE_WITH_CONTROL = 3.0
"""Seconds that it may be away without a word: at a stop it ends before this process."""
CONTROL_TIMEOUT = 20.0
"""Seconds after which a host that control has told nothing answers nevertheless: that it knows no functions yet."""


def main() -> None:
    """Run by the supervisor (limen.processes)."""
    log_to_stderr("functions")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = read_process_settings(FunctionsSettings)
    spawner = make_spawner(settings)
    uvloop.run(Host(settings, spawner).serve())


def make_spawner(settings: FunctionsSettings) -> Spawner:
    """Before there are threads and connections: it is forked from what is there."""
    staging = Path(settings.data_dir) / "functions" / "root"
    staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Spawner(staging)


class Host:
    """One process, one loop; the code of functions runs in others."""

    def __init__(self, settings: FunctionsSettings, spawner: Spawner) -> None:
        self._settings = settings
        self._spawner = spawner
        self._stopping = asyncio.Event()
        self._is_told = asyncio.Event()
        self._tasks = Tasks()
        self._clock = Clock()
        self._directory = Path(settings.data_dir) / "functions"
        self._runtimes = Runtimes(settings.functions.runtimes)
        self._live_code = LiveCode(self._code_changed, [Path(settings.data_dir)])

    async def serve(self) -> None:
        settings = self._settings
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stopping.set)
        loop.add_reader(sys.stdin.fileno(), self._stop_when_orphaned, loop)
        self._clock.start()
        self._machine = Machine(self._clock, self._tasks, concurrency=settings.concurrency)
        self._registry = Registry(settings.region, settings.account, self._make_function)
        self._events = Events(self._registry, self._clock, settings.functions.retry_delay)
        invoker = Invoker(self._registry, Permissions(settings.functions.permissions == "enforce"), self._events)
        server = InvokeServer(socket.socket(fileno=settings.listening_fd), invoker, self._clock)
        following = loop.create_task(self._follow(), name="follow")
        self._surroundings = await self._open_surroundings()
        await self._wait_told()
        self._machine.start_reaping()
        await server.start()
        gc.collect()
        gc.freeze()
        os.write(settings.ready_fd, b"ready\n")
        self._tasks.start(self._restore_events(), "restore events")
        await self._stopping.wait()
        following.cancel()
        await server.drain(settings.drain_timeout)
        await self._close()

    async def _open_surroundings(self) -> Surroundings:
        settings = self._settings
        surroundings = await Surroundings.open(
            spawner=self._spawner,
            logs=FunctionLogs(self._directory / "logs"),
            data_directory=Path(settings.data_dir),
            run_directory=Path(settings.run_directory),
            runtimes=self._runtimes,
            variables=settings.functions.environment,
            visible=settings.functions.visible,
            debugged=settings.debug,
        )
        if not surroundings.has_namespaces:
            log.warning(
                "functions see this machine as Limen does, for they get no namespaces: %s", self._spawner.reason
            )
        return surroundings

    async def _wait_told(self) -> None:
        """For the functions, or for the end of patience, or of this process."""
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._is_told, self._stopping)]
        await asyncio.wait(waiting, timeout=CONTROL_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        for future in waiting:
            future.cancel()

    def _stop_when_orphaned(self, loop: asyncio.AbstractEventLoop) -> None:
        """The supervisor holds the other end of standard input: its end means that nobody looks after this process."""
        if not os.read(sys.stdin.fileno(), 1024):
            loop.remove_reader(sys.stdin.fileno())
            self._stopping.set()

    async def _close(self) -> None:
        self._machine.stop_reaping()
        self._live_code.close()
        left = self._events.close()
        for function in self._registry.functions:
            for pool in function.pools:
                await pool.close()
        await self._tasks.cancel_all()
        await self._surroundings.close()
        if left:
            log.info("%d asynchronous invocations are kept for the next start", len(left))
            keep_events(self._directory, left)
        self._clock.stop()

    async def _restore_events(self) -> None:
        """Those of the host before this one; at a hand-over it ends, and keeps what it has not done, after we began."""
        while not self._stopping.is_set():
            self._events.restore(take_kept_events(self._directory))
            await asyncio.sleep(LOOK_FOR_EVENTS)

    # --- control

    def _make_function(self, record: FunctionRecord) -> Function:
        is_debugged = record.name in self._settings.debug
        return Function(record, self._machine, self._make_environment, is_debugged=is_debugged)

    def _make_environment(self, function: FunctionRecord, version: VersionRecord) -> RunsInvocations:
        for code in (version.code, *version.layers):
            if code.directory:
                self._live_code.watch(code.directory)
        return Environment(function, version, self._surroundings)

    def _code_changed(self, directory: str) -> None:
        for function in self._registry.functions:
            function.renew(directory)

    async def _follow(self) -> None:
        """Follows control for ever; while it is away, the functions stay as they are."""
        followed_at = self._clock.now()
        while True:
            try:
                reader, writer = await asyncio.open_unix_connection(self._settings.control_socket)
            except OSError:
                if followed_at and self._clock.now() - followed_at > PATIENCE_WITH_CONTROL:
                    log.warning("the control process is away; the functions stay as they are")
                    followed_at = 0.0
                await asyncio.sleep(RETRY_CONTROL)
                continue
            try:
                await self._converse(reader, writer)
            except (OSError, EOFError):
                pass  # it ends, or is replaced
            except Exception:
                log.exception("the control process is not understood; the functions stay as they are")
            finally:
                writer.close()
            followed_at = self._clock.now()
            await asyncio.sleep(RETRY_CONTROL)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(HostHello(os.getpid())))
        while True:
            message = await read_as_host(reader)
            self._registry.apply(message)
            versions = (version for record in message.functions for version in record.versions.values())
            self._runtimes.look_ahead({version.runtime for version in versions})
            writer.write(frame(AppliedFunctions(message.revision)))
            self._is_told.set()


if __name__ == "__main__":
    main()
