"""The processes of `limen serve`: killed, drained, replaced, and the store after each."""

import os
import resource
import signal
import threading
import time

from tests.e2e.conftest import StartLimen
from tests.support.apis import quick_create
from tests.support.client import Answer, tls_socket
from tests.support.limen_process import wait_until
from tests.support.recording_backend import RecordingBackend
from tests.support.steady_load import SteadyLoad


def test_a_killed_worker_is_started_again(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen()
    api_id = quick_create(limen.client(), backend.url)
    assert limen.caller(api_id).get("/").status == 200
    [killed] = limen.worker_pids()

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: limen.worker_pids() not in ([], [killed]), 10, lambda: limen.log)
    assert limen.caller(api_id).get("/").status == 200


def test_a_killed_control_process_leaves_the_workers_serving(
    start_limen: StartLimen, backend: RecordingBackend
) -> None:
    limen = start_limen()
    api_id = quick_create(limen.client(), backend.url)
    caller = limen.caller(api_id)
    assert caller.get("/").status == 200
    [worker] = limen.worker_pids()
    [control] = limen.control_pids()

    os.kill(control, signal.SIGKILL)

    assert caller.get("/").status == 200
    wait_until(lambda: limen.control_pids() not in ([], [control]), 10, lambda: limen.log)
    limen.wait_until_ready()
    assert limen.client().get_api(ApiId=api_id)["Name"] == "orders"
    assert limen.worker_pids() == [worker]


def test_apis_are_there_after_everything_was_killed(start_limen: StartLimen, backend: RecordingBackend) -> None:
    first = start_limen()
    api_id = quick_create(first.client(), backend.url)
    for pid in (first.process.pid, *first.worker_pids(), *first.control_pids()):
        os.kill(pid, signal.SIGKILL)
    first.process.wait(timeout=10)

    second = start_limen()

    assert second.caller(api_id).get("/orders").json["target"] == "/orders"


def test_sigterm_does_not_wait_for_idle_clients(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen()
    client = limen.client()
    caller = limen.caller(quick_create(client, backend.url))
    assert caller.get("/").status == 200

    # Both clients are still there, each with a connection that it keeps.
    assert limen.stop(timeout=8) == 0


def test_sigterm_lets_a_running_request_finish(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen()
    backend.script("/slow", body=b'"done"', delay=1.0)
    caller = limen.caller(quick_create(limen.client(), backend.url))
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(caller.get("/slow")))
    asking.start()
    wait_until(lambda: bool(backend.requests), 5, lambda: "the request did not arrive")

    code = limen.stop()

    asking.join(timeout=5)
    assert code == 0
    assert [(answer.status, answer.body) for answer in answers] == [(200, b'"done"')]


def test_sighup_replaces_all_processes_without_a_failed_request(
    start_limen: StartLimen, backend: RecordingBackend
) -> None:
    limen = start_limen(workers=2)
    api_id = quick_create(limen.client(), backend.url)
    before = set(limen.worker_pids())

    with SteadyLoad(lambda: limen.caller(api_id), "/") as load:
        time.sleep(0.3)
        limen.signal(signal.SIGHUP)
        wait_until(lambda: not before & set(limen.worker_pids()), 20, lambda: limen.log)
        time.sleep(0.3)

    assert load.failures == []
    assert len(limen.worker_pids()) == 2
    limen.wait_until_ready()
    assert limen.client().get_api(ApiId=api_id)["Name"] == "orders"


def test_a_hand_over_while_a_request_runs_is_no_failure(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen()
    backend.script("/slow", body=b'"done"', delay=1.0)
    caller = limen.caller(quick_create(limen.client(), backend.url))
    before = set(limen.worker_pids())
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(caller.get("/slow")))
    asking.start()
    wait_until(lambda: bool(backend.requests), 5, lambda: "the request did not arrive")

    limen.signal(signal.SIGHUP)

    wait_until(lambda: not before & set(limen.worker_pids()), 20, lambda: limen.log)
    asking.join(timeout=5)
    assert [(answer.status, answer.body) for answer in answers] == [(200, b'"done"')]
    logged = [line for line in limen.log.splitlines() if line and not line.startswith("admin:")]
    assert [line.partition(": ")[2] for line in logged] == ["starting a new set of processes"]


def test_more_clients_than_a_shell_allows_files(start_limen: StartLimen) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    try:
        limen = start_limen()  # inherits the low limit
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    clients = [tls_socket(limen.port, limen.ca) for _ in range(250)]

    assert limen.get("/").status == 403
    for client in clients:
        client.close()


def test_a_client_that_is_idle_for_long_does_not_delay_the_stop(start_limen: StartLimen) -> None:
    limen = start_limen()
    client = limen.client()
    client.get_apis()
    time.sleep(6)  # the server has begun to close its connection, and the client does not look

    assert limen.stop(timeout=8) == 0
    client.close()
