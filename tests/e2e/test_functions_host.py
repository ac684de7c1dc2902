"""The functions host as a process of a real server: what starts it, what ends it, and that nothing is lost."""

import io
import os
import signal
import threading
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from limen.data_dir import DataDirectory
from limen.functions.event_records import Event, keep_events
from tests.e2e.conftest import StartLimen
from tests.functions.hosting import arn_of
from tests.support.invoker import Invoked, invoke
from tests.support.limen_process import LimenProcess, wait_until

HOST = "limen.functions_host"
HELLO = "import os, time\ndef handler(event, context):\n    return {'event': event, 'version': 0}\n"
NAPPING = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event\n"


def zipped(source: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", source)
    return file.getvalue()


def create(limen: LimenProcess, name: str = "hello", source: str = HELLO, **fields: Any) -> None:
    limen.client("lambda").create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.11",
            "Handler": "app.handler",
            "Role": "arn:aws:iam::000000000000:role/any",
            "Code": {"ZipFile": zipped(source)},
            **fields,
        }
    )


def call(limen: LimenProcess, name: str, payload: bytes = b"{}", **headers: Any) -> Invoked:
    """By the socket that the gateway workers use."""
    return invoke(DataDirectory(limen.data_directory).functions_socket(), arn_of(name), payload, **headers)


def test_no_host_runs_until_a_function_is_invoked(start_limen: StartLimen) -> None:
    limen = start_limen()
    create(limen)
    assert limen.pids_of(HOST) == []

    assert call(limen, "hello", b'{"a":1}').json == {"event": {"a": 1}, "version": 0}
    (first,) = limen.pids_of(HOST)

    os.kill(first, signal.SIGKILL)
    limen.wait_for_log("was killed by SIGKILL; the next call starts it again")
    assert call(limen, "hello").status == 200
    (second,) = limen.pids_of(HOST)
    assert second != first


def test_who_calls_a_host_that_cannot_start_is_told_at_once(start_limen: StartLimen) -> None:
    limen = start_limen()
    create(limen)
    in_its_way = limen.data_directory / "functions" / "root"
    in_its_way.write_text("")

    answers = [call(limen, "hello", timeout=5) for _ in range(20)]

    assert {(answer.status, answer.headers["x-amzn-errortype"]) for answer in answers} == {(500, "ServiceException")}
    assert limen.log.count("the next call starts it again") < 6

    in_its_way.unlink()
    wait_until(lambda: call(limen, "hello").status == 200, 20, lambda: f"it is not started again: {limen.log}")


def test_what_runs_may_end_when_the_server_stops(start_limen: StartLimen) -> None:
    limen = start_limen()
    create(limen, "napping", NAPPING)
    assert call(limen, "napping", b"0").status == 200
    with ThreadPoolExecutor() as pool:
        running = pool.submit(call, limen, "napping", b"1")
        time.sleep(0.3)
        assert limen.stop() == 0
        assert running.result().body == b"1"
    assert limen.pids_of(HOST) == []


def test_a_hand_over_loses_no_invocation(start_limen: StartLimen) -> None:
    limen = start_limen()
    create(limen)
    assert call(limen, "hello").status == 200
    (first,) = limen.pids_of(HOST)
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def call_again_and_again() -> None:
        while not stop.is_set():
            statuses[call(limen, "hello").status] += 1

    with ThreadPoolExecutor() as pool:
        callers = [pool.submit(call_again_and_again) for _ in range(2)]
        limen.signal(signal.SIGHUP)
        wait_until(lambda: first not in limen.pids_of(HOST), 30, lambda: f"it still runs: {limen.log}")
        stop.set()
        for caller in callers:
            caller.result()

    assert set(statuses) == {200}
    assert len(limen.pids_of(HOST)) == 1


def test_asynchronous_invocations_go_on_behind_a_hand_over(start_limen: StartLimen) -> None:
    limen = start_limen()
    create(
        limen,
        "napping",
        "import time\ndef handler(event, context):\n    time.sleep(0.2)\n    print(f'did-{event}-it')\n",
    )
    limen.client("lambda").put_function_concurrency(FunctionName="napping", ReservedConcurrentExecutions=1)
    for number in range(10):
        assert call(limen, "napping", b"%d" % number, X_Amz_Invocation_Type="Event").status == 202

    limen.signal(signal.SIGHUP)

    logs = limen.data_directory / "functions" / "logs"

    def are_done() -> bool:
        logged = b"".join(path.read_bytes() for path in logs.rglob("*") if path.is_file())
        return all(b"did-%d-it" % number in logged for number in range(10))

    wait_until(are_done, 30, lambda: f"not all were run: {limen.log}")


def test_no_invocation_is_lost_while_code_is_updated_under_load(start_limen: StartLimen) -> None:
    limen = start_limen()
    source = "def handler(event, context):\n    return %d\n"
    create(limen, "counted", source % 0)
    client = limen.client("lambda")
    answers: list[Invoked] = []
    stop = threading.Event()

    def call_again_and_again() -> None:
        while not stop.is_set():
            answers.append(call(limen, "counted"))

    with ThreadPoolExecutor() as pool:
        callers = [pool.submit(call_again_and_again) for _ in range(4)]
        for number in range(1, 51):
            client.update_function_code(FunctionName="counted", ZipFile=zipped(source % number))
        assert call(limen, "counted").body == b"50"
        stop.set()
        for caller in callers:
            caller.result()

    failed = [answer for answer in answers if answer.status != 200 or "x-amz-function-error" in answer.headers]
    assert failed == []


def test_live_code_is_live_when_it_is_saved(start_limen: StartLimen, tmp_path: Path) -> None:
    limen = start_limen()
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("def handler(event, context):\n    return 1\n")
    create(limen, "live", Code={"S3Bucket": "local-directory", "S3Key": str(code)})
    assert call(limen, "live").body == b"1"

    (code / "app.py").write_text("def handler(event, context):\n    return 2\n")

    wait_until(lambda: call(limen, "live").body == b"2", 5, lambda: "the old code still runs")


def test_kept_invocations_need_no_other_to_be_run(start_limen: StartLimen, tmp_path: Path) -> None:
    limen = start_limen()
    create(limen, "napping", NAPPING)
    limen.stop()
    keep_events(tmp_path / "data" / "functions", [Event(arn_of("napping"), b"0", "kept-one", "", time.time())])

    limen = start_limen()

    logs = tmp_path / "data" / "functions" / "logs"
    wait_until(
        lambda: any(b"kept-one" in path.read_bytes() for path in logs.rglob("*") if path.is_file()),
        20,
        lambda: f"it was not run: {limen.log}",
    )


def test_an_asynchronous_invocation_that_waits_outlives_the_server(start_limen: StartLimen, tmp_path: Path) -> None:
    limen = start_limen()
    create(limen, "failing", "def handler(event, context):\n    raise ValueError(event)\n")
    assert call(limen, "failing", b'"x"', X_Amz_Invocation_Type="Event").status == 202
    logs = tmp_path / "data" / "functions" / "logs"
    wait_until(
        lambda: any(b"REPORT" in path.read_bytes() for path in logs.rglob("*") if path.is_file()),
        20,
        lambda: f"it was not run: {limen.log}",
    )

    assert limen.stop() == 0

    assert len(list((tmp_path / "data" / "functions" / "events").glob("*.events"))) == 1
    assert "1 asynchronous invocations are kept for the next start" in limen.log


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [("nobody", 404, "ResourceNotFoundException"), ("hello", 403, "AccessDeniedException")],
)
def test_what_may_not_be_invoked(limen: LimenProcess, name: str, status: int, error: str) -> None:
    if name == "hello":
        create(limen, name)
    source = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets"
    answer = call(limen, name, X_Limen_Source_Arn=source)
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (status, error)
