"""Several nodes on one PostgreSQL: what a control node is told all gateway nodes serve."""

import contextlib
import json
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.apis import create_api, quick_create
from tests.support.cluster_nodes import READY, Nodes, readiness, status
from tests.support.function_apis import create_function, open_front
from tests.support.invoices import create_invoices
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.postgres_server import running_server
from tests.support.recording_backend import RecordingBackend
from tests.support.zips import make_zip


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with running_server() as postgres:
        running = Nodes(tmp_path_factory.mktemp("cluster"), postgres.make_database())
        try:
            for role, name in (("control", "c"), ("gateway", "g1"), ("gateway", "g2")):
                running.start(role, name)
            yield running
        finally:
            running.stop()


@pytest.fixture
def control(nodes: Nodes) -> LimenProcess:
    return nodes.running["c"]


@pytest.fixture
def gateways(nodes: Nodes) -> list[LimenProcess]:
    return [nodes.running["g1"], nodes.running["g2"]]


def test_what_a_control_node_is_told_every_gateway_serves(
    control: LimenProcess, gateways: list[LimenProcess], backend: RecordingBackend
) -> None:
    for _ in range(5):
        api_id = quick_create(control.client(), backend.url)

        # At once: the answer waited for the gateways.
        assert [gateway.caller(api_id).get("/").status for gateway in gateways] == [200, 200]


def test_status_tells_the_nodes_and_what_each_serves(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    def told() -> list[tuple[str, str, int]]:
        return [(node["role"], node["state"], node["revision"]) for node in status(control)["nodes"]]

    revision = status(control)["revision"]
    expected = [("control", "alive", revision), ("gateway", "alive", revision), ("gateway", "alive", revision)]
    wait_until(lambda: told() == expected, 5, lambda: str(told()))
    printed = gateways[0].command("status").stdout
    assert "NODE" in printed
    assert printed.count("alive") == 3
    assert printed.count("(this one)") == 1


@pytest.mark.parametrize("name", ["api.shop.test", "api.shop.dev"])
def test_every_node_trusts_what_a_node_issues(control: LimenProcess, gateways: list[LimenProcess], name: str) -> None:
    acm = control.client("acm")
    made = acm.request_certificate(DomainName=name, KeyAlgorithm="EC_prime256v1")
    issuer = acm.get_certificate(CertificateArn=made["CertificateArn"])["CertificateChain"]

    def trusting() -> list[bool]:
        return [issuer in node.ca.read_text() for node in (control, *gateways)]

    assert trusting()[0], "at once where it was issued"
    wait_until(lambda: all(trusting()), 5, lambda: str(trusting()))


def test_each_node_is_ready_by_itself(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    assert readiness(control) == {"ready": True, "workers": 0, "expected": 0}
    assert [readiness(gateway) for gateway in gateways] == [READY, READY]


def test_a_gateway_has_no_aws_apis_and_says_where_they_are(gateways: list[LimenProcess]) -> None:
    with pytest.raises(ClientError, match="on nodes whose role is control or all"):
        gateways[0].client().get_apis()


def test_a_control_node_listens_on_no_port_of_apis(control: LimenProcess) -> None:
    assert control.worker_pids() == []


def test_functions_run_on_each_gateway_with_the_code_that_control_was_given(
    control: LimenProcess, gateways: list[LimenProcess]
) -> None:
    code = "import os\ndef handler(event, context):\n    return {'statusCode': 200, 'body': os.environ['NODE_ID']}\n"
    create_function(
        control, "hello", {"ZipFile": make_zip({"app.py": code})}, Environment={"Variables": {"NODE_ID": "any"}}
    )
    api_id = _id_of(open_front(control, "hello", "http-2.0"))

    answers = [gateway.caller(api_id).get("/x") for gateway in gateways]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"any"), (200, b"any")]


def test_user_pools_answer_on_gateways(control: LimenProcess, gateways: list[LimenProcess]) -> None:
    pool_id = control.client("cognito-idp").create_user_pool(PoolName="shop")["UserPool"]["Id"]

    answers = [gateway.get(f"/_auth/{pool_id}/.well-known/jwks.json") for gateway in gateways]

    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert len(answers[0].json["keys"]) > 0
    assert gateways[0].get("/_auth/us-east-1_000000000/login").status == 404


def test_a_method_is_tested_by_a_gateway(control: LimenProcess, backend: RecordingBackend) -> None:
    client = control.client("apigateway")
    backend.script("/bills", 200, (("Content-Type", "application/json"),), b'{"nr": 7}')
    named = create_invoices(client, backend.url)

    answer = client.test_invoke_method(
        **named, pathWithQueryString="/invoices/north?draft=1", body='{"amount": 3}', headers={"X-Customer": "ana"}
    )

    assert "Execution log" in answer["log"]


def test_requests_to_any_gateway_are_explained_by_control(
    control: LimenProcess, gateways: list[LimenProcess], backend: RecordingBackend
) -> None:
    api_id = create_api(control.client(), {"GET /orders": backend.url})
    control.command("explain", "--on", f"{api_id}/$default")
    callers = [gateway.caller(api_id) for gateway in gateways]

    def explained() -> bool:
        ids = {caller.get("/orders").header("apigw-requestid") for caller in callers}
        kept = {row["requestId"] for row in json.loads(control.command("explain", "--json").stdout)}
        return ids <= kept

    wait_until(explained, 10, lambda: control.log)


def test_the_cluster_port_refuses_who_has_no_certificate_of_the_cluster(
    control: LimenProcess,
) -> None:
    address = next(node["address"] for node in status(control)["nodes"] if node["role"] == "gateway")
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    answer = b""
    with socket.create_connection((host, int(port)), timeout=5) as plain, contextlib.suppress(ssl.SSLError, OSError):
        connection = context.wrap_socket(plain, server_hostname="any")  # the handshake of TLS 1.3 ends here
        connection.sendall(b"GET / HTTP/1.1\r\nHost: any\r\n\r\n")
        answer = connection.recv(100)

    assert answer == b""


def test_a_node_with_another_key_does_not_start(nodes: Nodes) -> None:
    other = nodes.directory / "other-key"
    other.write_text("ab" * 32)
    other.chmod(0o600)

    refused = LimenProcess(
        nodes.directory / "refused", "--role=gateway", f"--store={nodes.url}", f"--key-file={other}", wait=False
    )

    assert refused.process.wait(20) == 1
    assert "--key-file must name the same key on all nodes" in refused.log


def test_a_node_of_all_roles_serves_beside_the_others(
    nodes: Nodes, gateways: list[LimenProcess], backend: RecordingBackend
) -> None:
    everything = nodes.start("all", "a")
    try:
        api_id = quick_create(everything.client(), backend.url)
        assert [node.caller(api_id).get("/").status for node in (everything, *gateways)] == [200, 200, 200]
        assert nodes.running["c"].client().get_api(ApiId=api_id)["Name"] == "orders"
    finally:
        everything.stop()


def _id_of(front: Any) -> str:
    return str(front.client._host.partition(".")[0])
