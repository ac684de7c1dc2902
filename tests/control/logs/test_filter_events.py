"""FilterLogEvents: many streams in one order, by pattern, in pages that lose and repeat nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.store.store import Store
from tests.control.logs.conftest import Logs


def all_pages(logs: Logs, **members: Any) -> list[tuple[int, str]]:
    events: list[tuple[int, str]] = []
    token: dict[str, str] = {}
    while True:
        answer = logs("FilterLogEvents", logGroupName="g", **members, **token)
        events += [(event["timestamp"], event["logStreamName"]) for event in answer["events"]]
        if answer["nextToken"] is None:
            return events
        token = {"nextToken": answer["nextToken"]}


@pytest.fixture
def filled(logs: Logs) -> Logs:
    logs.write("g", "a", (1, "ERROR one"), (3, "fine"), (5, "ERROR two"))
    logs.write("g", "b", (2, "fine"), (3, "ERROR three"), (9, "fine"))
    return logs


def test_streams_are_interleaved(filled: Logs):
    answer = filled("FilterLogEvents", logGroupName="g")

    assert [(e["timestamp"], e["message"]) for e in answer["events"]] == [
        (1, "ERROR one"),
        (2, "fine"),
        (3, "fine"),
        (3, "ERROR three"),
        (5, "ERROR two"),
        (9, "fine"),
    ]
    assert answer["nextToken"] is None
    ids = [e["eventId"] for e in answer["events"]]
    assert len(set(ids)) == 6 and all(len(each) == 56 for each in ids)


def test_patterns_ranges_and_streams_choose(filled: Logs):
    assert all_pages(filled, filterPattern="ERROR") == [(1, "a"), (3, "b"), (5, "a")]
    assert all_pages(filled, startTime=3, endTime=5) == [(3, "a"), (3, "b"), (5, "a")]
    assert all_pages(filled, logStreamNamePrefix="b") == [(2, "b"), (3, "b"), (9, "b")]
    assert all_pages(filled, logStreamNames=["a"]) == [(1, "a"), (3, "a"), (5, "a")]
    assert all_pages(filled, startFromHead=False, limit=2)[:2] == [(9, "b"), (5, "a")]


def test_a_page_looks_at_so_much_and_no_more(filled: Logs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("limen.control.logs.filter_events.MOST_LOOKED_AT", 60)

    first = filled("FilterLogEvents", logGroupName="g", filterPattern="two")

    assert first["events"] == [] and first["nextToken"] is not None
    assert all_pages(filled, filterPattern="two") == [(5, "a")]


def test_what_cannot_be_asked_is_refused(filled: Logs):
    assert "exclusive" in filled.refuses(
        "FilterLogEvents", logGroupName="g", logStreamNamePrefix="a", logStreamNames=["a"]
    )
    assert "startTime" in filled.refuses("FilterLogEvents", logGroupName="g", startTime=2, endTime=1)
    assert "nextToken" in filled.refuses("FilterLogEvents", logGroupName="g", nextToken="WzFd")


def test_a_stream_that_goes_between_pages_costs_its_own_events_alone(filled: Logs):
    first = filled("FilterLogEvents", logGroupName="g", limit=3)
    filled("DeleteLogStream", logGroupName="g", logStreamName="a")

    second = filled("FilterLogEvents", logGroupName="g", nextToken=first["nextToken"])

    assert [event["timestamp"] for event in second["events"]] == [3, 9]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), max_size=20),
    st.integers(1, 4),
    st.booleans(),
)
def test_pages_lose_and_repeat_nothing(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, int]], limit: int, from_head: bool
):
    store = Store.open("sqlite://")
    logs = Logs(store, tmp_path_factory.mktemp("logs"))
    logs("CreateLogGroup", logGroupName="g")
    for stream, moment in written:
        logs.write("g", stream, (moment, "m"))

    found = all_pages(logs, limit=limit, startFromHead=from_head)

    assert found == sorted(((moment, stream) for stream, moment in written), reverse=not from_head)
    store.close()
