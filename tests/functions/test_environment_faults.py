"""What functions do wrong: each ends with AWS's message, and nothing of them survives."""

import asyncio
import json
import os
import re
import socket
from pathlib import Path

import pytest

from limen.functions import environment as environment_module
from limen.functions import process as process_module
from limen.functions import surroundings as surroundings_module
from tests.support.environments import Bench, invocation, invoke, log_of, run

ECHO = "def handler(event, context):\n    return event\n"
BOTH = pytest.mark.parametrize("isolates", [True, False])

CURL = "#!/bin/sh\napi=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\n"
"""A custom runtime begins so."""


def error_of(payload: bytes) -> tuple[str, str]:
    error = json.loads(payload)
    return error["errorType"], error["errorMessage"]


@BOTH
def test_a_handler_that_hangs_is_stopped(tmp_path: Path, isolates: bool) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment(
            "import time\ndef handler(event, context):\n    print('begun')\n    time.sleep(event)\n", timeout=1
        )
        await environment.start()
        outcome = await invoke(environment, invocation(b"30"))
        assert outcome.error == "Unhandled"
        assert error_of(outcome.payload) == (
            "Sandbox.Timedout", "RequestId: one Error: Task timed out after 1.00 seconds"
        )  # fmt: skip
        lines = outcome.log_tail.decode().splitlines()
        assert lines[1] == "begun"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z one Task timed out after 1\.00 seconds", lines[2])
        assert "Duration: 1000.00 ms\tBilled Duration: 1000 ms" in lines[4]
        assert lines[4].endswith("Status: timeout")
        assert not environment.is_alive
        assert (await invoke(environment, invocation(b"0", "two"))).payload == b"null"  # in a process of its own

    run(tmp_path, test, isolates=isolates)


@BOTH
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_a_handler_that_ends_its_process(tmp_path: Path, statement: str, reason: str, isolates: bool) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call(f"import os\ndef handler(event, context):\n    {statement}\n")
        assert (outcome.error, error_of(outcome.payload)) == (
            "Unhandled", ("Runtime.ExitError", f"RequestId: one Error: {reason}")
        )  # fmt: skip
        tail = outcome.log_tail.decode()
        assert f"RequestId: one Error: {reason}\nRuntime.ExitError\nEND RequestId: one\n" in tail
        assert tail.endswith("Status: error\tError Type: Runtime.ExitError\n")
        assert "Max Memory Used: 0 MB" not in tail

    run(tmp_path, test, isolates=isolates)


@BOTH
def test_a_handler_that_breaks_its_response_off(tmp_path: Path, isolates: bool) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment(
            "import os, socket, time\ndef handler(event, context):\n"
            "    host, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')\n"
            "    api = socket.create_connection((host, int(port)))\n"
            "    api.sendall(b'POST /2018-06-01/runtime/invocation/one/response HTTP/1.1\\r\\nHost: api\\r\\n'\n"
            "                b'Lambda-Runtime-Function-Response-Mode: streaming\\r\\n'\n"
            "                b'Transfer-Encoding: chunked\\r\\n\\r\\n1\\r\\na\\r\\n')\n"
            "    api.shutdown(socket.SHUT_WR)\n"
            "    time.sleep(20)\n"
        )
        await environment.start()
        outcome = await invoke(environment, invocation(on_piece=lambda piece: None))
        assert error_of(outcome.payload) == ("Runtime.TruncatedResponse", "HTTP request detected as truncated")
        assert outcome.log_tail.endswith(b"Status: error\tError Type: Runtime.TruncatedResponse\n")
        assert not environment.is_alive

    run(tmp_path, test, isolates=isolates)


@BOTH
def test_nothing_that_a_handler_started_survives(tmp_path: Path, isolates: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        source = (
            "import os, socket, time\n"
            "def handler(port, context):\n"
            "    if os.fork() == 0:\n"
            "        os.setsid()\n"
            "        if os.fork() == 0:\n"
            "            os.setsid()\n"
            "            line = socket.create_connection(('127.0.0.1', port))\n"
            "            line.send(b'alive')\n"
            "            time.sleep(600)\n"
            "        os._exit(0)\n"
            "    return 'done'\n"
        )

        async def test(bench: Bench) -> None:
            loop = asyncio.get_running_loop()
            environment = bench.environment(source)
            await environment.start()
            outcome = await invoke(environment, invocation(str(server.getsockname()[1]).encode()))
            assert outcome.payload == b'"done"'
            line, _ = await loop.sock_accept(server)
            with line:
                line.setblocking(False)
                assert await loop.sock_recv(line, 10) == b"alive"
                await environment.close()
                assert await asyncio.wait_for(loop.sock_recv(line, 10), 10) == b""

        run(tmp_path, test, isolates=isolates)


def test_a_flood_of_output_is_taken(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            "import sys\ndef handler(event, context):\n"
            "    for number in range(7000):\n        print(str(number).rjust(1023))\n"
            "    sys.stdout.buffer.write(b'\\xff\\x00\\xfe no text\\n' + b'x' * 600_000)\n    return 1\n",
            timeout=30,
        )
        assert (outcome.payload, outcome.error) == (b"1", "")
        assert len(outcome.log_tail) == 4096
        assert b"REPORT" in outcome.log_tail

    run(tmp_path, test)
    logged = log_of(tmp_path)
    assert " 6999" in logged
    assert " no text" in logged


def test_a_response_that_is_too_large_leaves_the_environment_alive(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment("def handler(event, context):\n    return 'x' * event\n", timeout=20)
        await environment.start()
        outcome = await invoke(environment, invocation(b"7340032"))
        assert outcome.error == "Unhandled"
        assert error_of(outcome.payload) == (
            "Function.ResponseSizeTooLarge",
            "Response payload size (7340034 bytes) exceeded maximum allowed payload size (6291556 bytes).",
        )
        assert (await invoke(environment, invocation(b"2"))).payload == b'"xx"'

    run(tmp_path, test)


@BOTH
def test_a_handler_that_eats_memory_is_killed(tmp_path: Path, isolates: bool) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            "import time\ndef handler(event, context):\n    hoard = []\n"
            "    while True:\n        hoard.append(bytearray(b'x' * 4_000_000))\n        time.sleep(0.01)\n",
            timeout=30,
        )
        assert error_of(outcome.payload) == (
            "Runtime.OutOfMemory", "RequestId: one Error: Runtime exited with error: signal: killed"
        )  # fmt: skip
        assert outcome.log_tail.endswith(b"Status: error\tError Type: Runtime.OutOfMemory\n")
        used = re.search(rb"Max Memory Used: (\d+) MB", outcome.log_tail)
        assert used is not None and int(used[1]) >= 128

    run(tmp_path, test, isolates=isolates)


def test_memory_that_is_reserved_at_once_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings_module, "HEADROOM_MB", 256)

    async def test(bench: Bench) -> None:
        outcome = await bench.call("def handler(event, context):\n    return len(bytearray(1_000_000_000))\n")
        assert error_of(outcome.payload)[0] == "MemoryError"

    run(tmp_path, test)


def test_a_handler_that_closes_every_descriptor(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call("import os\ndef handler(event, context):\n    os.closerange(3, 100)\n")
        assert error_of(outcome.payload)[0] == "Runtime.ExitError"

    run(tmp_path, test)


def test_a_process_that_ends_between_invocations_costs_none(tmp_path: Path) -> None:
    source = (
        "import os, threading, time\ndef end():\n    time.sleep(0.05)\n    os._exit(1)\n"
        "def handler(event, context):\n    if event:\n        threading.Thread(target=end).start()\n    return 1\n"
    )

    async def test(bench: Bench) -> None:
        environment = bench.environment(source)
        await environment.start()
        assert (await invoke(environment, invocation(b"true"))).payload == b"1"
        while environment.is_alive:
            await asyncio.sleep(0.01)
        assert (await invoke(environment, invocation(b"false"))).payload == b"1"
        assert environment.is_alive

    run(tmp_path, test)


def test_a_runtime_that_never_asks_for_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "INIT_TIMEOUT", 0.2)

    async def test(bench: Bench) -> None:
        outcome = await bench.call("#!/bin/sh\nsleep 60\n", runtime="provided.al2023", timeout=1)
        assert error_of(outcome.payload)[0] == "Sandbox.Timedout"

    run(tmp_path, test)


def test_a_runtime_that_answers_twice(tmp_path: Path) -> None:
    script = CURL + (
        "next() { id=$(curl -sSD - -o /tmp/event $api/invocation/next | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p'"
        " | tr -d '\\r'); }\n"
        "next\ncurl -sS -d first $api/invocation/$id/response\n"
        "second=$(curl -sS -d second $api/invocation/$id/response)\n"
        'next\ncurl -sS -d "$second" $api/invocation/$id/response\n'
    )

    async def test(bench: Bench) -> None:
        environment = bench.environment(script, runtime="provided", timeout=20)
        await environment.start()
        assert (await invoke(environment, invocation())).payload == b"first"
        refused = await invoke(environment, invocation(request_id="two"))
        assert error_of(refused.payload)[0] in ("InvalidStateTransition", "InvalidRequestID")

    run(tmp_path, test)


def test_a_bootstrap_that_cannot_be_run(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call("#!/no/such/shell\n", runtime="provided.al2")
        assert error_of(outcome.payload) == (
            "Runtime.InvalidEntrypoint",
            "RequestId: one Error: fork/exec /var/task/bootstrap: no such file or directory",
        )
        outcome = await bench.call(bench.code("other", ""), runtime="provided.al2")
        assert error_of(outcome.payload) == (
            "Runtime.InvalidEntrypoint",
            "RequestId: one Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        )

    run(tmp_path, test)


def test_an_environment_that_is_closed_at_work_says_so(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment("import time\ndef handler(event, context):\n    time.sleep(60)\n", timeout=90)
        await environment.start()
        invoking = asyncio.create_task(invoke(environment, invocation()))
        await asyncio.sleep(0.1)
        await environment.close()
        assert error_of((await invoking).payload)[0] == "Sandbox.Failure"
        assert error_of((await invoke(environment, invocation())).payload)[0] == "Sandbox.Failure"

    run(tmp_path, test)


def test_a_spawner_that_was_killed_is_started_again(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        spawner = bench.surroundings.spawner
        environment = bench.environment(ECHO)
        await environment.start()
        os.kill(spawner.pid, 9)
        while spawner.is_alive or environment.is_alive:
            await asyncio.sleep(0.01)
        outcome = await bench.call(ECHO)
        assert (outcome.payload, outcome.error) == (b"{}", "")

    run(tmp_path, test)


def test_what_a_handler_left_running_is_watched_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings_module, "IDLE_LOOK_INTERVAL", 0.05)

    async def test(bench: Bench) -> None:
        environment = bench.environment(
            "import threading, time\ndef eat():\n    hoard = []\n    time.sleep(0.2)\n    while True:\n"
            "        hoard.append(b'x' * 4_000_000 + bytes(1))\n        time.sleep(0.01)\n"
            "def handler(event, context):\n    threading.Thread(target=eat).start()\n"
        )
        await environment.start()
        assert (await invoke(environment, invocation())).error == ""
        async with asyncio.timeout(20):
            while environment.is_alive:
                await asyncio.sleep(0.01)

    run(tmp_path, test)


@BOTH
def test_a_handler_that_makes_too_many_processes_is_killed(
    tmp_path: Path, isolates: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By us, where it is root's and the kernel does not count them."""
    monkeypatch.setattr(process_module, "MOST_PROCESSES", 20)
    monkeypatch.setattr(surroundings_module, "MOST_PROCESSES", 20)

    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            "import os, time\ndef handler(event, context):\n    for _ in range(40):\n        if os.fork() == 0:\n"
            "            time.sleep(60)\n    time.sleep(60)\n",
            timeout=30,
            memory_size=4096,
        )
        assert outcome.error == "Unhandled"
        assert error_of(outcome.payload)[0] in ("Runtime.ExitError", "BlockingIOError")

    run(tmp_path, test, isolates=isolates)


def test_a_failure_of_ours_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(bench: Bench) -> None:
        def fail(*_: object) -> None:
            raise RecursionError

        monkeypatch.setattr(bench.surroundings, "view", fail)
        outcome = await asyncio.wait_for(bench.call(ECHO), 8)
        assert error_of(outcome.payload)[0] == "Sandbox.Failure"

    run(tmp_path, test)
