"""Backends of REST APIs that ask for something: TLS with a certificate of the stage, a host that stages differ in."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_apis import operation, swagger
from tests.upstream.authorities import Authority


class TlsBackend:
    """Answers who called: the serial number of the certificate that was shown, without which there is no answer."""

    def __init__(self, directory: Path, trusted: str) -> None:
        context = Authority(directory).server_context("127.0.0.1")
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=trusted)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign,misc]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        connection: ssl.SSLSocket = self.connection  # type: ignore[assignment]
        body = json.dumps(connection.getpeercert()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def client(limen: LimenProcess) -> Any:
    return limen.client("apigateway")


@pytest.fixture
def certificate(client: Any) -> dict[str, str]:
    made: dict[str, str] = client.generate_client_certificate(description="for backends")
    return made


@pytest.fixture
def guarded(tmp_path: Path, certificate: dict[str, str]) -> Iterator[TlsBackend]:
    running = TlsBackend(tmp_path, certificate["pemEncodedCertificate"])
    yield running
    running.close()


def create(client: Any, uri: str, kind: str = "http_proxy", **members: Any) -> str:
    """The id of an API whose `GET /` goes there."""
    integration = {
        "type": kind,
        "httpMethod": "GET",
        "uri": uri,
        "responses": {"default": {"statusCode": "200"}},
        **members,
    }
    document = swagger({})
    document["paths"]["/"] = {"get": operation(**{"x-amazon-apigateway-integration": integration})}
    return str(client.import_rest_api(body=json.dumps(document).encode())["id"])


@pytest.mark.parametrize("kind", ["http_proxy", "http"])
def test_a_stage_shows_its_certificate(
    limen: LimenProcess, client: Any, guarded: TlsBackend, certificate: dict[str, str], kind: str
) -> None:
    api_id = create(client, guarded.url, kind, tlsConfig={"insecureSkipVerification": True})
    client.create_deployment(restApiId=api_id, stageName="prod")
    caller = limen.caller(api_id)

    def show(certificate_id: str) -> None:
        change = [{"op": "replace", "path": "/clientCertificateId", "value": certificate_id}]
        client.update_stage(restApiId=api_id, stageName="prod", patchOperations=change)

    without = caller.get("/prod")
    show(certificate["clientCertificateId"])
    shown = caller.get("/prod")
    show("")
    again = caller.get("/prod")

    assert (without.status, without.json) == (504, {"message": "Network error communicating with endpoint"})
    assert shown.status == 200, shown
    assert shown.json["subject"] == shown.json["issuer"]
    assert again.status == 504


def test_a_test_invocation_shows_the_certificate_that_it_names(
    client: Any, guarded: TlsBackend, certificate: dict[str, str]
) -> None:
    api_id = create(client, guarded.url, tlsConfig={"insecureSkipVerification": True})
    root = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    named = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}

    without = client.test_invoke_method(**named)
    shown = client.test_invoke_method(**named, clientCertificateId=certificate["clientCertificateId"])

    assert (without["status"], shown["status"]) == (504, 200)


def test_a_backend_that_nobody_vouches_for_is_not_asked(limen: LimenProcess, client: Any, guarded: TlsBackend) -> None:
    api_id = create(client, guarded.url)
    client.create_deployment(restApiId=api_id, stageName="prod")

    assert limen.caller(api_id).get("/prod").status in (500, 504)


@pytest.mark.parametrize(
    ("uri", "variables", "target"),
    [
        ("http://${stageVariables.host}/a", {"host": "BACKEND"}, "/a"),
        ("http://BACKEND/${stageVariables.path}/a", {"path": "v1/b"}, "/v1/b/a"),
        ("http://BACKEND/a?v=${stageVariables.version}", {"version": "2"}, "/a?v=2"),
        ("http://${stageVariables.url}", {"url": "BACKEND/c?d=e"}, "/c?d=e"),
    ],
)
def test_a_stage_variable_is_any_part_of_a_uri(
    limen: LimenProcess, client: Any, backend: RecordingBackend, uri: str, variables: dict[str, str], target: str
) -> None:
    host = backend.url.removeprefix("http://")
    api_id = create(client, uri.replace("BACKEND", host))
    values = {name: value.replace("BACKEND", host) for name, value in variables.items()}
    client.create_deployment(restApiId=api_id, stageName="prod", variables=values)

    answer = limen.caller(api_id).get("/prod")

    assert (answer.status, backend.last.target) == (200, target)


def test_a_changed_variable_needs_no_deployment(limen: LimenProcess, client: Any, backend: RecordingBackend) -> None:
    host = backend.url.removeprefix("http://")
    api_id = create(client, f"http://{host}/${{stageVariables.v}}")
    client.create_deployment(restApiId=api_id, stageName="prod", variables={"v": "one"})
    caller = limen.caller(api_id)
    caller.get("/prod")

    change = [{"op": "replace", "path": "/variables/v", "value": "two"}]
    client.update_stage(restApiId=api_id, stageName="prod", patchOperations=change)
    caller.get("/prod")

    assert [request.target for request in backend.requests] == ["/one", "/two"]


def test_what_is_deployed_stays_until_the_next_deployment(
    limen: LimenProcess, client: Any, backend: RecordingBackend
) -> None:
    api_id = create(client, f"{backend.url}/one")
    client.create_deployment(restApiId=api_id, stageName="prod")
    caller = limen.caller(api_id)
    root = client.get_rest_api(restApiId=api_id)["rootResourceId"]
    client.update_integration(
        restApiId=api_id,
        resourceId=root,
        httpMethod="GET",
        patchOperations=[{"op": "replace", "path": "/uri", "value": f"{backend.url}/two"}],
    )
    client.put_gateway_response(restApiId=api_id, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404")

    caller.get("/prod")
    before = caller.get("/prod/nope").status
    client.create_deployment(restApiId=api_id, stageName="prod")
    caller.get("/prod")
    after = caller.get("/prod/nope").status

    assert [request.target for request in backend.requests] == ["/one", "/two"]
    assert (before, after) == (403, 404)
