"""The kinds of integrations of a REST API through the whole program: a file in front of a backend."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.conftest import StartLimen
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_apis import operation, swagger

LEGACY = """\
#set($in = $input.path('$'))
<invoice tenant="$input.params('X-Tenant')"><to>$in.to</to><of>$in.amount</of></invoice>"""
BACK = """\
## limen: xml
{"number": $input.json('$.invoice.number'), "stage": "$context.stage"}"""


def integration(kind: str, uri: str, **members: Any) -> dict[str, Any]:
    return operation(**{"x-amazon-apigateway-integration": {"type": kind, "httpMethod": "ANY", "uri": uri, **members}})


def document(backend: RecordingBackend) -> dict[str, Any]:
    proxy = integration(
        "http_proxy",
        f"{backend.url}/base/{{proxy}}",
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    proxy["parameters"] = [{"name": "proxy", "in": "path", "required": True, "type": "string"}]
    legacy = integration(
        "http",
        f"{backend.url}/legacy",
        httpMethod="POST",
        requestTemplates={"application/json": LEGACY},
        requestParameters={"integration.request.header.Content-Type": "'text/xml'"},
        responses={"default": {"statusCode": "200", "responseTemplates": {"application/json": BACK}}},
    )
    paths = swagger({"/ping": ["GET"]})
    paths["paths"]["/files/{proxy+}"] = {"x-amazon-apigateway-any-method": proxy}
    paths["paths"]["/invoices"] = {"post": legacy}
    return paths


def test_each_kind_answers_behind_one_stage(start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document(backend)))
    backend.script("/legacy", 200, (("Content-Type", "text/xml"),), b"<invoice><number>17</number></invoice>")
    limen = start_limen(file)

    mock = limen.get("/prod/ping")
    proxied = limen.get("/prod/files/a/b%20c?x=1")

    assert (mock.status, mock.body) == (200, b"")
    assert (proxied.status, proxied.json["target"]) == (200, "/base/a/b%20c?x=1")
    assert proxied.header("x-amzn-remapped-server")
    assert proxied.header("x-amzn-trace-id") is None
    assert backend.last.header("x-amzn-apigateway-api-id")


def test_json_becomes_xml_and_xml_json(start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(document(backend)))
    backend.script("/legacy", 200, (("Content-Type", "text/xml"),), b"<invoice><number>17</number></invoice>")
    limen = start_limen(file)

    body = b'{"to": "Ann", "amount": 12.50}'
    answer = limen.caller().send("POST", "/prod/invoices", {"X-Tenant": "t1"}, body)

    assert backend.last.body == b'<invoice tenant="t1"><to>Ann</to><of>12.5</of></invoice>'
    assert backend.last.header("content-type") == "text/xml"
    assert (answer.status, answer.json) == (200, {"number": "17", "stage": "prod"})
    assert answer.header("x-amzn-trace-id")
