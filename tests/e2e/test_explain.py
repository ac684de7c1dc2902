"""Requests explained, from the response's id to what each step decided."""

import json
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.e2e.conftest import StartLimen
from tests.support.apis import create_api
from tests.support.client import Answer
from tests.support.invoices import create_invoices
from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend


def ask(limen: LimenProcess, path: str, method: str = "GET") -> Answer:
    """On the admin port, signed as any SDK signs."""
    host = f"localhost:{limen.admin_port}"
    request = AWSRequest(method, f"https://{host}{path}", headers={"Host": host})
    credentials = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY).get_credentials()
    SigV4Auth(credentials, "limen", "us-east-1").add_auth(request)
    return limen.admin().send(method, path, dict(request.headers))


def explained(limen: LimenProcess, *arguments: str) -> Any:
    return json.loads(limen.command("explain", *arguments, "--json").stdout)


def names(entry: dict[str, Any]) -> list[str]:
    return [event["event"] for event in entry["events"]]


def test_a_request_is_explained_by_the_id_of_its_response(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen("--explain", "5", workers=2)
    api_id = create_api(limen.client(), {"GET /orders/{id}": f"{backend.url}/{{id}}", "ANY /{proxy+}": backend.url})
    answer = limen.caller(api_id).get("/orders/7?a=1", **{"X-Api-Key": "secret"})
    request_id = answer.header("apigw-requestid")
    assert request_id is not None

    entry = explained(limen, request_id)

    assert (entry["apiId"], entry["stage"], entry["route"]) == (api_id, "$default", "GET /orders/{id}")
    assert entry["status"] == entry["integration"]["status"] == answer.status
    assert names(entry) == ["request", "routed", "endpoint_request", "endpoint_response", "response"]
    assert entry["events"][0]["headers"]["X-Api-Key"] == ["******"]
    assert entry["events"][1]["candidates"] == ["GET /orders/{id}", "ANY /{proxy+}"]
    assert [row["requestId"] for row in explained(limen)] == [request_id]
    assert "routed to GET /orders/{id}" in limen.command("explain", request_id).stdout


def test_what_no_route_answers_is_explained(start_limen: StartLimen, backend: RecordingBackend) -> None:
    limen = start_limen("--explain", "5")
    api_id = create_api(limen.client(), {"GET /orders": backend.url})
    request_id = limen.caller(api_id).send("POST", "/orders", {}, b"{}").header("apigw-requestid")
    assert request_id is not None

    entry = explained(limen, request_id)

    assert names(entry) == ["request", "routed", "failed", "response"]
    assert entry["events"][1]["candidates"] == ["GET /orders"]
    assert entry["events"][2]["message"] == "Not Found"


def test_looking_begins_and_ends_while_serving(limen: LimenProcess, backend: RecordingBackend) -> None:
    api_id = create_api(limen.client(), {"GET /orders": backend.url})
    caller = limen.caller(api_id)
    caller.get("/orders")
    stage = f"/_limen/explain/stages/{api_id}/%24default"

    assert ask(limen, f"{stage}?requests=2", "POST").json == {"apiId": api_id, "stage": "$default", "requests": 2}

    def kept() -> list[str]:
        return [row["requestId"] for row in ask(limen, "/_limen/explain").json if row["apiId"] == api_id]

    wait_until(lambda: caller.get("/orders").header("apigw-requestid") in kept(), 5, lambda: str(kept()))
    assert limen.command("explain", "--off", f"{api_id}/$default").returncode == 0
    wait_until(lambda: kept() == [], 5, lambda: str(kept()))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/_limen/explain/unknown", "GET", 404),
        ("/_limen/explain/stages/unknown/prod", "POST", 404),
        ("/_limen/explain/stages/unknown/prod?requests=many", "POST", 400),
        ("/_limen/explain/stages/unknown/prod?requests=100000", "POST", 400),
    ],
)
def test_what_is_not_there_is_said(limen: LimenProcess, path: str, method: str, status: int) -> None:
    assert ask(limen, path, method).status == status


@pytest.mark.parametrize("path", ["/_limen/explain", "/_limen/explain/x"])
def test_strangers_are_not_told(limen: LimenProcess, path: str) -> None:
    assert limen.admin().get(path).status == 403


# --- REST APIs


def test_each_step_of_a_method_is_explained(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client("apigateway")
    api_id = create_invoices(client, backend.url)["restApiId"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    assert ask(limen, f"/_limen/explain/stages/{api_id}/prod?requests=5", "POST").status == 200
    backend.script("/bills", 200, (("Content-Type", "application/json"),), b'{"nr": 7}')
    caller = limen.caller(api_id)

    def post(body: str) -> dict[str, Any]:
        headers = {"X-Tenant": "acme", "Content-Type": "application/json"}
        answer = caller.send("POST", "/prod/invoices/north", headers, body.encode())
        entry = ask(limen, f"/_limen/explain/{answer.header('x-amzn-requestid')}")
        return dict(entry.json) if entry.status == 200 else {}

    body = json.dumps({"customer": "Ann", "amount": 12.5})
    wait_until(lambda: bool(post(body)), 5, lambda: "no worker looks yet")
    served = post(body)
    wait_until(lambda: bool(post(body)), 5, lambda: "not every worker looks yet")
    refused = post('{"customer": "Ann", "amount": 0}')

    assert names(served)[:2] == ["request", "routed"]
    assert {"validated", "mapped", "template", "endpoint_request", "endpoint_response"} <= set(names(served))
    assert names(served)[-1] == "response"
    templates = [event for event in served["events"] if event["event"] == "template"]
    assert [(event["place"], json.loads(event["output"])) for event in templates] == [
        ("request", {"bill": {"to": "Ann", "of": 12.5}}),
        ("response", {"number": 7}),
    ]
    failed = next(
        event for event in refused["events"] if event["event"] == "validated" and event["outcome"] == "failed"
    )
    assert (failed["model"], failed["pointer"]) == ("Invoice", "/amount")
    assert refused["status"] == 400
    shown = limen.command("explain", served["extendedRequestId"]).stdout
    assert "request template for application/json" in shown


def test_an_execution_log_follows_its_stage(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client("apigateway")
    api_id = create_invoices(client, backend.url)["restApiId"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    caller = limen.caller(api_id)
    log = limen.data_directory / "logs" / f"API-Gateway-Execution-Logs_{api_id}" / "prod.log"

    def refuse() -> str:
        return str(caller.send("POST", "/prod/invoices/north", {"X-Tenant": "a"}, b"{}").header("x-amzn-requestid"))

    refuse()
    client.update_stage(
        restApiId=api_id,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"},
            {"op": "replace", "path": "/~1invoices~1{region}/POST/logging/loglevel", "value": "ERROR"},
        ],
    )
    request_id = refuse()

    wait_until(lambda: log.exists() and request_id in log.read_text(), 5, lambda: limen.log)
    lines = [line.partition(f"({request_id}) ")[2] for line in log.read_text().splitlines()]
    assert lines == [
        "Request body does not match model schema for content type application/json: "
        '[object has missing required properties (["amount","customer"])]',
        "Method completed with status: 400",
    ]


def test_a_canary_has_an_execution_log_of_its_own(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client("apigateway")
    api_id = create_invoices(client, backend.url)["restApiId"]
    client.create_deployment(restApiId=api_id, stageName="prod")
    level = {"op": "replace", "path": "/*/*/logging/loglevel", "value": "INFO"}
    client.update_stage(restApiId=api_id, stageName="prod", patchOperations=[level])
    client.create_deployment(restApiId=api_id, stageName="prod", canarySettings={"percentTraffic": 100.0})
    answer = limen.caller(api_id).send("POST", "/prod/invoices/north", {"X-Tenant": "a"}, b"{}")
    request_id = answer.header("x-amzn-requestid")
    log = limen.data_directory / "logs" / f"API-Gateway-Execution-Logs_{api_id}" / "prod/Canary.log"

    wait_until(lambda: log.exists() and str(request_id) in log.read_text(), 5, lambda: limen.log)
    lines = [line.partition(f"({request_id}) ")[2] for line in log.read_text().splitlines()]
    assert f"Verifying Usage Plan for request: {request_id}. API Key:  API Stage: {api_id}/prod/Canary" in lines
    assert "HTTP Method: POST, Resource Path: /invoices/north" in lines
    assert not any(line.startswith("Method request") for line in lines)
    assert lines[-1] == "Method completed with status: 400"
