"""Logs stay within their bounds: the segments that were written to least recently go first."""

import os
from pathlib import Path

from limen.functions.log_files import LogEvent, append_events, make_group, segment_path
from limen.functions.log_retention import drop_oldest, drop_written_before


def put(directory: Path, group: str, stream: str, written: float, size: int = 10_000) -> Path:
    path = make_group(directory, "us-east-1", group)
    append_events(path, stream, [LogEvent(1, "x" * size)], 1)
    segment = segment_path(path, stream, 1)
    os.utime(segment, (written, written))
    return segment


def test_a_group_over_its_bound_loses_its_oldest(tmp_path: Path) -> None:
    segments = [put(tmp_path, "a", name, written) for written, name in enumerate("xyz", 100)]
    other = put(tmp_path, "b", "x", 1.0)

    drop_oldest(tmp_path, 25_000, 100_000)

    assert [segment.exists() for segment in segments] == [False, True, True]
    assert other.exists()


def test_all_groups_together_have_a_bound(tmp_path: Path) -> None:
    old, young = put(tmp_path, "a", "x", 100.0), put(tmp_path, "b", "x", 200.0)

    drop_oldest(tmp_path, 15_000, 15_000)

    assert (old.exists(), young.exists()) == (False, True)


def test_many_small_streams_count_by_the_blocks_they_take(tmp_path: Path) -> None:
    segments = [put(tmp_path, "a", str(number), 100.0 + number, size=1) for number in range(10)]

    drop_oldest(tmp_path, 5 * 4096, 1 << 30)

    assert [segment.exists() for segment in segments] == [False] * 5 + [True] * 5


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    old, young = put(tmp_path, "a", "x", 100.0), put(tmp_path, "a", "y", 200.0)

    drop_written_before(old.parent, 150.0)

    assert (old.exists(), young.exists()) == (False, True)


def test_nothing_to_drop_is_fine(tmp_path: Path) -> None:
    drop_oldest(tmp_path / "missing", 1, 1)
