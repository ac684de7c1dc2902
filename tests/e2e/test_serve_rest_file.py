"""`limen serve FILE` with a REST API: JSON in, XML to the backend, JSON back; saves, exports, CORS."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.e2e.conftest import StartLimen
from tests.support.limen_process import LimenProcess, free_port, wait_until
from tests.support.rest_apis import body, swagger

EXAMPLE = Path(__file__).parents[2] / "examples" / "legacy"
INVOICE = {"customer": "Conan O'Brien <& co>", "currency": "EUR", "lines": [{"text": 'say "hi"', "amount": 1.5}]}


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Path]:
    """The file of the example in front of its backend on a free port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, EXAMPLE / "backend.py", "--port", str(port)])
    file = tmp_path / "legacy.yaml"
    file.write_text((EXAMPLE / "legacy.yaml").read_text().replace("127.0.0.1:9002", f"127.0.0.1:{port}"))
    yield file
    process.terminate()
    process.wait(timeout=5)


def post(limen: LimenProcess, path: str, content: Any, media_type: str = "application/json") -> Any:
    return limen.caller().send("POST", path, {"content-type": media_type}, json.dumps(content).encode())


def test_the_example_speaks_json_to_clients_and_xml_to_its_backend(start_limen: StartLimen, example: Path) -> None:
    limen = start_limen(example)
    wait_until(lambda: limen.get("/prod/invoices").status == 200, 10, lambda: limen.log)

    made = post(limen, "/prod/invoices", INVOICE)
    found = limen.get("/prod/invoices/9")
    listed = limen.get("/prod/invoices?customer=Ada%20Lovelace")

    assert (made.status, made.header("location")) == (201, "/prod/invoices/9")
    assert made.json == {"number": 9, "total": 1.5, **INVOICE}
    assert (found.status, found.json) == (200, made.json)
    assert listed.json == [{"number": 7, "customer": "Ada Lovelace", "total": 128.5}]
    assert {made.header("access-control-allow-origin"), found.header("access-control-allow-origin")} == {"*"}


def test_the_example_answers_what_goes_wrong_in_json(start_limen: StartLimen, example: Path) -> None:
    limen = start_limen(example)
    wait_until(lambda: limen.get("/prod/invoices").status == 200, 10, lambda: limen.log)

    missing = limen.get("/prod/invoices/1")
    invalid = post(limen, "/prod/invoices", {"customer": "A"})
    failed = post(limen, "/prod/invoices", {**INVOICE, "customer": "Charles Babbage"})
    text = post(limen, "/prod/invoices", INVOICE, "text/plain")
    nowhere = limen.get("/prod/nowhere")

    assert (missing.status, missing.json) == (404, {"code": "E404", "message": "no such invoice"})
    assert (invalid.status, invalid.json["message"]) == (422, "Invalid request body")
    assert "currency" in invalid.json["reason"]
    assert (failed.status, failed.json["code"]) == (502, "E500")
    assert text.status == 415
    assert (nowhere.status, nowhere.header("access-control-allow-origin")) == (403, "*")


def test_a_save_is_served_and_a_bad_one_is_not(start_limen: StartLimen, tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_bytes(body(swagger({"/a": ["GET"]})))
    limen = start_limen(file, "--watch", "--stage", "v1")
    assert limen.get("/v1/a").status == 200

    file.write_bytes(body(swagger({"/b": ["GET"]})))
    wait_until(lambda: limen.get("/v1/b").status == 200, 10, lambda: limen.log)
    file.write_bytes(body(swagger({"/{a+}/b": ["GET"]})))
    limen.wait_for_log("what was served before stays")

    assert (limen.get("/v1/a").status, limen.get("/v1/b").status) == (403, 200)
    routes = json.loads(limen.command("routes", "--json").stdout)
    assert [(route["protocolType"], route["routeKey"], route["stage"]) for route in routes] == [
        ("REST", "GET /b", "v1")
    ]
    [api] = json.loads(limen.command("status", "--json").stdout)["apis"]
    assert (api["protocolType"], [stage["undeployed"] for stage in api["stages"]]) == ("REST", [0])


def test_boto3_imports_merges_and_exports(limen: LimenProcess) -> None:
    client = limen.client("apigateway")
    api = client.import_rest_api(
        body=body(swagger({"/a": ["GET"]})), parameters={"endpointConfigurationTypes": "REGIONAL"}
    )
    merged = client.put_rest_api(restApiId=api["id"], mode="merge", body=body(swagger({"/b": ["GET"]})))
    client.create_deployment(restApiId=api["id"], stageName="prod")

    parameters = {"extensions": "integrations"}
    exported = client.get_export(restApiId=api["id"], stageName="prod", exportType="oas30", parameters=parameters)

    assert api["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert merged["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert exported["contentDisposition"] == 'attachment; filename="oas30_1.0.json"'
    assert exported["contentType"] == "application/octet-stream"
    document = json.loads(exported["body"].read())
    assert sorted(document["paths"]) == ["/a", "/b"]
    validate(document)
    assert limen.caller(api["id"]).get("/prod/b").status == 200
    client.delete_rest_api(restApiId=api["id"])


def test_cors_is_added_to_a_running_api(limen: LimenProcess) -> None:
    client = limen.client("apigateway")
    api_id = client.import_rest_api(body=body(swagger({"/pets": ["GET"]})))["id"]

    told = limen.command("cors", "--api", api_id, "--origin", "https://shop.example", "--gateway-responses").stderr
    client.create_deployment(restApiId=api_id, stageName="prod")

    caller = limen.caller(api_id)
    preflight = caller.send("OPTIONS", "/prod/pets", {"origin": "https://shop.example"})
    assert "create-deployment" in told
    assert (preflight.status, preflight.header("access-control-allow-methods")) == (200, "GET,OPTIONS")
    answers = [preflight, caller.get("/prod/pets"), caller.get("/prod/nowhere")]
    assert [answer.header("access-control-allow-origin") for answer in answers] == ["https://shop.example"] * 3
    client.delete_rest_api(restApiId=api_id)
