"""Execution environments with real processes: what a function gets, what comes back, what its log says."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from limen.functions import environment as environment_module
from limen.functions.records import Code
from tests.support.environments import ARN, PYTHON, Bench, invocation, invoke, log_of, run

ECHO = "def handler(event, context):\n    return event\n"


@pytest.mark.parametrize("isolates", [True, False])
def test_a_handler_is_called_again_and_again(tmp_path: Path, isolates: bool) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment(
            "import os\ncalls = 0\ndef handler(event, context):\n"
            "    global calls\n    calls += 1\n    print('call', calls)\n"
            "    return [event, calls, context.aws_request_id, context.invoked_function_arn]\n"
        )
        await environment.start()
        assert environment.is_alive
        for number in (1, 2, 3):
            outcome = await invoke(environment, invocation(b'{"a":1}', f"id-{number}"))
            assert (json.loads(outcome.payload), outcome.error) == ([{"a": 1}, number, f"id-{number}", ARN], "")
            lines = outcome.log_tail.decode().splitlines()
            assert lines[:3] == [
                f"START RequestId: id-{number} Version: $LATEST", f"call {number}", f"END RequestId: id-{number}"
            ]  # fmt: skip
            assert re.fullmatch(
                rf"REPORT RequestId: id-{number}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
                r"Memory Size: 128 MB\tMax Memory Used: \d+ MB\t"
                + (r"Init Duration: \d+\.\d\d ms\t" if number == 1 else ""),
                lines[3],
            )

    run(tmp_path, test, isolates=isolates)


def test_variables_are_those_of_aws_and_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the host")

    async def test(bench: Bench) -> None:
        outcome = await bench.call(
            "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
            environment={"GREETING": "hi", "AWS_REGION": "mars", "AWS_ENDPOINT_URL": "https://own"},
            memory_size=256,
        )
        variables = json.loads(outcome.payload)
        stream = variables.pop("AWS_LAMBDA_LOG_STREAM_NAME")
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", stream)
        assert re.fullmatch(r"127\.0\.0\.1:\d+", variables.pop("AWS_LAMBDA_RUNTIME_API"))
        assert {
            name: value for name, value in variables.items() if name not in ("PATH", "LD_LIBRARY_PATH", "LC_CTYPE")
        } == {
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_ENDPOINT_URL": "https://own",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{PYTHON}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_FUNCTION_NAME": "hello",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "Text",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hello",
            "AWS_REGION": "eu-west-1",
            "GREETING": "hi",
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LANG": "en_US.UTF-8",
            "PASSED": "to all",
            "TZ": ":UTC",
            "_HANDLER": "app.handler",
        }

    run(tmp_path, test, variables={"PASSED": "to all", "AWS_ENDPOINT_URL": "https://all"})


def test_what_the_handler_raises_is_its_answer(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment("def handler(event, context):\n    return 1 / event\n")
        await environment.start()
        outcome = await invoke(environment, invocation(b"0"))
        assert outcome.error == "Unhandled"
        assert json.loads(outcome.payload)["errorType"] == "ZeroDivisionError"
        assert b"[ERROR] ZeroDivisionError" in outcome.log_tail
        assert b"Status:" not in outcome.log_tail
        assert (await invoke(environment, invocation(b"2"))).payload == b"0.5"

    run(tmp_path, test)


def test_an_init_error_is_the_answer_to_who_waited(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        environment = bench.environment("import nothing_of_that_name\n")
        await environment.start()
        assert not environment.is_alive
        outcome = await invoke(environment, invocation())
        error = json.loads(outcome.payload)
        assert (outcome.error, error["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")
        assert "No module named 'nothing_of_that_name'" in error["errorMessage"]
        tail = outcome.log_tail.decode()
        assert "[ERROR] Runtime.ImportModuleError" in tail
        assert re.search(
            r"INIT_REPORT Init Duration: .* ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError", tail
        )
        assert tail.endswith("Status: error\tError Type: Runtime.ImportModuleError\n")

    run(tmp_path, test)


def test_an_init_that_takes_too_long_is_done_again_in_the_invocation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment_module, "INIT_TIMEOUT", 0.5)

    async def test(bench: Bench) -> None:
        environment = bench.environment("import time\ntime.sleep(1)\n" + ECHO, timeout=20)
        await environment.start()
        assert not environment.is_alive
        outcome = await invoke(environment, invocation(b"5"))
        assert (outcome.payload, outcome.error, environment.is_alive) == (b"5", "", True)
        assert (await invoke(environment, invocation(b"6"))).payload == b"6"
        assert b"Init Duration" not in outcome.log_tail

    run(tmp_path, test)
    assert re.search(r"INIT_REPORT Init Duration: 5\d\d\.\d\d ms\\tPhase: init\\tStatus: timeout", log_of(tmp_path))


def test_logs_in_json(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call("def handler(event, context):\n    print('x')\n", log_format="JSON")
        start, text, report = outcome.log_tail.decode().splitlines()
        assert text == "x"
        assert json.loads(start)["type"] == "platform.start"
        assert json.loads(start)["record"] == {"requestId": "one", "version": "$LATEST"}
        record = json.loads(report)["record"]
        assert json.loads(report)["type"] == "platform.report"
        assert (record["status"], record["metrics"]["memorySizeMB"]) == ("success", 128)
        assert record["metrics"]["initDurationMs"] > 1

    run(tmp_path, test)


def test_a_live_directory_runs_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import os\ndef handler(event, context):\n    return sorted(os.listdir('data'))\n")

    async def test(bench: Bench) -> None:
        outcome = await bench.call(Code(directory=str(tmp_path)))
        assert json.loads(outcome.payload) == []  # Limen's own data directory, of which functions see nothing

    run(tmp_path, test)


def test_layers_lie_in_opt(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        layers = (bench.code("python/shared.py", "word = 'layer'"), bench.code("bin/tool", "#!/bin/sh\necho tool"))
        outcome = await bench.call(
            "import shared, subprocess\n"
            "def handler(event, context):\n"
            "    return [shared.word, shared.__file__, subprocess.check_output('tool').decode()]\n",
            layers=layers,
        )
        assert json.loads(outcome.payload) == ["layer", "/opt/python/shared.py", "tool\n"]

    run(tmp_path, test)


def test_code_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def test(bench: Bench) -> None:
        outcome = await bench.call(Code(directory="/nowhere"))
        assert json.loads(outcome.payload) == {
            "errorType": "Sandbox.Failure",
            "errorMessage": "RequestId: one Error: the code directory /nowhere does not exist",
        }
        outcome = await bench.call(ECHO, runtime="cobol")
        assert "cobol" in json.loads(outcome.payload)["errorMessage"]

    run(tmp_path, test)


def test_a_runtime_that_goes_on_behind_its_answer_is_waited_for(tmp_path: Path) -> None:
    """In the time of its invocation: what takes longer is ended."""

    async def test(bench: Bench) -> None:
        environment = bench.environment(
            "#!/bin/sh\napi=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime\nwhile true; do\n"
            "id=$(curl -sD - -o /tmp/event $api/invocation/next | tr -d '\\r' |"
            " sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')\n"
            "curl -s -o /dev/null -d @/tmp/event $api/invocation/$id/response\nsleep $(cat /tmp/event)\ndone\n",
            runtime="provided.al2023",
            timeout=2,
        )
        await environment.start()
        freed: list[float] = []

        async def call(seconds: bytes) -> None:
            assert (await invoke(environment, invocation(seconds))).payload == seconds
            environment.when_free(lambda: freed.append(time.monotonic()))
            assert freed == []
            async with asyncio.timeout(10):
                while not freed:
                    await asyncio.sleep(0.01)
            freed.clear()

        await call(b"0.3")
        assert environment.is_alive
        await call(b"30")
        assert not environment.is_alive

    run(tmp_path, test)
