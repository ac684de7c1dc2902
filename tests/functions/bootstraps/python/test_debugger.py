"""Python functions under debugpy."""

import sys

import pytest

from limen.functions.debug_ports import find_debug_port
from limen.functions.runtimes import find_runtime
from tests.support.debug_adapter import Editor
from tests.support.running_function import running

RUNTIME = "python{}.{}".format(*sys.version_info)
CODE = "def handler(event, context):\n    answer = event + 1\n    return answer\n"


def test_a_breakpoint_stops_the_handler() -> None:
    overrides = {RUNTIME: sys.executable}
    port = find_debug_port(find_runtime(RUNTIME, overrides))
    with running({"app.py": CODE}, "app.handler", RUNTIME, overrides=overrides, debug_port=port) as function:
        assert function.process.stdout is not None
        assert function.process.stdout.readline().decode() == f"debugpy waits for an editor at 127.0.0.1:{port}\n"
        editor = Editor(port)
        editor.stop_at(function.code / "app.py", 2)
        function.peer.send(b"1", "r-1", {})

        assert editor.wait_for_stop() == 2
        assert function.peer.answers.get(timeout=20).body == b"2"
        editor.close()


def test_a_function_without_debugpy_says_where_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with running({"app.py": CODE}, "app.handler", RUNTIME, debug_port=5678) as function:
        error = function.init_error()

    assert error["errorType"] == "Limen.DebuggerMissing"
    assert error["errorMessage"] == (
        "debugpy is not installed for this function: install it in the code, a layer, a .venv beside the code, "
        "or with a Python that [functions.runtimes] names"
    )
