"""A browser's JSON to an old backend's XML and back: validated, selected, logged, explained, replaced bit by bit."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.parcels import deploy_parcels
from tests.support.recording_backend import RecordingBackend

PARCEL = {"to": "Ann & Bob", "items": [{"name": "lamp", "weight": 2.5}, {"name": "book", "weight": 1}]}
PATH = "/prod/depots/north/parcels"
ACCEPTED = b"<accepted><number>17</number></accepted>"


@pytest.fixture
def old(backend: RecordingBackend) -> RecordingBackend:
    backend.script("/parcels", 200, (("Content-Type", "text/xml"), ("X-Nr", "17")), ACCEPTED)
    return backend


@pytest.fixture
def new() -> Iterator[RecordingBackend]:
    running = RecordingBackend()
    running.script("/parcels", 200, (("Content-Type", "text/xml"), ("X-Nr", "18")), ACCEPTED.replace(b"17", b"18"))
    yield running
    running.close()


@pytest.fixture
def api_id(limen: LimenProcess, old: RecordingBackend) -> str:
    return deploy_parcels(limen, authority(old))


def authority(backend: RecordingBackend) -> str:
    return f"127.0.0.1:{backend.port}"


def post(limen: LimenProcess, api_id: str, body: Any = PARCEL, **headers: str) -> Answer:
    sent = {"X-Tenant": "acme", "Content-Type": "application/json", **headers}
    return limen.caller(api_id).send("POST", PATH, sent, json.dumps(body).encode())


def patch(limen: LimenProcess, api_id: str, **values: str) -> None:
    """Settings of the stage by path, `__` for `/`."""
    limen.client("apigateway").update_stage(
        restApiId=api_id,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/" + name.replace("__", "/").replace("ALL", "*/*"), "value": value}
            for name, value in values.items()
        ],
    )


def lines_of(file: Path, request_id: str) -> list[str]:
    """Of one request, without time and id."""
    wait_until(lambda: file.exists() and request_id in file.read_text(), 5, lambda: f"{file}: nothing of {request_id}")
    return [
        line.partition(f"({request_id}) ")[2] for line in file.read_text().splitlines() if f"({request_id})" in line
    ]


def wait_for_line(file: Path, line: str) -> None:
    wait_until(lambda: file.exists() and line in file.read_text().splitlines(), 5, lambda: f"{line} is not in {file}")


def execution_log(limen: LimenProcess, api_id: str, stage: str = "prod") -> Path:
    return limen.data_directory / "logs" / f"API-Gateway-Execution-Logs_{api_id}" / f"{stage}.log"


def test_a_browser_asks_first(limen: LimenProcess, api_id: str, old: RecordingBackend) -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}

    answer = limen.caller(api_id).send("OPTIONS", PATH, headers)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("access-control-allow-origin") == "https://shop.example"
    assert answer.header("access-control-allow-methods") == "POST,OPTIONS"
    assert answer.header("access-control-allow-headers") == "Content-Type,X-Tenant"
    assert old.requests == []


def test_json_goes_in_and_comes_out(limen: LimenProcess, api_id: str, old: RecordingBackend) -> None:
    answer = post(limen, api_id)

    assert (answer.status, answer.json) == (201, {"number": "17", "canary": ""})
    assert answer.header("x-number") == "17"
    assert answer.header("access-control-allow-origin") == "https://shop.example"
    assert answer.header("content-type") == "application/json"
    assert old.last.target == "/parcels?depot=north"
    assert (old.last.header("content-type"), old.last.header("x-tenant")) == ("text/xml", "acme")
    assert old.last.body == (
        b'<parcel version="1"><to>Ann & Bob</to><item weight="2.5">lamp</item><item weight="1">book</item></parcel>'
    )


@pytest.mark.parametrize(
    ("status", "body", "expected", "told"),
    [
        (409, b"twice", 409, {"refused": "twice"}),
        (404, b"nobody", 409, {"refused": "nobody"}),
        (500, b"<trace/>", 502, {"refused": "later"}),
        (503, b"", 502, {"refused": "later"}),
    ],
)
def test_what_the_backend_refuses_is_told(
    limen: LimenProcess, api_id: str, old: RecordingBackend, status: int, body: bytes, expected: int, told: Any
) -> None:
    old.script("/parcels", status, (), body)

    answer = post(limen, api_id)

    assert (answer.status, answer.json) == (expected, told)
    assert answer.header("access-control-allow-origin") == "https://shop.example"
    assert answer.header("x-amzn-errortype") is None


def test_what_is_wrong_never_reaches_the_backend(limen: LimenProcess, api_id: str, old: RecordingBackend) -> None:
    heavy = {"to": "Ann", "items": [{"name": "piano", "weight": 300}]}

    without_tenant = limen.caller(api_id).send("POST", PATH, {"Content-Type": "application/json"}, b"{}")
    too_heavy = post(limen, api_id, heavy)
    not_json = limen.caller(api_id).send("POST", PATH, {"X-Tenant": "a", "Content-Type": "text/plain"}, b"lamp")
    nowhere = limen.caller(api_id).send("POST", "/prod/depots", {}, b"")

    assert (without_tenant.status, without_tenant.json) == (
        400,
        {"message": "Missing required request parameters: [X-Tenant]"},
    )
    assert (too_heavy.status, too_heavy.json) == (
        422,
        {"invalid": "[numeric instance is greater than the required maximum (maximum: 30, found: 300)]"},
    )
    assert (not_json.status, not_json.json) == (415, {"message": "Unsupported Media Type"})
    assert (nowhere.status, nowhere.json) == (403, {"message": "Missing Authentication Token"})
    for refused in (without_tenant, too_heavy, not_json, nowhere):
        assert refused.header("access-control-allow-origin") == "*"
        assert refused.header("x-amzn-errortype")
    assert old.requests == []


def test_a_backend_that_is_gone_is_a_gateway_response(limen: LimenProcess, api_id: str) -> None:
    patch(limen, api_id, variables__backend="127.0.0.1:9")

    answer = post(limen, api_id)

    assert (answer.status, answer.json) == (504, {"message": "Network error communicating with endpoint"})
    assert answer.header("access-control-allow-origin") == "*"


def test_each_step_is_logged(limen: LimenProcess, api_id: str, old: RecordingBackend) -> None:
    patch(limen, api_id, ALL__logging__loglevel="INFO", ALL__logging__dataTrace="true")
    answer = post(limen, api_id, Authorization="Bearer hidden")
    request_id = str(answer.header("x-amzn-requestid"))
    url = f"{old.url}/parcels?depot=north"

    lines = lines_of(execution_log(limen, api_id), request_id)

    expected = f"""\
Extended Request Id: {answer.header("x-amz-apigw-id")}
Verifying Usage Plan for request: {request_id}. API Key:  API Stage: {api_id}/prod
API Key  authorized because method 'POST /depots/{{depot}}/parcels' does not require API Key. \
Request will not contribute to throttle or quota limits
Usage Plan check succeeded for API Key  and API Stage {api_id}/prod
Starting execution for request: {request_id}
HTTP Method: POST, Resource Path: /depots/north/parcels
Method request path: {{depot=north}}
Method request query string: {{}}
Method request headers: /.*X-Tenant=acme.*Authorization=\\*+.*/
Method request body before transformations: {json.dumps(PARCEL)}
Request validation succeeded for content type application/json
Endpoint request URI: {url}
Endpoint request headers: /.*Content-Type=text/xml, X-Tenant=acme.*x-amzn-apigateway-api-id={api_id}.*/
Endpoint request body after transformations: {old.last.body.decode()}
Sending request to {url}
Received response. Status: 200, Integration latency: /\\d+ ms/
Endpoint response headers: /.*X-Nr=17.*/
Endpoint response body before transformations: {ACCEPTED.decode()}
Method response body after transformations: {answer.body.decode()}
Method response headers: /.*X-Number=17.*Content-Type=application/json.*/
Successfully completed execution
Method completed with status: 201""".splitlines()
    assert len(lines) == len(expected), lines
    for line, wanted in zip(lines, expected, strict=True):
        begin, slash, pattern = wanted.partition(": /")
        if slash and pattern.endswith("/"):
            assert re.fullmatch(re.escape(begin) + ": " + pattern[:-1], line), (line, wanted)
        else:
            assert line == wanted


def test_a_failure_is_logged_and_explained(limen: LimenProcess, api_id: str, old: RecordingBackend) -> None:
    patch(limen, api_id, ALL__logging__loglevel="ERROR")
    limen.command("explain", "--on", f"{api_id}/prod")
    broken = {"to": "", "items": []}

    def refuse() -> str:
        return str(post(limen, api_id, broken).header("x-amzn-requestid"))

    wait_until(lambda: limen.command("explain", refuse(), check=False).returncode == 0, 5, lambda: limen.log)
    request_id = ""

    def is_kept() -> bool:
        nonlocal request_id
        request_id = refuse()
        return limen.command("explain", request_id, check=False).returncode == 0

    wait_until(is_kept, 5, lambda: limen.log)
    explained = limen.command("explain", request_id).stdout

    assert lines_of(execution_log(limen, api_id), request_id) == [
        "Request body does not match model schema for content type application/json: "
        '[string "" is too short (length: 0, required minimum: 1)]',
        "Method completed with status: 422",
    ]
    assert "/to" in explained
    assert "422" in explained


def test_a_new_backend_takes_over_by_canary(
    limen: LimenProcess, api_id: str, old: RecordingBackend, new: RecordingBackend
) -> None:
    client = limen.client("apigateway")
    patch(
        limen,
        api_id,
        accessLogSettings__destinationArn="arn:aws:logs:us-east-1:000000000000:log-group:parcels",
        accessLogSettings__format="$context.requestId $context.isCanaryRequest $context.deploymentId $context.status",
        ALL__logging__loglevel="INFO",
    )
    overrides = {"backend": authority(new), "version": "2"}
    canary = {"percentTraffic": 100.0, "stageVariableOverrides": overrides}

    deployed = client.create_deployment(restApiId=api_id, stageName="prod", canarySettings=canary)["id"]
    answer = post(limen, api_id)

    assert answer.json == {"number": "18", "canary": "true"}
    assert new.last.body.startswith(b'<parcel version="2">')
    assert old.requests == []
    request_id = str(answer.header("x-amzn-requestid"))
    assert lines_of(execution_log(limen, api_id, "prod/Canary"), request_id)[-1] == "Method completed with status: 201"
    assert lines_of(execution_log(limen, api_id), request_id)[-1] == "Method completed with status: 201"
    for name in ("parcels/Canary.log", "parcels.log"):
        wait_for_line(limen.data_directory / "logs" / name, f"{request_id} true {deployed} 201")

    patch(limen, api_id, canarySettings__percentTraffic="0.0")
    assert post(limen, api_id).json == {"number": "17", "canary": "false"}

    moves = {"/deploymentId": "deploymentId", "/variables": "stageVariableOverrides"}
    promotion = [{"op": "copy", "path": path, "from": f"/canarySettings/{name}"} for path, name in moves.items()]
    stage = client.update_stage(restApiId=api_id, stageName="prod", patchOperations=promotion)
    assert (stage["deploymentId"], stage["variables"]) == (deployed, overrides)
    assert post(limen, api_id).json == {"number": "18", "canary": "false"}

    client.update_stage(
        restApiId=api_id, stageName="prod", patchOperations=[{"op": "remove", "path": "/canarySettings"}]
    )
    assert post(limen, api_id).json == {"number": "18", "canary": ""}


def test_half_of_the_traffic_is_about_half(
    limen: LimenProcess, api_id: str, old: RecordingBackend, new: RecordingBackend
) -> None:
    canary = {"percentTraffic": 50.0, "stageVariableOverrides": {"backend": authority(new)}}
    limen.client("apigateway").create_deployment(restApiId=api_id, stageName="prod", canarySettings=canary)
    caller = limen.caller(api_id)
    headers = {"X-Tenant": "acme", "Content-Type": "application/json"}

    for _ in range(60):
        assert caller.send("POST", PATH, headers, json.dumps(PARCEL).encode()).status == 201

    assert len(old.requests) + len(new.requests) == 60
    assert min(len(old.requests), len(new.requests)) >= 10  # less happens once in ten million runs
