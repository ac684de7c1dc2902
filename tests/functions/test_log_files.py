"""Log events in files: names, headers, segments, lines that a crash cut off, long messages."""

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.functions.log_files import (
    LONGEST_MESSAGE,
    LogEvent,
    append_events,
    file_name,
    make_group,
    render_event,
    segment_path,
    split_message,
)

STREAM = "2026/11/26/[$LATEST]0123456789abcdef0123456789abcdef"


@given(st.text(max_size=400), st.text(max_size=400))
def test_each_name_is_a_file_of_its_own(one: str, other: str) -> None:
    assert "/" not in file_name(one) and "\0" not in file_name(one) and file_name(one) not in (".", "..")
    assert len(file_name(one).encode()) <= 240
    assert (file_name(one) == file_name(other)) == (one == other)


def test_a_segment_that_is_full_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.log_files.SEGMENT_BYTES", 100)
    group = make_group(tmp_path, "us-east-1", "g")

    first = append_events(group, STREAM, [LogEvent(1, "x" * 200)], 1)
    second = append_events(group, STREAM, [LogEvent(2, "y")], first)

    assert (first, second) == (1, 2)
    header, event = segment_path(group, STREAM, 2).read_bytes().splitlines()
    assert orjson.loads(header)["stream"] == STREAM
    assert orjson.loads(event)[3] == "y"


def test_a_line_that_was_cut_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    group = make_group(tmp_path, "us-east-1", "g")
    append_events(group, STREAM, [LogEvent(1, "whole")], 1)
    with segment_path(group, STREAM, 1).open("ab") as file:
        file.write(b'[2,2,"","cut o')

    append_events(group, STREAM, [LogEvent(3, "after")], 1)

    assert segment_path(group, STREAM, 1).read_bytes().splitlines()[-1].endswith(b'"after"]')


def test_a_group_that_is_gone_is_not_made_by_an_event(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        append_events(tmp_path / "gone", STREAM, [LogEvent(1, "x")], 1)


@given(st.text(st.characters(codec="utf-8"), max_size=50), st.integers(0, 20))
def test_pieces_of_a_message_are_the_message(text: str, padding: int) -> None:
    message = "x" * (LONGEST_MESSAGE - padding) + text

    pieces = split_message(message)

    assert "".join(pieces) == message
    assert all(0 < len(piece.encode()) <= LONGEST_MESSAGE for piece in pieces)


def test_what_is_no_text_is_replaced() -> None:
    assert render_event(LogEvent(1, "a\ud800b", ingestion=2)) == b'[1,2,"","a?b"]\n'
