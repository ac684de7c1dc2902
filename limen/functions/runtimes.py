"""What a runtime's name means on this machine: its interpreter, the command of an environment, its variables.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from limen.functions.interpreters import Interpreter, NodeInterpreter, PythonInterpreter, find_node, find_python
from limen.functions.virtual_environments import find_site_packages

BOOTSTRAPS = Path(__file__).parent / "bootstraps"

SOCKET_VARIABLE = "_LIMEN_RUNTIME_SOCKET"
"""Path of the Runtime API's Unix socket. Our runtimes prefer it to AWS_LAMBDA_RUNTIME_API and then send the next
request for work in the same packet as a response."""

PYTHON_VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
NODE_VERSIONS = ("16", "18", "20", "22", "24")
CUSTOM = ("provided", "provided.al2", "provided.al2023")
NAMES = (
    *(f"python{version}" for version in PYTHON_VERSIONS),
    *(f"nodejs{version}.x" for version in NODE_VERSIONS),
    *CUSTOM,
)

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class UnknownRuntimeError(Exception):
    """There is no such runtime, or nothing on this machine that could run it. Its text is for the user."""


class RuntimeStartError(Exception):
    """The command of an environment cannot be made: what AWS would report as the error of the init phase."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Place(Struct, frozen=True, kw_only=True):
    """Where the code is: on this machine, and for the process that runs it."""

    code: Path
    layers: Path | None = None
    """The layers laid over each other."""
    is_live: bool = False
    """`code` is a directory of the user's: a `.venv` of its project serves the function."""
    task_root: str = "/var/task"
    opt: str = "/opt"


class Command(Struct, frozen=True, kw_only=True):
    """How an environment is started."""

    argv: tuple[str, ...]
    defaults: dict[str, str]
    """Variables that those of the function go over."""
    variables: dict[str, str]
    """Variables that go over those of the function."""


class Runtime(Struct, frozen=True, kw_only=True):
    """A runtime that this machine can run."""

    name: str
    note: str = ""
    """What the log says when an environment starts: the interpreter is not the one that was asked for."""
    interpreter: Interpreter | None = None
    """None for custom runtimes, which bring their own."""

    def command(
        self, handler: str, place: Place, variables: Mapping[str, str], debug_port: int | None = None
    ) -> Command:
        """Of a function with these variables, AWS_LAMBDA_... included; with a port a debugger is waited for there.

        Raises RuntimeStartError.
        """
        private = {"_HANDLER": handler, "LAMBDA_TASK_ROOT": place.task_root, "_LIMEN_OPT": place.opt}
        defaults = {
            "PATH": f"{SYSTEM_PATH}:{place.opt}/bin",
            "LD_LIBRARY_PATH": f"{place.task_root}:{place.task_root}/lib:{place.opt}/lib",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        }
        if self.interpreter is None:
            return Command(argv=(find_bootstrap(place),), defaults=defaults, variables=private)
        if isinstance(self.interpreter, PythonInterpreter):
            argv = python_command(self.interpreter, place, private, debug_port)
        else:
            memory_size = variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
            argv = node_command(self.interpreter, place, defaults, private, memory_size, debug_port)
        defaults["PATH"] = f"{Path(self.interpreter.executable).parent}:{defaults['PATH']}"
        wrapper = variables.get("AWS_LAMBDA_EXEC_WRAPPER")
        return Command(argv=(wrapper, *argv) if wrapper else argv, defaults=defaults, variables=private)


def find_runtime(name: str, overrides: Mapping[str, str]) -> Runtime:
    """`overrides` is `[functions.runtimes]`: runtime names and the interpreters to run them with.

    Asks an interpreter for its version where it has not been asked yet (50 ms): call it in a thread. Raises
    UnknownRuntimeError.
    """
    if name in CUSTOM:
        return Runtime(name=name)
    if name not in NAMES:
        raise UnknownRuntimeError(f"runtime {name!r} is not one that Limen runs: {', '.join(NAMES)}")
    find = find_python if name.startswith("python") else find_node
    try:
        interpreter, note = find(name, overrides.get(name))
    except LookupError as error:
        raise UnknownRuntimeError(f"runtime {name!r}: {error}") from error
    return Runtime(name=name, interpreter=interpreter, note=note)


class Runtimes:
    """Finds runtimes in threads. `overrides` is `[functions.runtimes]`."""

    def __init__(self, overrides: Mapping[str, str]) -> None:
        self._overrides = overrides
        self._looked_for: dict[str, asyncio.Task[Runtime]] = {}
        """Those that are being looked for: whoever wants the same waits with them."""

    def look_ahead(self, names: Iterable[str]) -> None:
        """Finds out now what an interpreter is, rather than when its first function is called: 100 ms earlier.

        What goes wrong is told to whoever wants the runtime then.
        """
        for name in names:
            self._look(name).add_done_callback(lambda task: task.cancelled() or task.exception())

    async def find(self, name: str) -> Runtime:
        """Raises UnknownRuntimeError."""
        return await asyncio.shield(self._look(name))

    def _look(self, name: str) -> asyncio.Task[Runtime]:
        task = self._looked_for.get(name)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(find_runtime, name, self._overrides), name=f"find {name}")
            self._looked_for[name] = task
            task.add_done_callback(lambda _: self._looked_for.pop(name, None))
        return task


def python_command(
    interpreter: PythonInterpreter, place: Place, variables: dict[str, str], debug_port: int | None
) -> tuple[str, ...]:
    """The arguments; adds to `variables`."""
    site_packages = find_site_packages(place.code, interpreter.version) if place.is_live else None
    if site_packages is not None:
        variables["_LIMEN_SITE_PACKAGES"] = str(site_packages)
    flags = [] if interpreter.sees_site_packages and site_packages is None else ["-S"]
    if debug_port is not None:
        variables["_LIMEN_DEBUG_PORT"] = str(debug_port)
        # debugpy misses breakpoints in what the interpreter has frozen.
        flags += ["-X", "frozen_modules=off"]
    return (interpreter.executable, *flags, str(BOOTSTRAPS / "python" / "bootstrap.py"))


def node_command(
    interpreter: NodeInterpreter,
    place: Place,
    defaults: dict[str, str],
    variables: dict[str, str],
    memory_size: str | None,
    debug_port: int | None,
) -> tuple[str, ...]:
    """The arguments; adds to `defaults` and `variables`."""
    major = interpreter.version.split(".")[0]
    modules = f"{place.opt}/nodejs/node{major}/node_modules:{place.opt}/nodejs/node_modules"
    defaults["NODE_PATH"] = f"{modules}:{place.task_root}"
    flags = []
    if memory_size:
        # Without it Node.js lets garbage grow to gigabytes, and the function is killed for it.
        flags.append(f"--max-old-space-size={int(memory_size) * 9 // 10}")
    if debug_port is not None:
        variables["_LIMEN_DEBUG_PORT"] = str(debug_port)
        flags.append(f"--inspect=127.0.0.1:{debug_port}")
    return (interpreter.executable, *flags, str(BOOTSTRAPS / "node" / "bootstrap.mjs"))


def find_bootstrap(place: Place) -> str:
    """The program that a custom runtime is, as its process sees it."""
    candidates = [(place.code, place.task_root)]
    if place.layers is not None:
        candidates.append((place.layers, place.opt))
    for folder, seen_as in candidates:
        program = folder / "bootstrap"
        if program.is_file():
            if os.access(program, os.X_OK):
                return f"{seen_as}/bootstrap"
            problem = f"fork/exec {seen_as}/bootstrap: permission denied"
            raise RuntimeStartError("Runtime.InvalidEntrypoint", problem)
    looked_at = f"[{place.task_root}/bootstrap {place.opt}/bootstrap]"
    raise RuntimeStartError("Runtime.InvalidEntrypoint", f"Couldn't find valid bootstrap(s): {looked_at}")


def tell_debugger(runtime: Runtime, place: Place, port: int) -> str:
    """Where an editor attaches, in a line for the terminal."""
    kind = "debugpy" if isinstance(runtime.interpreter, PythonInterpreter) else "node"
    mapping = "" if str(place.code) == place.task_root else f"; {place.task_root} is {place.code}"
    return f"attach a debugger ({kind}) to 127.0.0.1:{port}{mapping}"
