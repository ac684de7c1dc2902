"""What our runtimes do when nobody is there to give them work."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from limen.functions.runtimes import SOCKET_VARIABLE, Place, find_runtime

PYTHON = ("python{}.{}".format(*sys.version_info), "app.py", "def handler(event, context): pass\n")
NODE = ("nodejs20.x", "app.js", "exports.handler = async () => {};")


@pytest.mark.parametrize(("runtime", "file", "code"), [PYTHON, NODE])
def test_a_process_ends_quietly_with_its_host(runtime: str, file: str, code: str, tmp_path: Path) -> None:
    if shutil.which("node") is None and runtime.startswith("node"):
        pytest.skip("node is not on PATH")
    (tmp_path / file).write_text(code)
    command = find_runtime(runtime, {}).command("app.handler", Place(code=tmp_path, task_root=str(tmp_path)), {})
    with socket.socket(socket.AF_UNIX) as host:
        host.bind(str(tmp_path / "api.sock"))
        host.listen()
        host.settimeout(20)
        variables = {**command.defaults, **command.variables, SOCKET_VARIABLE: str(tmp_path / "api.sock")}
        process = subprocess.Popen(command.argv, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        connection, _ = host.accept()
        connection.recv(1024)
        connection.close()

        assert process.communicate(timeout=20) == (b"", None)
        assert process.returncode == 1
