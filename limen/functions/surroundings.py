"""What all execution environments of one functions host share: its spawner, packages, logs and settings."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from limen.functions import sandbox
from limen.functions.debug_ports import DebugPorts
from limen.functions.logs import FunctionLogs
from limen.functions.packages import Packages
from limen.functions.runtimes import Command, Runtimes
from limen.functions.spawner import Spawner
from limen.tasks import Tasks

LOOK_INTERVAL = 0.1
"""Seconds between two looks at the memory of environments that are at work."""

IDLE_LOOK_INTERVAL = 5.0
"""The same for those that rest: AWS freezes them, here what a handler has left running goes on."""

MOST_PROCESSES = 1024
"""Of a function, as on AWS."""

HEADROOM_MB = 4096
"""What a function may allocate beyond its memory before the kernel refuses it: a bound for what happens between two
looks. Node.js and programs with many threads reserve far more than they use."""


class Watched(Protocol):
    """An environment."""

    def look(self) -> None: ...


class Surroundings:
    """Made once by the functions host, closed when its environments are."""

    def __init__(
        self,
        *,
        spawner: Spawner,
        logs: FunctionLogs,
        packages: Packages,
        run_directory: Path,
        hidden: Sequence[Path],
        runtimes: Runtimes,
        variables: Mapping[str, str],
        debugged: Collection[str],
        visible: Sequence[str],
    ) -> None:
        self.spawner = spawner
        self.logs = logs
        self.packages = packages
        self.runtimes = runtimes
        self.run_directory = run_directory
        self.variables = variables
        """For every function, over which its own go."""
        self.debugged = frozenset(debugged)
        """Names of functions whose environments wait for a debugger, and are not timed."""
        self.debug_ports = DebugPorts()
        self.tasks = Tasks()
        self._visible = list(visible)
        self._hidden = [Path(os.path.realpath(path)) for path in (Path.home(), *hidden)]
        self._tmp: set[str] = set()
        self._at_work: set[Watched] = set()
        self._at_rest: set[Watched] = set()
        self._idle_timer: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None

    @staticmethod
    async def open(
        *,
        spawner: Spawner,
        logs: FunctionLogs,
        data_directory: Path,
        run_directory: Path,
        runtimes: Runtimes | None = None,
        variables: Mapping[str, str] | None = None,
        debugged: Collection[str] = (),
        visible: Sequence[str] = (),
        hidden: Sequence[Path] = (),
    ) -> "Surroundings":
        """`run_directory` is one that only we may enter, its path short enough for sockets in it.

        `variables` are what the host's settings pass to every function, `visible` are paths that functions may read
        although they lie where secrets do, `hidden` are secrets beside the data directory. Takes the spawner over;
        raises SpawnError where it does not serve.
        """
        await spawner.open()
        data_directory, run_directory = data_directory.absolute(), run_directory.absolute()
        return Surroundings(
            spawner=spawner,
            logs=logs,
            packages=Packages(data_directory / "functions"),
            run_directory=run_directory,
            hidden=(data_directory, *hidden),
            runtimes=runtimes or Runtimes({}),
            variables=variables or {},
            debugged=debugged,
            visible=visible,
        )

    async def close(self) -> None:
        """Ends every process of every function."""
        for timer in (self._timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        await self.tasks.cancel_all()
        await self.spawner.close()
        for path in tuple(self._tmp):
            await asyncio.to_thread(self._remove, path)
        await asyncio.to_thread(self.logs.close)

    @property
    def has_namespaces(self) -> bool:
        return bool(self.spawner.level)

    @property
    def are_processes_counted(self) -> bool:
        """Whether the kernel bounds them: those of root it does not, and without namespaces it counts all of ours."""
        return self.has_namespaces and os.getuid() != 0

    def make_tmp(self) -> str:
        """A directory for temporary files of one environment, where it has no /tmp of its own."""
        path = tempfile.mkdtemp(prefix="fn-", dir=self.run_directory)
        self._tmp.add(path)
        return path

    def drop_tmp(self, path: str) -> None:
        self.tasks.start(asyncio.to_thread(self._remove, path), "remove temporary files")

    def _remove(self, path: str) -> None:
        shutil.rmtree(path, ignore_errors=True)
        if not os.path.exists(path):  # else somebody still writes there: again at the end
            self._tmp.discard(path)

    def socket_path(self) -> Path:
        """A new one; nobody can guess it."""
        return self.run_directory / f"fn-{secrets.token_hex(8)}.sock"

    def view(self, code: Path, opt: Path | None, socket: Path, tmp_mb: int, command: Command) -> dict[str, Any]:
        """What the sandbox of an environment is built from; nothing without namespaces."""
        real = Path(os.path.realpath(code))
        hidden = [*sandbox.SECRETS, *(str(path) for path in self._hidden if len(path.parts) > 2)]  # never / or /srv
        inside = (path for path in self._hidden if path != real and path.is_relative_to(real))
        hidden += (f"{sandbox.TASK}/{path.relative_to(real)}" for path in inside)  # a project may hold its own data
        return {
            "task": str(code),
            "opt": str(opt) if opt else "",
            "socket": str(socket),
            "staging": str(self.spawner.staging),
            "tmp_mb": tmp_mb,
            "hidden": hidden,
            "visible": sorted({*self._visible, *_needed(command)}),  # a folder before what is in it
        }

    def watch(self, environment: Watched) -> None:
        """Has it look at itself often, while it is at work."""
        self._at_rest.discard(environment)
        self._at_work.add(environment)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_INTERVAL, self._look)

    def rest(self, environment: Watched) -> None:
        """Has it look at itself now and then, until it is forgotten."""
        self._at_work.discard(environment)
        self._at_rest.add(environment)
        if self._idle_timer is None:
            self._idle_timer = asyncio.get_running_loop().call_later(IDLE_LOOK_INTERVAL, self._look_idle)

    def forget(self, environment: Watched) -> None:
        self._at_work.discard(environment)
        self._at_rest.discard(environment)

    def _look(self) -> None:
        self._timer = None
        for environment in tuple(self._at_work):
            environment.look()
        if self._at_work:
            self._timer = asyncio.get_running_loop().call_later(LOOK_INTERVAL, self._look)

    def _look_idle(self) -> None:
        self._idle_timer = None
        for environment in tuple(self._at_rest):
            environment.look()
        if self._at_rest:
            self._idle_timer = asyncio.get_running_loop().call_later(IDLE_LOOK_INTERVAL, self._look_idle)


def limits(memory_mb: int, storage_mb: int, has_namespaces: bool) -> dict[str, int]:
    """Of the processes of a function, by the names of resource.setrlimit."""
    found = {
        "RLIMIT_CORE": 0,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_DATA": (memory_mb + HEADROOM_MB) << 20,
    }
    if has_namespaces:  # else it would count all processes of our user
        found["RLIMIT_NPROC"] = MOST_PROCESSES
    else:
        found["RLIMIT_FSIZE"] = storage_mb << 20
    return found


def _needed(command: Command) -> list[str]:
    """What a runtime has to read wherever it lies: its interpreter, its bootstrap, what its variables name."""
    found: list[str] = []
    for word in (*command.argv, *command.variables.values()):
        for path in word.split(":") if word.startswith("/") else ():
            if path.startswith((sandbox.TASK, sandbox.OPT)):
                continue
            found += _with_prefix(path) if os.access(path, os.X_OK) and os.path.isfile(path) else [path]
            if os.path.isfile(path):
                found.append(os.path.dirname(path))
    return list(dict.fromkeys(path for path in found if path.count("/") > 1))


def _with_prefix(executable: str) -> list[str]:
    """A program with the tree it was installed in, a virtual environment with the interpreter that made it."""
    places = {executable: None, os.path.realpath(executable): None}
    found = []
    for place in places:
        prefix = os.path.dirname(os.path.dirname(place))
        if os.path.isdir(f"{prefix}/lib") and prefix not in ("/", "/usr"):
            found.append(prefix)
        found.append(place)
    return found
