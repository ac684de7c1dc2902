"""The functions host as a process of a real server: started by the first invocation, after its death by the next."""

import os
import signal
from pathlib import Path

from limen.data_dir import DataDirectory
from limen.functions.event_records import Event, keep_events
from tests.e2e.conftest import StartLimen
from tests.functions.hosting import arn_of, function
from tests.support.functions_control import FunctionsControl
from tests.support.invoker import invoke
from tests.support.limen_process import wait_until


def test_no_host_runs_until_a_function_is_invoked(start_limen: StartLimen) -> None:
    limen = start_limen()
    data = DataDirectory(limen.data_directory)
    assert limen.pids_of("limen.functions_host") == []
    control = FunctionsControl(data.functions_control_socket(1), function())
    try:
        answer = invoke(data.functions_socket(), arn_of("nobody"))
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")
        assert answer.json == {"Type": "User", "message": f"Function not found: {arn_of('nobody')}"}
        (first,) = limen.pids_of("limen.functions_host")

        os.kill(first, signal.SIGKILL)
        limen.wait_for_log("was killed by SIGKILL; the next invocation starts it again")
        assert invoke(data.functions_socket(), arn_of("nobody")).status == 404
        (second,) = limen.pids_of("limen.functions_host")
        assert second != first
    finally:
        control.close()


def test_a_hand_over_replaces_the_host(start_limen: StartLimen) -> None:
    limen = start_limen()
    data = DataDirectory(limen.data_directory)
    controls = [FunctionsControl(data.functions_control_socket(number), function()) for number in (1, 2)]
    try:
        assert invoke(data.functions_socket(), arn_of("nobody")).status == 404
        (first,) = limen.pids_of("limen.functions_host")
        limen.signal(signal.SIGHUP)
        wait_until(
            lambda: first not in limen.pids_of("limen.functions_host"), 30, lambda: f"it still runs: {limen.log}"
        )
        assert invoke(data.functions_socket(), arn_of("nobody")).status == 404
        assert len(limen.pids_of("limen.functions_host")) == 1
    finally:
        for control in controls:
            control.close()


def test_kept_invocations_need_no_other_to_be_run(start_limen: StartLimen, tmp_path: Path) -> None:
    directory = tmp_path / "data" / "functions"
    directory.mkdir(parents=True)
    (tmp_path / "data").chmod(0o700)
    keep_events(directory, [Event(arn_of("hello"), b"{}", "r", "", 9e9)])
    limen = start_limen()
    control = FunctionsControl(DataDirectory(limen.data_directory).functions_control_socket(1))
    try:
        limen.wait_for_log(f"event r is dropped: Function not found: {arn_of('hello')}")
    finally:
        control.close()
