"""`limen logs`: which group a name means, what is shown of it, and how it is followed."""

from typing import Any

import pytest

from limen.cli.failure import CommandError, RefusedError
from limen.cli.log_requests import RequestFilter
from limen.cli.logs import _Reader, find_group, parse_since, render


class Port:
    """An admin port with log groups and one function."""

    def __init__(self, *groups: str) -> None:
        self.groups = groups
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []

    def call_logs(self, operation: str, members: dict[str, Any]) -> Any:
        if operation == "DescribeLogGroups":
            found = [name for name in self.groups if name.startswith(members["logGroupNamePrefix"])]
            return {"logGroups": [{"logGroupName": name} for name in found[:1]]}
        if members["logGroupName"] not in self.groups:
            raise RefusedError("no such group", "ResourceNotFoundException")
        self.asked.append(members)
        page = int(members.get("nextToken", "0"))
        shown = [each for each in self.events if each["timestamp"] >= members["startTime"]]
        answer: dict[str, Any] = {"events": shown[page : page + 2]}
        return answer | ({"nextToken": str(page + 2)} if page + 2 < len(shown) else {})

    def call_lambda(self, path: str) -> Any:
        if path != "/2015-03-31/functions/own/configuration":
            raise RefusedError("no such function", "ResourceNotFoundException")
        return {"LoggingConfig": {"LogGroup": "/its/own"}}

    def log(self, timestamp: int, message: str = "m") -> None:
        self.events.append({"eventId": str(len(self.events)), "timestamp": timestamp, "message": message})


def test_a_name_means_a_function_or_a_group() -> None:
    port = Port("/aws/lambda/hello", "plain", "/aws/lambda/hello2")

    assert find_group(port, "hello") == "/aws/lambda/hello"
    assert find_group(port, "plain") == "plain"
    assert find_group(port, "own") == "/its/own"
    assert find_group(port, "none") == "/aws/lambda/none"
    assert find_group(port, "/some/group") == "/some/group"


def test_following_shows_each_event_once() -> None:
    port = Port("/aws/lambda/hello")
    reader = _Reader(port, "hello", "ERROR", 1000)
    for timestamp in (1000, 20_000, 20_001):
        port.log(timestamp)

    first = list(reader.read(must_exist=True))
    port.log(19_999)
    port.log(30_000)
    second = list(reader.read(must_exist=True))

    assert [each["timestamp"] for each in first] == [1000, 20_000, 20_001]
    assert [each["timestamp"] for each in second] == [19_999, 30_000]
    assert list(reader.read(must_exist=True)) == []
    assert port.asked[-1]["startTime"] == 25_000 and port.asked[-1]["filterPattern"] == "ERROR"


def test_a_group_that_is_not_there_yet_is_waited_for_or_named() -> None:
    reader = _Reader(Port(), "hello", "", 0)

    assert list(reader.read(must_exist=False)) == []
    with pytest.raises(CommandError, match="no function and no log group hello"):
        list(reader.read(must_exist=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 970_000), ("10m", 400_000), ("1d", 0), ("1970-01-01T00:01:00+00:00", 60_000)],
)
def test_times_are_relative_or_iso(text: str, expected: int) -> None:
    assert parse_since(text, 1000.0) == expected


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(CommandError, match="--since 'soon'"):
        parse_since("soon", 0.0)


def test_a_terminal_is_not_steered() -> None:
    event = {"timestamp": 1, "message": "a\x1b[31mred\x1b[2Jb\x07\n"}

    assert render(event, colours=False) == "1970-01-01T00:00:00.001Z a\x1b[31mred\x1b[2Jb\x07"
    assert render(event, colours=True) == "\x1b[2m1970-01-01T00:00:00.001Z\x1b[0m a\x1b[31mred?[2Jb?\x1b[0m"


def test_one_invocation_among_others() -> None:
    keeps = RequestFilter("two").keeps
    lines = [
        ("a", "START RequestId: one Version: $LATEST"),
        ("b", "START RequestId: two Version: $LATEST"),
        ("a", "of one"),
        ("b", "of two"),
        ("b", "END RequestId: two"),
        ("b", "REPORT RequestId: two\tDuration: 1 ms"),
        ("b", "between"),
        ("c", '{"type": "platform.start", "record": {"requestId": "two"}}'),
        ("c", '{"message": "of two"}'),
        ("c", '{"type": "platform.report", "record": {"requestId": "two"}}'),
        ("c", "{ no JSON"),
    ]

    kept = [message for stream, message in lines if keeps({"logStreamName": stream, "message": message})]

    assert len(kept) == 7
    assert "of one" not in kept and "between" not in kept and "{ no JSON" not in kept
