"""What functions log reaches files soon, in order, whole; a disk that fails costs events and nothing else."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.functions.log_files import LONGEST_MESSAGE, LogEvent, append_events, make_group, segment_path
from limen.functions.logs import FunctionLogs
from tests.support.limen_process import wait_until

GROUP = "/aws/lambda/hello"
STREAM = "2026/11/26/[$LATEST]0123456789abcdef0123456789abcdef"
REGION = "us-east-1"


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[FunctionLogs]:
    running = FunctionLogs(tmp_path)
    yield running
    running.close()


def lines(directory: Path, segment: int = 1) -> list[bytes]:
    path = segment_path(make_group(directory, REGION, GROUP), STREAM, segment)
    return path.read_bytes().splitlines() if path.exists() else []


def test_events_reach_their_file_without_being_asked(logs: FunctionLogs, tmp_path: Path) -> None:
    stream = logs.open_stream(GROUP, STREAM, region=REGION)

    stream.write("one\n", 1, "request")
    stream.write("two\n", 2)

    wait_until(lambda: len(lines(tmp_path)) == 3, 5, lambda: f"{lines(tmp_path)}")
    assert lines(tmp_path)[0].startswith(b'{"stream":"2026/11/26/[$LATEST]')
    assert lines(tmp_path)[1].startswith(b"[1,") and lines(tmp_path)[1].endswith(b',"request","one\\n"]')


def test_what_waits_is_written_when_logs_close(tmp_path: Path) -> None:
    logs = FunctionLogs(tmp_path)
    logs.open_stream(GROUP, STREAM, region=REGION).write("last words", 1)

    logs.close()

    assert len(lines(tmp_path)) == 2


def test_the_end_of_an_invocation_is_written_at_once(logs: FunctionLogs, tmp_path: Path) -> None:
    stream = logs.open_stream(GROUP, STREAM, region=REGION)

    stream.write("END", 1)
    stream.flush()

    assert wait_until(lambda: len(lines(tmp_path)) == 2, 5, lambda: "nothing was written") < 1


def test_a_flood_is_cut_off_and_says_so(logs: FunctionLogs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.logs.MOST_WAITING", 10)
    stream = logs.open_stream(GROUP, STREAM, region=REGION)

    for _ in range(50):
        stream.write("sixteen letters.", 1)

    wait_until(lambda: b"dropped" in b"".join(lines(tmp_path)), 5, lambda: f"{lines(tmp_path)}")


def test_a_disk_that_refuses_costs_events_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "logs").write_text("a file where a directory should be")
    logs = FunctionLogs(tmp_path / "logs")
    stream = logs.open_stream(GROUP, STREAM, region=REGION)

    stream.write("lost", 1)
    logs.close()

    assert "cannot be written" in caplog.text


def test_a_group_deleted_while_it_is_written_is_made_anew(logs: FunctionLogs, tmp_path: Path) -> None:
    stream = logs.open_stream(GROUP, STREAM, region=REGION)
    stream.write("one", 1)
    stream.flush()
    wait_until(lambda: len(lines(tmp_path)) == 2, 5, lambda: "nothing was written")
    group = make_group(tmp_path, REGION, GROUP)
    for file in group.iterdir():
        file.unlink()
    group.rmdir()

    stream.write("two", 2)
    stream.flush()

    wait_until(lambda: len(lines(tmp_path)) == 2, 5, lambda: "nothing was written")
    assert b'"two"' in lines(tmp_path)[1]


def test_old_segments_go_while_a_stream_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.logs.RETENTION_INTERVAL", 0.0)
    group = make_group(tmp_path, REGION, GROUP)
    append_events(group, "old", [LogEvent(1, "x" * 20_000)], 1)
    time.sleep(0.02)  # so that the times of the files differ
    logs = FunctionLogs(tmp_path, most_group_bytes=30_000)
    logs.open_stream(GROUP, STREAM, region=REGION).write("y" * 20_000, 2)

    logs.close()

    assert not segment_path(group, "old", 1).exists()
    assert len(lines(tmp_path)) == 2


def test_a_message_too_long_for_an_event_becomes_several(tmp_path: Path) -> None:
    logs = FunctionLogs(tmp_path)
    logs.open_stream(GROUP, STREAM, region=REGION).write("x" * (LONGEST_MESSAGE + 1), 1)
    logs.close()

    assert [len(line) > 1000 for line in lines(tmp_path)] == [False, True, False]
