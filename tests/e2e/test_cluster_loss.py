"""A cluster that loses its database, finds it again or finds an older one; nodes that die, and that are replaced."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.apis import quick_create
from tests.support.client import Answer, Client
from tests.support.client_certificates import make_client, make_root
from tests.support.cluster_nodes import READY, Nodes, readiness, status, wait_for_store
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.postgres_server import PostgresServer, running_server
from tests.support.recording_backend import RecordingBackend
from tests.support.steady_load import SteadyLoad

GUARDED = "guarded.shop.test"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def nodes(tmp_path: Path, postgres: PostgresServer) -> Iterator[Nodes]:
    running = Nodes(tmp_path, postgres.make_database())
    try:
        for role, name in (("control", "c"), ("gateway", "g1"), ("gateway", "g2")):
            running.start(role, name)
        yield running
    finally:
        running.stop()


def guard(control: LimenProcess, api_id: str) -> tuple[str, str]:
    """Puts an API on a domain name with mutual TLS; the files of who is let in."""
    root = make_root()
    (control.directory / "clients.pem").write_text(root.pem)
    arguments = ("--api", api_id, "--stage", "$default", "--truststore", "clients.pem")
    control.command("domains", "add", GUARDED, *arguments)
    return make_client(root).write(control.directory)


def asked_of_domain(node: LimenProcess, ca: Path, certificate: tuple[str, str]) -> tuple[int, int]:
    """What who has the certificate is answered, and who has none."""
    known, unknown = (Client(node.port, ca, GUARDED, certificate=each) for each in (certificate, None))
    return known.get("/").status, unknown.get("/").status


def test_without_the_database_what_was_served_last_is_served(
    nodes: Nodes, postgres: PostgresServer, backend: RecordingBackend
) -> None:
    control, first, second = (nodes.running[name] for name in ("c", "g1", "g2"))
    api_id = quick_create(control.client(), backend.url)
    ana = guard(control, api_id)
    assert [asked_of_domain(node, control.ca, ana) for node in (first, second)] == [(200, 403)] * 2
    revision = status(control)["revision"]
    wait_until(lambda: len(list((first.data_directory / "snapshots").glob("*"))) == 2, 10, lambda: first.log)

    postgres.stop()
    wait_for_store(control, first, second, away=True)

    # A gateway goes on, says so, and stays ready; so does a worker that starts now, and a node that does.
    assert readiness(first).items() >= READY.items()
    assert f"serving revision {revision}" in readiness(first)["store"]
    assert first.caller(api_id).get("/").status == 200
    [worker] = first.worker_pids()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: first.worker_pids() not in ([], [worker]), 10, lambda: first.log)
    wait_until(lambda: _answers(first.caller(api_id)), 10, lambda: first.log)
    assert second.stop() == 0
    second = nodes.start("gateway", "g2")
    assert second.caller(api_id).get("/").status == 200
    assert asked_of_domain(second, control.ca, ana) == (200, 403)
    assert readiness(second)["store"].endswith(f"serving revision {revision} from disk")
    assert "serving revision" in second.log

    # Who changes something is told at once that it cannot be.
    assert not readiness(control)["ready"]
    began = time.monotonic()
    with pytest.raises(ClientError) as refused:
        control.client().create_api(Name="late", ProtocolType="HTTP")
    assert refused.value.response["Error"]["Code"] == "ServiceUnavailableException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert time.monotonic() - began < 3

    postgres.start()
    wait_for_store(control, first, second, away=False)

    later = quick_create(control.client(), backend.url, "later")
    wait_until(lambda: all(_answers(node.caller(later)) for node in (first, second)), 10, lambda: second.log)
    assert [readiness(node) for node in (first, second)] == [READY, READY]


def test_a_database_that_was_restored_is_served_as_it_is(
    nodes: Nodes, postgres: PostgresServer, backend: RecordingBackend
) -> None:
    control, first, second = (nodes.running[name] for name in ("c", "g1", "g2"))
    kept = quick_create(control.client(), backend.url, "kept")
    postgres.copy_database(nodes.url, "backup")
    wait_for_store(control, first, second, away=False)
    wait_until(lambda: _can_create(control, backend, "lost"), 10, lambda: control.log)
    lost = next(api["ApiId"] for api in control.client().get_apis()["Items"] if api["Name"] == "lost")
    wait_until(lambda: _answers(second.caller(lost)), 10, lambda: second.log)

    postgres.restore_database(nodes.url, "backup")

    wait_until(lambda: first.caller(lost).get("/").status == 403, 15, lambda: first.log)
    wait_until(lambda: second.caller(lost).get("/").status == 403, 15, lambda: second.log)
    assert _answers(first.caller(kept))
    wait_until(lambda: _can_create(control, backend, "new"), 10, lambda: control.log)
    new = next(api["ApiId"] for api in control.client().get_apis()["Items"] if api["Name"] == "new")
    wait_until(lambda: all(_answers(node.caller(new)) for node in (first, second)), 10, lambda: first.log)


def test_a_node_that_died_keeps_nobody_waiting_for_long(nodes: Nodes, backend: RecordingBackend) -> None:
    control, first, second = (nodes.running[name] for name in ("c", "g1", "g2"))
    for pid in (second.process.pid, *second.worker_pids(), *second.control_pids()):
        os.kill(pid, signal.SIGKILL)
    second.process.wait()

    def states() -> list[str]:
        return sorted(node["state"] for node in status(control)["nodes"])

    api_id = quick_create(control.client(), backend.url)
    assert first.caller(api_id).get("/").status == 200
    wait_until(lambda: states() == ["alive", "alive", "gone"], 15, lambda: str(states()))
    began = time.monotonic()
    quick_create(control.client(), backend.url)
    assert time.monotonic() - began < 1.0
    nodes.running.pop("g2")


def test_all_nodes_are_replaced_one_by_one_without_a_failed_request(nodes: Nodes, backend: RecordingBackend) -> None:
    control, first, second = (nodes.running[name] for name in ("c", "g1", "g2"))
    api_id = quick_create(control.client(), backend.url)

    with SteadyLoad(lambda: _Balanced(nodes, ["g1", "g2"], api_id), "/", pause=0.01) as load:
        time.sleep(0.3)
        for node in (control, first, second):  # new code in the same place
            before = set(node.control_pids() + node.worker_pids())
            node.signal(signal.SIGHUP)
            wait_until(lambda: not before & set(node.control_pids() + node.worker_pids()), 30, lambda: node.log)  # noqa: B023
            node.wait_until_ready()
        for role, name in (("control", "c"), ("gateway", "g1"), ("gateway", "g2")):  # a node stops, and comes back
            assert nodes.running[name].stop() == 0
            nodes.start(role, name)
        time.sleep(0.3)

    assert load.failures == []
    assert load.count > 100
    assert _answers(nodes.running["g1"].caller(quick_create(nodes.running["c"].client(), backend.url)))


class _Balanced(Client):
    """A client behind a load balancer: a node that takes no connection is left for the other."""

    def __init__(self, nodes: Nodes, names: list[str], api_id: str) -> None:
        self._clients = [nodes.running[name].caller(api_id) for name in names]
        if threading.get_ident() % 2:
            self._clients.reverse()

    def get(self, path: str, **headers: str) -> Answer:
        for client in list(self._clients):
            try:
                return client.get(path, **headers)
            except ConnectionRefusedError:
                self._clients.remove(client)
                self._clients.append(client)
            except http.client.RemoteDisconnected:  # an idle connection that was closed: nothing was sent on it
                return client.get(path, **headers)
        raise ConnectionRefusedError("no node takes a connection")

    def close(self) -> None:
        for client in self._clients:
            client.close()


def _answers(caller: Client) -> bool:
    try:
        return caller.get("/").status == 200
    except OSError:
        return False
    finally:
        caller.close()


def _can_create(control: LimenProcess, backend: RecordingBackend, name: str) -> bool:
    try:
        quick_create(control.client(), backend.url, name)
    except ClientError:
        return False
    return True
