"""From the settings of a method to lines in the file of a log group."""

import re
from pathlib import Path

import pytest

from limen.features.access_logs.writer import AccessLogs
from limen.features.execution_logs.record import compile_execution_log
from limen.features.method_settings import MethodSettings
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, FORBIDDEN, INVALID_API_KEY, QUOTA_EXCEEDED
from limen.gateway.trace import Trace
from limen.wire import header
from tests.features.traced import planned

ID = "89d139db-4eec-4bc3-94bb-50678599bcd9"


def logged(
    settings: MethodSettings, ended: Exchange, directory: Path, stage: str = "prod", *, requires_key: bool = False
) -> list[str]:
    logs = AccessLogs(directory)
    record = compile_execution_log(settings, "a1b2c3d4e5", stage, logs, requires_key=requires_key)
    assert record is not None
    record(ended)
    logs.close()
    file = directory / f"API-Gateway-Execution-Logs_a1b2c3d4e5/{stage}.log"
    return file.read_text().splitlines() if file.exists() else []


def ended(failure: GatewayError | None = None, **headers: str) -> Exchange:
    exchange = planned("GET /pets")
    exchange.request_uuid = ID
    exchange.request_id = b"JJb2dEXAMPLE0A="
    exchange.trace = Trace()
    exchange.trace.note(
        "request", method="GET", resource_path="/pets", path={}, query={}, headers=headers, body="a\r\nb"
    )
    exchange.failure = failure
    exchange.response = Response(200 if failure is None else 500, [header(b"Content-Type", b"text/plain")], b"ok")
    return exchange


@pytest.mark.parametrize("level", [None, "OFF"])
def test_off_is_no_record(level: str | None, tmp_path: Path) -> None:
    settings = MethodSettings(logging_level=level, data_trace_enabled=True)

    assert compile_execution_log(settings, "a1b2c3d4e5", "prod", AccessLogs(tmp_path)) is None


def test_the_lines_of_a_request(tmp_path: Path) -> None:
    lines = logged(MethodSettings(logging_level="INFO", data_trace_enabled=True), ended(Accept="*/*"), tmp_path)

    assert all(re.match(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z \({ID}\) ", line) for line in lines)
    assert [line.partition(") ")[2] for line in lines] == [
        "Extended Request Id: JJb2dEXAMPLE0A=",
        f"Verifying Usage Plan for request: {ID}. API Key:  API Stage: a1b2c3d4e5/prod",
        "API Key  authorized because method 'ANY /{proxy+}' does not require API Key. "
        "Request will not contribute to throttle or quota limits",
        "Usage Plan check succeeded for API Key  and API Stage a1b2c3d4e5/prod",
        f"Starting execution for request: {ID}",
        "HTTP Method: GET, Resource Path: /pets",
        "Method request path: {}",
        "Method request query string: {}",
        "Method request headers: {Accept=*/*}",
        "Method request body before transformations: a\\r\\nb",
        "Method response body after transformations: ok",
        "Method response headers: {Content-Type=text/plain}",
        "Successfully completed execution",
        "Method completed with status: 200",
    ]


def test_a_failure_is_logged_at_any_level(tmp_path: Path) -> None:
    failure = GatewayError(API_CONFIGURATION_ERROR, "Invalid endpoint address")

    lines = logged(MethodSettings(logging_level="ERROR"), ended(failure), tmp_path)

    assert [line.partition(") ")[2] for line in lines] == [
        "Execution failed due to configuration error: Invalid endpoint address",
        "Method completed with status: 500",
    ]


def test_success_is_no_error(tmp_path: Path) -> None:
    assert logged(MethodSettings(logging_level="ERROR"), ended(), tmp_path) == []


def test_a_canary_is_logged_with_its_stage_and_by_itself(tmp_path: Path) -> None:
    lines = logged(MethodSettings(logging_level="INFO"), ended(), tmp_path, "prod/Canary")

    stage = tmp_path / "API-Gateway-Execution-Logs_a1b2c3d4e5" / "prod.log"
    assert lines == stage.read_text().splitlines()


def test_the_check_of_a_usage_plan_has_its_lines(tmp_path: Path) -> None:
    """Those of refusals as AWS's knowledge center shows them."""
    reason = "Key quota exhausted for Usage Plan ID nnpegc. Quota Limit: 500 Period: DAY"
    admitted, refused = ended(), ended(GatewayError(QUOTA_EXCEEDED, reason))
    for exchange in (admitted, refused):
        assert exchange.trace is not None
        exchange.trace.note("api_key", outcome="accepted", shown="****F0yrv6", id="k", plan="p", reason="")
    assert refused.trace is not None
    refused.trace.note("limits", outcome="refused", refused_by="quota", reason=reason, limits=[])
    settings = MethodSettings(logging_level="INFO")
    lines = [line.partition(") ")[2] for line in logged(settings, admitted, tmp_path / "a", requires_key=True)]

    assert lines[1:3] == [
        f"Verifying Usage Plan for request: {ID}. API Key: ****F0yrv6 API Stage: a1b2c3d4e5/prod",
        "Usage Plan check succeeded for API Key ****F0yrv6 and API Stage a1b2c3d4e5/prod",
    ]
    exceeded = f"API Key ****F0yrv6 exceeded quota limit for API Stage a1b2c3d4e5/prod: {reason}"
    for level in ("INFO", "ERROR"):
        settings = MethodSettings(logging_level=level)
        lines = [line.partition(") ")[2] for line in logged(settings, refused, tmp_path / level, requires_key=True)]
        assert lines.count(exceeded) == 1
        assert lines[-1] == "Method completed with status: 500"
    assert lines == [exceeded, "Method completed with status: 500"]


def test_a_key_that_is_refused_has_its_line_too(tmp_path: Path) -> None:
    refused = ended(GatewayError(INVALID_API_KEY))
    assert refused.trace is not None
    refused.trace.note("api_key", outcome="refused", shown="", id=None, plan=None, reason="no API key was sent")
    lines = logged(MethodSettings(logging_level="ERROR"), refused, tmp_path, requires_key=True)

    assert lines[0].endswith("API Key  not authorized for API Stage a1b2c3d4e5/prod: no API key was sent")


def test_a_client_that_is_not_trusted_is_asked_for_no_key(tmp_path: Path) -> None:
    refused = ended(GatewayError(FORBIDDEN))
    assert refused.trace is not None
    refused.trace.note("client_certificate", subject=None, issuer=None, serial=None, problem="no client certificate")

    lines = logged(MethodSettings(logging_level="INFO"), refused, tmp_path)

    assert [line.partition(") ")[2] for line in lines] == [
        "Extended Request Id: JJb2dEXAMPLE0A=",
        f"Starting execution for request: {ID}",
        "HTTP Method: GET, Resource Path: /pets",
        "Access denied. Reason: no client certificate",
        "Method completed with status: 500",
    ]
