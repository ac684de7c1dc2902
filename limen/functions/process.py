"""One life of the process of an environment: made, served by its Runtime API, watched, ended."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from pathlib import Path
from typing import Protocol

from limen.functions import kin, sandbox
from limen.functions.capture import Capture
from limen.functions.packages import PackageError
from limen.functions.records import VersionRecord
from limen.functions.runtime_api import Answer, RuntimeApi
from limen.functions.runtime_connection import RuntimeConnection
from limen.functions.runtimes import (
    SOCKET_VARIABLE,
    Place,
    RuntimeStartError,
    UnknownRuntimeError,
    tell_debugger,
)
from limen.functions.spawner import SpawnError, make_pipe
from limen.functions.spawner_process import TELEMETRY
from limen.functions.surroundings import MOST_PROCESSES, Surroundings, limits

log = logging.getLogger("limen.functions")

SANDBOX_FAILURE = "Sandbox.Failure"

EXIT_GRACE = 0.005
"""Seconds that an answer may take to arrive after its process has ended."""


class Life(Protocol):
    """Who is told how a process does."""

    def became_ready(self) -> None: ...

    def failed_to_start(self, answer: Answer) -> None: ...

    def answered(self, answer: Answer) -> None: ...

    def ended(self, error_type: str, message: str) -> None:
        """Told once, unless it was closed before."""


class FunctionProcess:
    """Made by `begin`; `close` ends it, and all that it has started."""

    def __init__(self, surroundings: Surroundings, life: Life, capture: Capture) -> None:
        self._surroundings = surroundings
        self._life = life
        self._capture = capture
        self._listening: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._socket: Path | None = None
        self._tmp: str | None = None
        self._debug_port: int | None = None
        self._status = -1
        self._last_words = b""
        self._pid = 0
        self._starting: asyncio.Task[None] | None = None
        self._is_closed = False
        self.api = RuntimeApi(self)
        self.is_alive = False

    def begin(self, version: VersionRecord, variables: dict[str, str], *, debug: bool) -> None:
        """Does not wait: `became_ready`, `failed_to_start` or `ended` will be told."""
        self.is_alive = True
        self._starting = self._surroundings.tasks.start(self._start(version, variables, debug), "start a function")

    async def _start(self, version: VersionRecord, variables: dict[str, str], debug: bool) -> None:
        try:
            await self._launch(version, variables, debug)
        except RuntimeStartError as error:
            self._end(error.error_type, str(error))
        except (UnknownRuntimeError, PackageError, SpawnError, OSError) as error:
            self._end(SANDBOX_FAILURE, str(error))
        except Exception:
            log.exception("an execution environment could not be made")
            self._end(SANDBOX_FAILURE, "the execution environment could not be made; the host's log tells why")

    async def _launch(self, version: VersionRecord, variables: dict[str, str], debug: bool) -> None:
        around = self._surroundings
        code = await around.packages.unpacked(version.code)
        opt = await around.packages.opt(version.layers)
        runtime = await around.runtimes.find(version.runtime)
        place = Place(
            code=code,
            layers=opt,
            is_live=bool(version.code.directory),
            task_root=sandbox.TASK if around.has_namespaces else str(code),
            opt=sandbox.OPT if around.has_namespaces else str(opt or "/opt"),
        )
        debug_port = self._debug_port = await around.debug_ports.take(runtime) if debug else None
        command = runtime.command(version.handler, place, variables, debug_port)
        self._socket = around.socket_path()
        own = self._own_variables(self._socket)
        message: dict[str, object] = {
            "argv": command.argv,
            "environment": {**command.defaults, **variables, **command.variables, **own},
            "directory": place.task_root,
            "limits": limits(version.memory_size, version.ephemeral_storage, around.has_namespaces),
            "view": around.view(code, opt, self._socket, version.ephemeral_storage, command),
        }
        await self._spawn(message)
        await self._serve()
        if debug_port is not None:
            log.info("%s: %s", variables["AWS_LAMBDA_FUNCTION_NAME"], tell_debugger(runtime, place, debug_port))
        if runtime.note:
            self._capture.say(f"LIMEN: {runtime.note}\n")

    def _own_variables(self, path: Path) -> dict[str, str]:
        around = self._surroundings
        own = {
            "AWS_LAMBDA_RUNTIME_API": self._listen(path),
            SOCKET_VARIABLE: sandbox.SOCKET if around.has_namespaces else str(path),
            "_LAMBDA_TELEMETRY_LOG_FD": str(TELEMETRY),
        }
        if not around.has_namespaces:
            own["TMPDIR"] = self._tmp = around.make_tmp()
        return own

    def resident(self) -> int:
        """Bytes in memory."""
        return kin.resident(self._pid, self._surroundings.has_namespaces)

    def proportional(self) -> int:
        """Bytes in memory, pages of several processes shared out."""
        return kin.proportional(self._pid, self._surroundings.has_namespaces)

    def has_too_many(self) -> bool:
        """Processes, where the kernel does not count them for us."""
        around = self._surroundings
        return not around.are_processes_counted and kin.count(self._pid, around.has_namespaces) > MOST_PROCESSES

    def kill(self) -> None:
        """Its end is told to `Life`."""
        if self._pid:
            self._surroundings.spawner.kill(self._pid)

    def close(self) -> None:
        """Its end is told to nobody any more."""
        self._is_closed = True
        if self._starting is not None:
            self._starting.cancel()
        self.kill()
        self._forget()

    # What the Runtime API asks and tells.

    def is_ours(self, connection: RuntimeConnection) -> bool:
        peer = connection.transport.get_extra_info("socket")
        return kin.is_kin(peer, self._pid, self._surroundings.has_namespaces)

    def became_ready(self) -> None:
        self._life.became_ready()

    def failed_to_start(self, answer: Answer) -> None:
        self._life.failed_to_start(answer)

    def answered(self, answer: Answer) -> None:
        self._life.answered(answer)

    # How it is made and how it ends.

    def _listen(self, path: Path) -> str:
        """On a Unix socket for our runtimes, on a port of the loopback interface for others: its address."""
        for family, address in ((socket.AF_UNIX, str(path)), (socket.AF_INET, ("127.0.0.1", 0))):
            listening = socket.socket(family)
            self._listening.append(listening)
            listening.setblocking(False)
            listening.bind(address)
            listening.listen(8)
        return f"127.0.0.1:{listening.getsockname()[1]}"

    async def _serve(self) -> None:
        """Only now that we know whose processes may connect; who was faster waits in the backlog."""
        loop = asyncio.get_running_loop()
        local, port = self._listening
        self._servers.append(await loop.create_unix_server(self.api.protocol, sock=local))
        self._servers.append(await loop.create_server(self.api.protocol, sock=port))

    async def _spawn(self, message: dict[str, object]) -> None:
        output, output_writer = make_pipe()
        telemetry, telemetry_writer = make_pipe()
        self._status, status_writer = make_pipe()
        try:
            self._pid = await self._surroundings.spawner.spawn(
                message, (output_writer, telemetry_writer, status_writer)
            )
        except BaseException:
            os.close(output)
            os.close(telemetry)
            os.close(self._status)
            self._status = -1
            raise
        finally:
            for descriptor in (output_writer, telemetry_writer, status_writer):
                os.close(descriptor)
        self._capture.attach(output, telemetry)
        asyncio.get_running_loop().add_reader(self._status, self._read_status)

    def _read_status(self) -> None:
        try:
            data = os.read(self._status, 4096)
        except BlockingIOError:
            return
        self._last_words += data
        if data and b"\n" not in self._last_words:
            return
        self.is_alive = False
        asyncio.get_running_loop().remove_reader(self._status)
        asyncio.get_running_loop().call_later(EXIT_GRACE, self._conclude)

    def _conclude(self) -> None:
        self._end(*_reason(self._last_words.partition(b"\n")[0].decode("utf-8", "replace")))

    def _end(self, error_type: str, message: str) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._forget()
            self._life.ended(error_type, message)

    def _forget(self) -> None:
        self.is_alive = False
        if self._debug_port is not None:
            self._surroundings.debug_ports.free(self._debug_port)
            self._debug_port = None
        self._capture.detach()
        if self._status >= 0:
            with contextlib.suppress(RuntimeError):  # the loop has gone
                asyncio.get_running_loop().remove_reader(self._status)
            os.close(self._status)
            self._status = -1
        for server in self._servers:
            server.close()
        for listening in self._listening:
            listening.close()
        self._servers.clear()
        self._listening.clear()
        self.api.close()
        if self._socket is not None:
            self._socket.unlink(missing_ok=True)
        if self._tmp is not None:
            self._surroundings.drop_tmp(self._tmp)
            self._tmp = None


def _reason(words: str) -> tuple[str, str]:
    """The error type and message of AWS for how a process ended, as its init has put it."""
    kind, _, rest = words.partition(" ")
    if kind == "exec":
        program, _, problem = rest.rpartition(": ")
        return "Runtime.InvalidEntrypoint", f"fork/exec {program}: {problem.lower()}"
    if kind == "failed":
        return SANDBOX_FAILURE, f"the execution environment could not be made: {rest}"
    if kind != "exit":  # the init itself was killed, and all with it
        return "Runtime.ExitError", "Runtime exited with error: signal: killed"
    code = os.waitstatus_to_exitcode(int(rest))
    if code == 0:
        return "Runtime.ExitError", "Runtime exited without providing a reason"
    if code > 0:
        return "Runtime.ExitError", f"Runtime exited with error: exit status {code}"
    return "Runtime.ExitError", f"Runtime exited with error: signal: {(signal.strsignal(-code) or '').lower()}"
