"""Lines that gateways wrote, as events of a log group."""

import os

import pytest

from limen.aws.errors import AwsError
from tests.control.logs.conftest import Logs


def events(logs: Logs, group: str) -> list[tuple[int, str]]:
    answer = logs("FilterLogEvents", logGroupName=group)
    return [(event["timestamp"], event["message"]) for event in answer["events"]]


def test_execution_logs_lose_their_stamp(logs: Logs):
    group = "API-Gateway-Execution-Logs_abc/prod"
    logs.write_text(group, "2026-11-26T10:00:00.250Z (id) Starting\n2026-11-26T10:00:01.000Z (id) Done\n")

    assert events(logs, group) == [(1795687200250, "(id) Starting"), (1795687201000, "(id) Done")]


@pytest.mark.parametrize(
    "line",
    [
        '{"time": "2026-11-26T10:00:00Z"}',
        '127.0.0.1 - - [26/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200',
        "1795687200000,GET,/",
    ],
)
def test_a_line_tells_its_own_time(logs: Logs, line: str):
    logs.write_text("access", line + "\nno time\n")

    assert events(logs, "access") == [(1795687200000, line), (1795687200000, "no time")]


def test_lines_without_a_time_have_that_of_their_file(logs: Logs):
    logs.write_text("access", "one\ntwo\nnot whole")
    os.utime(logs.texts / "access.log", (1000, 1000))

    assert events(logs, "access") == [(1000_000, "one"), (1000_000, "two")]


def test_of_a_long_file_the_end_is_read(logs: Logs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("limen.control.logs.text_logs.MOST_READ", 10)
    logs.write_text("access", "one\ntwo\nthree\nfour\n")

    assert [message for _, message in events(logs, "access")] == ["four"]


def test_a_group_whose_name_begins_with_a_slash_has_the_lines_of_its_file(logs: Logs):
    logs.write_text("aws/apigateway/orders", "one\n")

    assert [message for _, message in events(logs, "/aws/apigateway/orders")] == ["one"]
    logs("CreateLogGroup", logGroupName="/aws/apigateway/orders")
    logs("CreateLogGroup", logGroupName="/aws/apigateway/other")
    assert [message for _, message in events(logs, "/aws/apigateway/orders")] == ["one"]
    assert events(logs, "/aws/apigateway/other") == []
    listed = logs("DescribeLogGroups")["logGroups"]
    assert [group["logGroupName"] for group in listed] == ["/aws/apigateway/orders", "/aws/apigateway/other"]
    assert [group["storedBytes"] for group in listed] == [4, 0]


def test_a_slash_leads_to_no_group_that_somebody_made_without_one(logs: Logs):
    logs("CreateLogGroup", logGroupName="orders")
    logs.write_text("orders", "one\n")

    with pytest.raises(AwsError, match="does not exist"):
        events(logs, "/orders")
