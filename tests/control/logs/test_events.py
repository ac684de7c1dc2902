"""Events of one stream: put, and read forwards and backwards until tokens stay the same."""

import time
from typing import Any

import pytest

from tests.control.logs.conftest import Logs

NOW = int(time.time() * 1000)
DAY = 24 * 60 * 60 * 1000


def put(logs: Logs, *times: int, **members: Any) -> dict[str, Any]:
    events = [{"timestamp": each, "message": f"m{each - NOW}"} for each in times]
    return logs("PutLogEvents", logGroupName="g", logStreamName="s", logEvents=events, **members)


def get(logs: Logs, **members: Any) -> tuple[list[int], str, str]:
    answer = logs("GetLogEvents", logGroupName="g", logStreamName="s", **members)
    offsets = [event["timestamp"] - NOW for event in answer["events"]]
    return offsets, answer["nextForwardToken"], answer["nextBackwardToken"]


@pytest.fixture
def filled(logs: Logs) -> Logs:
    logs("CreateLogGroup", logGroupName="g")
    logs("CreateLogStream", logGroupName="g", logStreamName="s")
    put(logs, *range(NOW, NOW + 5))
    return logs


def test_the_newest_come_first_unless_asked_from_the_head(filled: Logs):
    assert get(filled, limit=2)[0] == [3, 4]
    assert get(filled, limit=2, startFromHead=True)[0] == [0, 1]
    assert get(filled)[0] == [0, 1, 2, 3, 4]


def test_forward_tokens_lead_to_the_end_and_on(filled: Logs):
    _, token, _ = get(filled, limit=3, startFromHead=True)
    offsets, token, _ = get(filled, limit=3, nextToken=token)
    assert offsets == [3, 4]

    assert get(filled, nextToken=token)[:2] == ([], token)
    put(filled, NOW + 7)
    assert get(filled, nextToken=token)[0] == [7]


def test_backward_tokens_lead_to_the_beginning(filled: Logs):
    _, _, token = get(filled, limit=3)
    offsets, forward, token = get(filled, limit=3, nextToken=token)
    assert offsets == [0, 1]
    assert get(filled, nextToken=token) == ([], token.replace("b", "f"), token)
    assert get(filled, nextToken=forward)[0] == [2, 3, 4]


def test_a_range_has_its_start_but_not_its_end(filled: Logs):
    assert get(filled, startTime=NOW + 1, endTime=NOW + 3)[0] == [1, 2]


def test_an_empty_stream_has_tokens_too(filled: Logs):
    filled("CreateLogStream", logGroupName="g", logStreamName="empty")
    answer = filled("GetLogEvents", logGroupName="g", logStreamName="empty")

    assert answer["events"] == []
    filled("PutLogEvents", logGroupName="g", logStreamName="empty", logEvents=[{"timestamp": NOW, "message": "m"}])
    again = filled("GetLogEvents", logGroupName="g", logStreamName="empty", nextToken=answer["nextForwardToken"])
    assert len(again["events"]) == 1


def test_what_is_too_old_or_too_new_is_left_out_and_said(filled: Logs):
    assert put(filled, NOW - 15 * DAY, NOW - 14 * DAY - DAY // 2)["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 2
    }
    assert put(filled, NOW + 10, NOW + DAY // 2)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert get(filled, startTime=NOW + 5)[0] == [10]
    assert put(filled, NOW + 11)["rejectedLogEventsInfo"] is None


def test_expired_events_are_neither_taken_nor_shown(filled: Logs):
    put(filled, NOW - 5 * DAY)
    assert len(get(filled)[0]) == 6

    filled("PutRetentionPolicy", logGroupName="g", retentionInDays=3)

    assert get(filled)[0] == [0, 1, 2, 3, 4]
    assert put(filled, NOW - 4 * DAY)["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ([NOW, NOW - 1], "chronological"),
        ([NOW - 2 * DAY, NOW], "24 hours"),
    ],
)
def test_a_batch_in_disorder_is_refused(filled: Logs, times: list[int], reason: str):
    events = [{"timestamp": each, "message": "m"} for each in times]
    assert reason in filled.refuses("PutLogEvents", logGroupName="g", logStreamName="s", logEvents=events)


def test_a_batch_too_large_is_refused(filled: Logs):
    events = [{"timestamp": NOW, "message": "x" * (1 << 20)}]
    assert "Upload too large: 1048602 bytes" in filled.refuses(
        "PutLogEvents", logGroupName="g", logStreamName="s", logEvents=events
    )
    assert "does not exist" in filled.refuses(
        "PutLogEvents", logGroupName="g", logStreamName="none", logEvents=[{"timestamp": NOW, "message": "x"}]
    )


def test_a_token_of_others_is_refused(filled: Logs):
    assert "nextToken is invalid" in filled.refuses(
        "GetLogEvents", logGroupName="g", logStreamName="s", nextToken="f/12"
    )


def test_a_page_holds_a_megabyte(filled: Logs):
    for each in range(3):
        filled(
            "PutLogEvents",
            logGroupName="g",
            logStreamName="s",
            logEvents=[{"timestamp": NOW + 100 + each, "message": "x" * 700_000}],
        )
    assert get(filled, startTime=NOW + 100)[0] == [102]
