"""What a stage of a REST API writes: access logs in the guide's four formats, and a line for each way to fail."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend
from tests.support.rest_cases import CaseFile, deploy_cases, send_case

MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
NO_MATCH = {"404": {"statusCode": "404"}}
LOOP = "#foreach($i in [1..1001])$i#end"
METHODS: dict[str, dict[str, Any]] = {
    "GET /pets/{id}": {"integration": MOCK},
    "GET /http": {"integration": {"type": "http"}},
    "GET /stream": {"integration": {"type": "http_proxy", "responseTransferMode": "STREAM"}},
    "GET /refused": {"integration": {"type": "http", "uri": "http://127.0.0.1:9/"}},
    "GET /unknown": {"integration": {"type": "http_proxy", "uri": "http://no-such-host.invalid/"}},
    "GET /slow": {"integration": {"type": "http_proxy", "timeoutInMillis": 60}},
    "GET /no-match": {"integration": {"type": "http", "responses": NO_MATCH}},
    "GET /undeclared": {"integration": {"type": "http"}, "responses": {"201": {"description": ""}}},
    "GET /illegal": {
        "integration": {"type": "http", "requestParameters": {"integration.request.header.Content-Length": "'1'"}}
    },
    "POST /strict": {"integration": {"type": "http", "passthroughBehavior": "never"}},
    "GET /status": {"integration": {"type": "mock", "requestTemplates": {"application/json": "{}"}}},
    "POST /base64": {"integration": {"type": "http", "contentHandling": "CONVERT_TO_BINARY"}},
    "GET /loop": {"integration": {"type": "http", "requestTemplates": {"application/json": LOOP}}},
}
CONFIGURATION = "Execution failed due to configuration error: "
FAILURES = {
    "GET /refused": (504, "Execution failed due to a network error communicating with endpoint"),
    "GET /unknown": (500, CONFIGURATION + "Invalid endpoint address"),
    "GET /slow": (504, "Execution failed due to a timeout error"),
    "GET /no-match": (
        500,
        CONFIGURATION + "No match for output mapping and no default output mapping configured. "
        "Endpoint Response Status Code: 200",
    ),
    "GET /undeclared": (500, CONFIGURATION + "Output mapping refers to an invalid method response: 200"),
    "GET /illegal": (500, CONFIGURATION + "Illegal mapping to the header Content-Length"),
    "POST /strict": (415, "Unsupported Media Type"),
    "GET /status": (
        500,
        CONFIGURATION + "Unable to parse statusCode. It should be an integer that is defined in the request template.",
    ),
    "POST /base64": (500, CONFIGURATION + "Unable to base64 decode the body."),
    "GET /loop": (500, CONFIGURATION + "Unable to transform request: "),
}


class Stage:
    """An API with a way to fail for each method, and the files of its logs."""

    def __init__(self, limen: LimenProcess, backend: RecordingBackend) -> None:
        self._limen = limen
        self.api_id = deploy_cases(limen, CaseFile(methods=METHODS, cases=[], about=""), "logs", backend.url)
        self._logs = limen.data_directory / "logs"

    def patch(self, **values: str) -> None:
        """By path, `__` for `/` and `ALL` for all methods."""
        paths = {"/" + name.replace("__", "/").replace("ALL", "*/*"): value for name, value in values.items()}
        self._limen.client("apigateway").update_stage(
            restApiId=self.api_id,
            stageName="prod",
            patchOperations=[{"op": "replace", "path": path, "value": value} for path, value in paths.items()],
        )

    def ask(self, request: str) -> Answer:
        body = "no base64!" if request.startswith("POST") else None
        return send_case(self._limen, self.api_id, {"send": request, "headers": {"User-Agent": 'a "b"'}, "body": body})

    def access(self, log_format: str, request: str) -> tuple[Answer, str]:
        """The line that a request writes."""
        name = f"access-{self.api_id}"
        self.patch(
            accessLogSettings__destinationArn=f"arn:aws:logs:us-east-1:000000000000:log-group:{name}",
            accessLogSettings__format=log_format,
        )
        answer = self.ask(request)
        return answer, self._line(self._logs / f"{name}.log", answer)[0]

    def execution(self, request: str) -> list[str]:
        answer = self.ask(request)
        lines = self._line(self._logs / f"API-Gateway-Execution-Logs_{self.api_id}" / "prod.log", answer)
        return [line.partition(") ")[2] for line in lines]

    def _line(self, file: Path, answer: Answer) -> list[str]:
        request_id = str(answer.header("x-amzn-requestid"))
        wait_until(lambda: file.exists() and request_id in file.read_text(), 5, lambda: f"{file}: no {request_id}")
        return [line for line in file.read_text().splitlines() if request_id in line]


@pytest.fixture(scope="module")
def stage(limen: LimenProcess) -> Iterator[Stage]:
    backend = RecordingBackend()
    backend.script("/slow", delay=0.2)
    yield Stage(limen, backend)
    backend.close()


PLAIN = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength '
    "$context.requestId $context.extendedRequestId"
)
AS_JSON = (
    '{ "requestId":"$context.requestId", "extendedRequestId":"$context.extendedRequestId", '
    '"ip": "$context.identity.sourceIp", "caller":"$context.identity.caller", "agent":"$context.identity.userAgent", '
    '"requestTime":"$context.requestTime", "httpMethod":"$context.httpMethod", '
    '"resourcePath":"$context.resourcePath", "status":"$context.status", "protocol":"$context.protocol", '
    '"responseLength":"$context.responseLength" }'
)
AS_XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <agent>$context.identity.userAgent</agent> '
    "<resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> </request>"
)
AS_CSV = "$context.identity.sourceIp,$context.httpMethod,$context.identity.userAgent,$context.status,$context.requestId"


def test_the_common_log_format(stage: Stage) -> None:
    answer, line = stage.access(PLAIN, "GET /pets/7")

    begin, _, rest = line.partition(" [")
    assert begin == "127.0.0.1 - -"
    ids = f"{answer.header('x-amzn-requestid')} {answer.header('x-amz-apigw-id')}"
    assert rest.partition("] ")[2] == f'"GET /pets/{{id}} HTTP/1.1" 200 0 {ids}'


def test_json(stage: Stage) -> None:
    answer, line = stage.access(AS_JSON, "GET /pets/7?a=b")

    logged = json.loads(line)
    del logged["requestTime"]
    assert logged == {
        "requestId": answer.header("x-amzn-requestid"),
        "extendedRequestId": answer.header("x-amz-apigw-id"),
        "ip": "127.0.0.1",
        "caller": "-",
        "agent": 'a "b"',
        "httpMethod": "GET",
        "resourcePath": "/pets/{id}",
        "status": "200",
        "protocol": "HTTP/1.1",
        "responseLength": "0",
    }


def test_xml(stage: Stage) -> None:
    answer, line = stage.access(AS_XML, "GET /nope")

    root = ElementTree.fromstring(line)
    assert root.attrib["id"] == answer.header("x-amzn-requestid")
    assert [child.text for child in root] == ["127.0.0.1", 'a "b"', "-", "403"]


def test_csv(stage: Stage) -> None:
    answer, line = stage.access(AS_CSV, "GET /pets/7")

    (row,) = csv.reader(io.StringIO(line))
    assert row == ["127.0.0.1", "GET", 'a "b"', "200", answer.header("x-amzn-requestid")]


@pytest.mark.parametrize(
    ("request_line", "values"),
    [
        ("GET /pets/7", "BUFFERED - - -"),
        ("GET /http", "BUFFERED - - 200"),
        ("GET /refused", "BUFFERED - - -"),
        ("GET /nope", "- - - -"),
    ],
)
def test_how_a_response_was_transferred(stage: Stage, request_line: str, values: str) -> None:
    names = ("responseTransferMode", "timeToAllHeaders", "timeToFirstContent", "status")
    text = " ".join(f"$context.integration.{name}" for name in names)

    assert stage.access(f"$context.requestId {text}", request_line)[1].partition(" ")[2] == values


def test_a_stream_tells_its_times(stage: Stage) -> None:
    names = ("timeToAllHeaders", "timeToFirstContent", "latency", "responseTransferMode")
    text = " ".join(f"$context.integration.{name}" for name in names)

    headers, content, latency, mode = stage.access(f"$context.requestId {text}", "GET /stream")[1].split()[1:]

    assert mode == "STREAMED"
    assert 0 <= int(headers) <= int(content) <= int(latency) < 5000


def test_a_failure_tells_its_type(stage: Stage) -> None:
    names = ("error.responseType", "error.messageString", "status", "integration.error", "resourcePath")
    text = ",".join(f'"{name}":"$context.{name}"' for name in names).replace(
        '"$context.error.messageString"', "$context.error.messageString"
    )

    line = stage.access('{"id":"$context.requestId",' + text + "}", "GET /refused")[1]

    logged = json.loads(line)
    assert logged["error.responseType"] == "INTEGRATION_FAILURE"
    assert logged["error.messageString"] == "Network error communicating with endpoint"
    assert "Connection refused" in logged["integration.error"]


@pytest.mark.parametrize("request_line", FAILURES)
def test_each_failure_has_its_line(stage: Stage, request_line: str) -> None:
    status, reason = FAILURES[request_line]
    stage.patch(ALL__logging__loglevel="ERROR")

    first, *last = stage.execution(request_line)

    assert first.startswith(reason) if reason.endswith(" ") else first == reason
    assert last == [f"Method completed with status: {status}"]


def test_a_mock_is_logged_without_an_endpoint(stage: Stage) -> None:
    stage.patch(ALL__logging__loglevel="INFO")
    try:
        lines = stage.execution("GET /pets/7")
    finally:
        stage.patch(ALL__logging__loglevel="ERROR")

    assert lines[-4:] == [
        lines[-4],
        "HTTP Method: GET, Resource Path: /pets/7",
        "Successfully completed execution",
        "Method completed with status: 200",
    ]
    assert lines[-4].startswith("Starting execution for request: ")
