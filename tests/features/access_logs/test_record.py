"""From a stage's settings to lines in a file."""

from pathlib import Path

import pytest

from limen.features.access_logs.record import compile_access_log
from limen.features.access_logs.settings import AccessLogSettings
from limen.features.access_logs.writer import AccessLogs
from limen.gateway.context import find_variable
from limen.gateway.errors import PlanError
from tests.features.access_logs.test_format import ended

ARN = "arn:aws:logs:us-east-1:000000000000:log-group:orders"


@pytest.mark.parametrize(
    "settings",
    [None, AccessLogSettings(), AccessLogSettings(ARN), AccessLogSettings(None, "$context.requestId")],
)
def test_a_stage_without_a_log_has_no_record(settings: AccessLogSettings | None, tmp_path: Path) -> None:
    assert compile_access_log(settings, find_variable, AccessLogs(tmp_path)) is None


def test_each_exchange_is_a_line(tmp_path: Path) -> None:
    logs = AccessLogs(tmp_path)
    record = compile_access_log(AccessLogSettings(ARN, "$context.requestId $context.status"), find_variable, logs)
    assert record is not None
    record(ended())
    record(ended())
    logs.close()
    assert (tmp_path / "orders.log").read_text() == "JKJaXmPLvHcESHA= 200\n" * 2


def test_a_canary_is_logged_with_its_stage_and_by_itself(tmp_path: Path) -> None:
    logs = AccessLogs(tmp_path)
    settings = AccessLogSettings(ARN, "$context.requestId")
    record = compile_access_log(settings, find_variable, logs, is_canary=True)
    assert record is not None
    record(ended())
    logs.close()
    assert (tmp_path / "orders.log").read_text() == "JKJaXmPLvHcESHA=\n"
    assert (tmp_path / "orders" / "Canary.log").read_text() == "JKJaXmPLvHcESHA=\n"


def test_another_destination_is_refused(tmp_path: Path) -> None:
    settings = AccessLogSettings("arn:aws:s3:::logs", "$context.requestId")
    with pytest.raises(PlanError):
        compile_access_log(settings, find_variable, AccessLogs(tmp_path))
