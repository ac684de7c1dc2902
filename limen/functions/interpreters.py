"""The interpreters of this machine, asked once each for what they are."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

PYTHON_BOOTSTRAP = Path(__file__).parent / "bootstraps" / "python"

PROBE_TIMEOUT = 20.0
"""Seconds that an interpreter has to say its version: more than a slow disk takes."""

PYTHON_PROBE = """
import compileall, sys
compileall.compile_dir(sys.argv[1], quiet=2)
print(sys.executable, "{}.{}".format(*sys.version_info), sys.prefix, sep="\\n")
"""
"""Has our runtime compiled as well: where environments may not write, each would compile it anew, in 15 ms."""


class PythonInterpreter(Struct, frozen=True, kw_only=True):
    executable: str
    version: str
    """`3.11`."""
    sees_site_packages: bool
    """False where they are Limen's own, and nobody has named this interpreter for functions."""


class NodeInterpreter(Struct, frozen=True, kw_only=True):
    executable: str
    version: str
    """`20.11.1`."""


Interpreter = PythonInterpreter | NodeInterpreter


def find_python(name: str, named: str | None) -> tuple[PythonInterpreter, str]:
    """Of a runtime like `python3.12`: the one that the setting names, else the one of that name on PATH, else Limen's.

    Comes with a remark where it is not what was asked for. Raises LookupError where the setting names none.
    """
    wanted = name.removeprefix("python")
    if named is not None:
        interpreter = _python(named, is_named=True)
        return interpreter, _other_version(f"Python {interpreter.version}", interpreter.version == wanted, name)
    for candidate in _on_path(name):
        try:
            interpreter = _python(candidate)
        except LookupError:  # a shim of a version manager for a version that is not selected
            continue
        if interpreter.version == wanted:
            return interpreter, ""
    own = PythonInterpreter(
        executable=sys.executable, version="{}.{}".format(*sys.version_info), sees_site_packages=False
    )
    _probe_python(sys.executable, 0)
    return own, _other_version(f"Python {own.version} of Limen itself", own.version == wanted, name)


def find_node(name: str, named: str | None) -> tuple[NodeInterpreter, str]:
    """Of a runtime like `nodejs20.x`: the one that the setting names, else `node20` or `node` on PATH.

    Raises LookupError where there is none.
    """
    major = name.removeprefix("nodejs").removesuffix(".x")
    candidates = [named] if named is not None else [*_on_path(f"node{major}"), *_on_path("node")]
    problem = LookupError(f"there is no node on PATH: install Node.js, or name it in [functions.runtimes] as {name!r}")
    for candidate in candidates:
        try:
            version = _probe_node(candidate, _modified(candidate))
        except LookupError as error:
            problem = error
            continue
        node = NodeInterpreter(executable=candidate, version=version)
        return node, _other_version(f"Node.js {version}", version.split(".")[0] == major, name)
    raise problem


def _other_version(found: str, is_wanted: bool, name: str) -> str:
    return "" if is_wanted else f"{name} is not on this machine: the function runs on {found}"


def _on_path(name: str) -> Iterator[str]:
    for folder in os.get_exec_path():
        candidate = os.path.join(folder or ".", name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            yield os.path.abspath(candidate)


def _python(path: str, is_named: bool = False) -> PythonInterpreter:
    executable, version, prefix = _probe_python(path, _modified(path))
    sees_site_packages = is_named or prefix != sys.prefix
    return PythonInterpreter(executable=executable, version=version, sees_site_packages=sees_site_packages)


def _modified(path: str) -> int:
    """An interpreter that is replaced is asked again."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError as error:
        raise LookupError(f"{path} is not an interpreter: {error.strerror}") from error


@cache
def _probe_python(path: str, modified: int) -> tuple[str, str, str]:
    lines = _ask([path, "-I", "-c", PYTHON_PROBE, str(PYTHON_BOOTSTRAP)]).splitlines()
    if len(lines) != 3:
        raise LookupError(f"{path} is not a Python interpreter")
    return lines[0], lines[1], lines[2]


@cache
def _probe_node(path: str, modified: int) -> str:
    version = _ask([path, "--version"]).strip()
    if not version.startswith("v"):
        raise LookupError(f"{path} is not a Node.js interpreter")
    return version[1:]


def _ask(command: list[str]) -> str:
    try:
        finished = subprocess.run(  # noqa: S603 - named by the user's settings or on the user's PATH
            command, capture_output=True, text=True, timeout=PROBE_TIMEOUT, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise LookupError(f"{command[0]} does not run: {error}") from error
    return finished.stdout
