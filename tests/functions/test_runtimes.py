"""Names of runtimes, and the commands that they become."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from limen.functions import runtimes as runtimes_module
from limen.functions.interpreters import NodeInterpreter, PythonInterpreter
from limen.functions.runtimes import (
    Place,
    Runtime,
    Runtimes,
    RuntimeStartError,
    UnknownRuntimeError,
    find_runtime,
    tell_debugger,
)

OWN = "python{}.{}".format(*sys.version_info)
PYTHON = Runtime(
    name="python3.11",
    interpreter=PythonInterpreter(executable="/usr/bin/python3.11", version="3.11", sees_site_packages=False),
)
NODE = Runtime(name="nodejs20.x", interpreter=NodeInterpreter(executable="/usr/bin/node", version="20.1.0"))
CUSTOM = Runtime(name="provided.al2023")


def test_a_runtime_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownRuntimeError, match=r"runtime 'ruby3\.3' is not one that Limen runs: python3\.8, "):
        find_runtime("ruby3.3", {})


def test_the_interpreter_of_the_setting_comes_first() -> None:
    found = find_runtime("python3.9", {"python3.9": sys.executable})

    assert isinstance(found.interpreter, PythonInterpreter)
    assert found.interpreter.executable == sys.executable
    assert found.note.startswith("python3.9 is not on this machine: the function runs on Python 3.")


@pytest.mark.parametrize("named", ["/nowhere/python", "/bin/false", "/bin/echo"])
def test_what_is_no_interpreter_is_named(named: str) -> None:
    with pytest.raises(UnknownRuntimeError, match=f"runtime '{OWN}': {named} "):
        find_runtime(OWN, {OWN: named})


def test_limens_own_interpreter_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = find_runtime("python3.9", {})

    assert isinstance(found.interpreter, PythonInterpreter)
    assert (found.interpreter.executable, found.interpreter.sees_site_packages) == (sys.executable, False)
    assert "of Limen itself" in found.note


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, script in (("shims", "#!/bin/sh\nexit 127\n"), ("real", f'#!/bin/sh\nexec {sys.executable} "$@"\n')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / OWN).write_text(script)
        (tmp_path / folder / OWN).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/real:/bin")

    assert find_runtime(OWN, {}).note == ""


def test_node_is_found_or_missed_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\necho v21.3.0\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_runtime("nodejs20.x", {})

    assert found.interpreter == NodeInterpreter(executable=str(tmp_path / "node"), version="21.3.0")
    assert found.note == "nodejs20.x is not on this machine: the function runs on Node.js 21.3.0"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnknownRuntimeError, match=r"there is no node on PATH: install Node\.js"):
        find_runtime("nodejs20.x", {})


def test_a_command_carries_what_the_runtime_has_to_know(tmp_path: Path) -> None:
    command = PYTHON.command("app.handler", Place(code=tmp_path), {})

    assert command.argv[:2] == ("/usr/bin/python3.11", "-S")
    assert command.variables == {"_HANDLER": "app.handler", "LAMBDA_TASK_ROOT": "/var/task", "_LIMEN_OPT": "/opt"}
    assert command.defaults["PATH"] == "/usr/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin"
    assert command.defaults["LD_LIBRARY_PATH"] == "/var/task:/var/task/lib:/opt/lib"


def test_node_gets_its_modules_and_its_heap(tmp_path: Path) -> None:
    command = NODE.command("app.handler", Place(code=tmp_path), {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}, 9229)

    assert command.argv[:3] == ("/usr/bin/node", "--max-old-space-size=115", "--inspect=127.0.0.1:9229")
    assert command.defaults["NODE_PATH"] == "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/task"


def test_a_wrapper_goes_before_the_runtime(tmp_path: Path) -> None:
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}

    assert PYTHON.command("a.b", Place(code=tmp_path), variables).argv[:2] == ("/opt/wrap", "/usr/bin/python3.11")


def test_a_custom_runtime_is_its_bootstrap(tmp_path: Path) -> None:
    place = Place(code=tmp_path / "code", layers=tmp_path / "opt")
    for folder, seen in (("opt", "/opt/bootstrap"), ("code", "/var/task/bootstrap")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bootstrap").write_text("#!/bin/sh\n")
        (tmp_path / folder / "bootstrap").chmod(0o755)
        assert CUSTOM.command("x", place, {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}).argv == (seen,)


def test_a_custom_runtime_without_bootstrap_is_an_invalid_entrypoint(tmp_path: Path) -> None:
    with pytest.raises(RuntimeStartError) as raised:
        CUSTOM.command("x", Place(code=tmp_path), {})
    assert raised.value.error_type == "Runtime.InvalidEntrypoint"
    assert str(raised.value) == "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"

    (tmp_path / "bootstrap").write_text("")
    with pytest.raises(RuntimeStartError, match="fork/exec /var/task/bootstrap: permission denied"):
        CUSTOM.command("x", Place(code=tmp_path), {})


def test_an_editor_is_told_where_the_code_is(tmp_path: Path) -> None:
    assert tell_debugger(PYTHON, Place(code=tmp_path), 5678) == (
        f"attach a debugger (debugpy) to 127.0.0.1:5678; /var/task is {tmp_path}"
    )


def test_interpreters_are_absolute() -> None:
    found = find_runtime(OWN, {})

    assert isinstance(found.interpreter, PythonInterpreter)
    assert os.path.isabs(found.interpreter.executable)


def test_a_runtime_is_looked_for_once_by_all_who_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def look(name: str, overrides: dict[str, str]) -> Runtime:
        looked.append(name)
        time.sleep(0.05)
        return find_runtime(name, overrides)

    monkeypatch.setattr(runtimes_module, "find_runtime", look)

    async def run() -> None:
        runtimes = Runtimes({})
        runtimes.look_ahead([OWN, "ruby3.3"])
        found = await asyncio.gather(runtimes.find(OWN), runtimes.find(OWN))
        assert [runtime.name for runtime in found] == [OWN, OWN]
        assert sorted(looked) == [OWN, "ruby3.3"]
        with pytest.raises(UnknownRuntimeError):
            await runtimes.find("ruby3.3")

    asyncio.run(run())
