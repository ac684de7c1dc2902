"""Events come back in the order of their times, whatever order they were written in, whole or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.functions.log_files import LogEvent, append_events, make_group, segment_path
from limen.functions.log_reader import StoredStream, find_stream, list_groups, list_streams

STREAM = "2026/11/26/[$LATEST]0123456789abcdef0123456789abcdef"
END = 1 << 50


def stored(group: Path, *times: int, stream: str = STREAM, segment: int = 1) -> StoredStream:
    append_events(group, stream, [LogEvent(time, f"event {time}", "r", 5) for time in times], segment)
    found = find_stream(group, stream)
    assert found is not None
    return found


def times(stream: StoredStream, start: int = 0, end: int = END, **options: bool) -> list[int]:
    return [each.event.timestamp for each in stream.events(start, end, **options)]


@pytest.fixture
def group(tmp_path: Path) -> Path:
    return make_group(tmp_path, "us-east-1", "/aws/lambda/hello")


def test_groups_have_their_own_names_and_regions(tmp_path: Path, group: Path) -> None:
    make_group(tmp_path, "us-east-1", "x" * 512)
    make_group(tmp_path, "eu-west-1", "elsewhere")

    assert sorted(each.name for each in list_groups(tmp_path, "us-east-1")) == ["/aws/lambda/hello", "x" * 512]
    assert list_groups(tmp_path / "missing", "us-east-1") == []


def test_streams_have_their_own_names(group: Path) -> None:
    for name in (STREAM, "x" * 512, "dots.1.log", "wave~"):
        stored(group, 1, stream=name)

    assert [stream.name for stream in list_streams(group)] == sorted((STREAM, "x" * 512, "dots.1.log", "wave~"))


def test_an_event_comes_back_as_it_was_written(group: Path) -> None:
    event = next(stored(group, 7).events(0, END)).event

    assert event == LogEvent(7, "event 7", "r", 5)


def test_a_range_includes_both_ends(group: Path) -> None:
    assert times(stored(group, 1, 2, 3, 4), 2, 3) == [2, 3]


def test_events_written_late_stand_where_they_belong(group: Path) -> None:
    stored(group, 5, 3, 9)
    stored(group, 4, 20, segment=2)
    stream = stored(group, 30, segment=3)

    assert times(stream) == [3, 4, 5, 9, 20, 30]
    assert times(stream, newest_first=True) == [30, 20, 9, 5, 4, 3]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 4)), max_size=30), st.integers(0, 50), st.integers(0, 50))
def test_order_and_range_hold_for_any_writing(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[int, int]], start: int, end: int
) -> None:
    group = make_group(tmp_path_factory.mktemp("logs"), "us-east-1", "g")
    stream = stored(group, 25)
    for time, segment in written:
        stream = stored(group, time, segment=segment)
    keys = [each.key for each in stream.events(start, end)]

    assert [key[0] for key in keys] == sorted(t for t in [25, *(time for time, _ in written)] if start <= t <= end)
    assert len(set(keys)) == len(keys)
    assert keys[::-1] == [each.key for each in stream.events(start, end, newest_first=True)]


def test_a_segment_not_written_since_is_not_read(group: Path) -> None:
    stream = stored(group, 100 * 3_600_000)
    os.utime(segment_path(group, STREAM, 1), (3600, 3600))
    reread = find_stream(group, STREAM)

    assert reread is not None
    assert times(stream, 50 * 3_600_000) == [100 * 3_600_000]
    assert times(reread, 50 * 3_600_000) == []


def test_a_line_that_is_not_whole_is_left_out(group: Path) -> None:
    stored(group, 1)
    with segment_path(group, STREAM, 1).open("ab") as file:
        file.write(b'garbage\n[2,2,"","x"]\n[3,"]\n[4,4,"","cut o')
    stream = find_stream(group, STREAM)

    assert stream is not None
    assert times(stream) == [1, 2]
    assert stream.span() is not None and stream.span().last == 2  # type: ignore[union-attr]


def test_a_stream_without_events_has_no_span(group: Path) -> None:
    stream = stored(group)

    assert stream.span() is None
    assert stream.created() > 0
    assert times(stream) == []


def test_what_is_dropped_while_it_is_read_is_left_out(group: Path) -> None:
    stream = stored(group, 1)
    segment_path(group, STREAM, 1).unlink()

    assert times(stream) == []
    assert list_streams(group) == []
