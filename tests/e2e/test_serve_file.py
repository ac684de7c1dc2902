"""`limen serve FILE`: the API of a file, at once, and again whenever the file is saved."""

import os
import re
import signal
from pathlib import Path
from urllib.parse import parse_qs

from tests.e2e.conftest import StartLimen
from tests.support.apis import write_openapi
from tests.support.limen_process import wait_until
from tests.support.recording_backend import RecordingBackend
from tests.support.steady_load import SteadyLoad

EXAMPLE = Path(__file__).parents[2] / "examples" / "orders" / "openapi.yaml"


def example_for(backend: RecordingBackend, directory: Path) -> Path:
    """The example of the README in front of a backend of the test."""
    file = directory / "openapi.yaml"
    file.write_text(EXAMPLE.read_text().replace("http://127.0.0.1:9001", backend.url))
    return file


def test_the_example_answers_on_the_bare_host(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    limen = start_limen(example_for(backend, tmp_path))

    answer = limen.get("/orders/42")

    assert (answer.status, answer.json["target"]) == (200, "/orders/42")
    limen.wait_for_log("ready: https://")


def test_the_example_maps_parameters_both_ways(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    limen = start_limen(example_for(backend, tmp_path))

    answer = limen.get("/orders?status=open")

    assert answer.header("x-served-by")
    assert parse_qs(backend.last.target.partition("?")[2]) == {"status": ["open"], "stage": ["$default"]}
    assert backend.last.header("x-gateway-request")


def test_a_second_start_keeps_the_id_of_the_file(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    file = write_openapi(tmp_path / "api.json", {"/a": backend.url})
    first = start_limen(file)
    [api] = first.client().get_apis()["Items"]
    first.stop()

    second = start_limen(file)

    assert [each["ApiId"] for each in second.client().get_apis()["Items"]] == [api["ApiId"]]
    assert second.get("/a").status == 200


def test_a_saved_file_is_live_without_a_failed_request(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    file = write_openapi(tmp_path / "api.json", {"/a": f"{backend.url}/a"})
    limen = start_limen(file, "--watch", workers=2)
    prober = limen.caller()

    with SteadyLoad(limen.caller, "/a") as load:
        for number in range(5):
            write_openapi(file, {"/a": f"{backend.url}/a", f"/b{number}": f"{backend.url}/b"})
            wait_until(
                lambda number=number: prober.get(f"/b{number}").status == 200, 3, lambda: f"not live: {limen.log}"
            )

    assert load.failures == []
    assert load.count > 50


def test_a_broken_file_keeps_the_old_api_and_says_where(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    file = write_openapi(tmp_path / "api.json", {"/a": f"{backend.url}/a"})
    limen = start_limen(file, "--watch")

    file.write_text('{"openapi": "3.0.1",\n  "paths": {,}\n}')

    wait_until(lambda: re.search(r"api\.json:2:\d+", limen.log) is not None, 5, lambda: f"no place: {limen.log}")
    assert limen.get("/a").status == 200


def test_a_broken_file_does_not_replace_the_old_api_when_processes_start_again(
    start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    file = write_openapi(tmp_path / "api.json", {"/a": f"{backend.url}/a"})
    limen = start_limen(file)
    before = {*limen.worker_pids(), *limen.control_pids()}
    file.write_text("broken")

    limen.signal(signal.SIGHUP)
    wait_until(lambda: not before & {*limen.worker_pids(), *limen.control_pids()}, 20, lambda: limen.log)
    assert limen.get("/a").status == 200

    [control] = limen.control_pids()
    os.kill(control, signal.SIGKILL)
    wait_until(lambda: limen.control_pids() not in ([], [control]), 10, lambda: limen.log)
    limen.wait_until_ready()
    assert limen.get("/a").status == 200
    assert limen.log.count("api.json is not deployed; what was served before stays") == 2


def test_a_store_that_cannot_be_opened_stops_the_start(start_limen: StartLimen, tmp_path: Path) -> None:
    limen = start_limen("--store", f"sqlite:///{tmp_path}/missing/limen.db", wait=False)

    assert limen.process.wait(timeout=20) == 1
    assert limen.log.splitlines() == [f"limen: cannot open {tmp_path}/missing/limen.db: No such file or directory"]


def test_a_file_that_cannot_be_served_stops_the_start(start_limen: StartLimen, tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 3.0.1\npaths: [\n")

    limen = start_limen(file, wait=False)

    assert limen.process.wait(timeout=20) == 1
    assert "api.yaml" in limen.log
    assert "Traceback" not in limen.log


def test_routes_lists_what_is_served(start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend) -> None:
    limen = start_limen(example_for(backend, tmp_path))

    table = limen.command("routes").stdout

    assert "GET /orders/{id}" in table
    assert f"{backend.url}/orders/{{id}}" in table


def test_status_names_the_workers(start_limen: StartLimen) -> None:
    limen = start_limen(workers=2)

    status = limen.command("status").stdout

    assert all(str(pid) in status for pid in limen.worker_pids())


def test_check_classifies_every_property(start_limen: StartLimen, tmp_path: Path) -> None:
    limen = start_limen()

    checked = limen.command("check", EXAMPLE)

    assert checked.returncode == 0
    assert "enforced" in checked.stdout
