"""What a function can see and do of the machine it runs on. Skipped where the kernel gives no namespaces."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from limen.functions import runtimes
from limen.functions.records import Code
from tests.support.environments import Bench, invocation, invoke, run


def has_namespaces() -> bool:
    probe = ["unshare", "-Ur", "true"]
    return sys.platform == "linux" and subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not has_namespaces(), reason="no user namespaces here")


def told(tmp_path: Path, expression: str, **version: Any) -> Any:
    """What an expression gives in a handler."""
    answers: list[Any] = []

    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            "import os, socket, subprocess\ndef attempt(do, *arguments):\n    try:\n        return do(*arguments)\n"
            "    except Exception as error:\n        return type(error).__name__\n"
            f"def handler(event, context):\n    return {expression}\n",
            timeout=20, **version,
        )  # fmt: skip
        answers.append(json.loads(outcome.payload))

    run(tmp_path, test)
    return answers[0]


def test_secrets_are_out_of_sight(tmp_path: Path) -> None:
    paths = [str(tmp_path / "data/secret"), "/etc/shadow", "/proc/1/environ"]

    found = told(tmp_path, f"[attempt(lambda: open(path).read()) for path in {paths}]")

    assert found[0] == "FileNotFoundError"
    assert found[1] in ("", "PermissionError", "FileNotFoundError")
    assert found[2] in ("", "PermissionError")


def test_nothing_but_tmp_can_be_written(tmp_path: Path) -> None:
    paths = [
        "/var/task/x",
        "/opt/x",
        "/x",
        "/usr/x",
        "/etc/x",
        "/var/runtime/x",
        "/dev/x",
        "/proc/sys/kernel/core_pattern",
    ]

    found = told(
        tmp_path, f"[attempt(lambda: open(path, 'w').write('x')) for path in {[*paths, '/tmp/x', '/dev/null']}]"
    )

    assert found[-2:] == [1, 1]
    assert set(found[:-2]) <= {"OSError", "PermissionError"}


def test_tmp_is_its_own_and_as_large_as_it_may_be(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        "[os.listdir('/tmp'), attempt(lambda: open('/tmp/x', 'wb', 0).write(bytes(9 << 20))),"
        " attempt(lambda: open('/tmp/x', 'ab', 0).write(bytes(1 << 20)))]",
        ephemeral_storage=8,
    )

    # Where the code of Limen, or the interpreter, lies below /tmp, its place is there.
    own = {path.parts[2] for path in (runtimes.BOOTSTRAPS, Path(sys.prefix)) if path.parts[:2] == ("/", "tmp")}
    assert set(found[0]) <= own
    assert found[1] in (8 << 20, "OSError")
    assert found[2] == "OSError"


def test_only_its_own_processes_exist_for_it(tmp_path: Path) -> None:
    found = told(
        tmp_path, "[[name for name in os.listdir('/proc') if name.isdigit()], attempt(os.kill, 1, 9), os.getpid()]"
    )

    assert (found[0], found[1], found[2]) == (["1", "2"], None, 2)  # the first of a namespace is immune to its others


def test_it_has_no_privileges_and_gains_none(tmp_path: Path) -> None:
    status = told(tmp_path, "open('/proc/self/status').read()")

    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"
    assert told(tmp_path / "again", "attempt(os.mknod, '/tmp/disk', 0o60600, 1)") == "PermissionError"


def test_it_holds_no_descriptor_but_its_own(tmp_path: Path) -> None:
    with (tmp_path / "open").open("w"):
        found = told(tmp_path, "[attempt(os.readlink, f'/proc/self/fd/{n}') for n in range(64)]")

    names = [name for name in found if name != "FileNotFoundError"]
    assert names[0] == "/dev/null"
    assert [name.partition(":")[0] for name in names[1:]] == ["pipe", "pipe", "pipe", "socket"]


def test_a_project_does_not_show_the_data_directory_in_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import os\ndef handler(event, context):\n    return os.listdir('/var/task/data')\n"
    )

    async def test(bench: Bench) -> None:
        assert (await bench.call(Code(directory=str(tmp_path)))).payload == b"[]"

    run(tmp_path, test)


def test_its_runtime_api_is_for_its_own_processes(tmp_path: Path) -> None:
    source = (
        "import os, urllib.request\ndef handler(address, context):\n"
        "    address = address or os.environ['AWS_LAMBDA_RUNTIME_API']\n"
        "    try:\n        return [os.environ['AWS_LAMBDA_RUNTIME_API'], urllib.request.urlopen("
        "f'http://{address}/2018-06-01/nothing', timeout=5).status]\n"
        "    except urllib.error.HTTPError as error:\n        return [address, error.code]\n"
        "    except OSError as error:\n        return [address, 'refused']\n"
    )

    async def test(bench: Bench) -> None:
        first, second = bench.environment(source, timeout=20), bench.environment(source, timeout=20)
        await asyncio.gather(first.start(), second.start())
        address, status = json.loads((await invoke(first, invocation(b'""'))).payload)
        assert status == 404
        assert json.loads((await invoke(second, invocation(json.dumps(address).encode()))).payload) == [
            address,
            "refused",
        ]
        host, port = address.split(":")
        with socket.create_connection((host, int(port))) as stranger:  # this process is none of its own either
            stranger.setblocking(False)
            with pytest.raises((ConnectionError, AssertionError)):
                assert await asyncio.get_running_loop().sock_recv(stranger, 1) != b""

    run(tmp_path, test)


def test_paths_that_settings_show_are_seen_and_not_written(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "model").write_text("weights")
    answers: list[Any] = []

    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            f"import os\ndef handler(event, context):\n    path = '{shared}/model'\n"
            "    return [open(path).read(), os.access(path, os.W_OK)]\n"
        )
        answers.append(json.loads(outcome.payload))

    run(tmp_path / "bench", test, visible=[str(shared)])
    assert answers == [["weights", False]]


def test_limen_may_lie_where_functions_see_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(runtimes.BOOTSTRAPS, tmp_path / "checkout")
    monkeypatch.setattr(runtimes, "BOOTSTRAPS", tmp_path / "checkout")

    assert told(tmp_path, "__import__('__main__').__file__") == str(tmp_path / "checkout/python/bootstrap.py")


def test_no_namespace_of_its_own_gives_capabilities_back(tmp_path: Path) -> None:
    found = told(tmp_path, "attempt(lambda: subprocess.run(['unshare', '-Urm', 'true'], check=True).returncode)")

    assert found == "CalledProcessError"


def test_empty_files_have_a_bound(tmp_path: Path) -> None:
    assert told(tmp_path, "os.statvfs('/tmp').f_files", ephemeral_storage=512) == 512 * 256
