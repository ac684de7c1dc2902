"""Where lines go: one file for several workers, whole lines, and no harm to traffic when the sink fails."""

import os
import threading
from pathlib import Path

import pytest

from limen.features.access_logs import writer
from limen.features.access_logs.writer import AccessLog, AccessLogs


def no_wake() -> None:
    """For logs that a test flushes itself."""


def test_lines_are_written_soon_without_anyone_asking(tmp_path: Path) -> None:
    logs = AccessLogs(tmp_path / "logs")
    logs.log("aws/orders").write("one\n")
    logs.log("aws/orders").write("two\n")
    file = tmp_path / "logs/aws/orders.log"
    for _ in range(200):
        if file.exists() and file.read_text() == "one\ntwo\n":
            break
        threading.Event().wait(0.01)
    assert file.read_text() == "one\ntwo\n"
    logs.close()


def test_what_waits_is_written_when_a_worker_stops(tmp_path: Path) -> None:
    logs = AccessLogs(tmp_path)
    logs.log("a").write("last\n")
    logs.close()
    assert (tmp_path / "a.log").read_text() == "last\n"


def test_several_workers_append_to_one_file(tmp_path: Path) -> None:
    workers = [AccessLog(tmp_path / "a.log", no_wake) for _ in range(3)]
    for turn in range(20):
        for number, worker in enumerate(workers):
            worker.write(f"{number} {turn}\n")
            worker.flush()
    lines = (tmp_path / "a.log").read_text().splitlines()
    assert sorted(lines) == sorted(f"{number} {turn}" for number in range(3) for turn in range(20))


def test_a_renamed_file_is_made_anew(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "a.log", no_wake)
    log.write("before\n")
    log.flush()
    (tmp_path / "a.log").rename(tmp_path / "a.log.1")
    log.write("after\n")
    log.flush()
    assert (tmp_path / "a.log.1").read_text() == "before\n"
    assert (tmp_path / "a.log").read_text() == "after\n"
    (tmp_path / "a.log").unlink()
    log.write("again\n")
    log.flush()
    assert (tmp_path / "a.log").read_text() == "again\n"


def test_a_failing_sink_is_told_once_and_costs_lines_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "logs").write_text("a file where a directory should be")
    log = AccessLog(tmp_path / "logs/a.log", no_wake)
    for _ in range(5):
        log.write("lost\n")
        log.flush()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "logs/a.log cannot be written" in caplog.text
    (tmp_path / "logs").unlink()
    log.write("found\n")
    log.flush()
    assert (tmp_path / "logs/a.log").read_text() == "found\n"
    assert "is written again" in caplog.text


def test_a_sink_that_is_too_slow_drops_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "MAX_BUFFERED", 100)
    log = AccessLog(tmp_path / "a.log", no_wake)
    for _ in range(1000):
        log.write("0123456789\n")
    log.flush()
    kept = len((tmp_path / "a.log").read_text().splitlines())
    assert kept == 10
    assert f"{1000 - kept} lines dropped" in caplog.text
    log.write("more\n")
    log.flush()
    assert (tmp_path / "a.log").read_text().endswith("more\n")


def test_a_line_that_was_cut_by_a_full_disk_does_not_swallow_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = AccessLog(tmp_path / "a.log", no_wake)
    real_write = os.write
    room = [7]

    def write(fd: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        written = real_write(fd, data[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(writer.os, "write", write)
    log.write("first\nsecond\n")
    log.flush()
    room[0] = 1000
    log.write("third\n")
    log.flush()
    assert (tmp_path / "a.log").read_text() == "first\ns\nthird\n"


def test_batches_hold_whole_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WRITE_SIZE", 20)
    log = AccessLog(tmp_path / "a.log", no_wake)
    written: list[bytes] = []
    monkeypatch.setattr(writer.os, "write", lambda _, data: written.append(data) or len(data))
    for line in ["12345678\n", "12345678\n", "12345678\n", "x" * 50 + "\n", "é\udcff\n"]:
        log.write(line)
    log.flush()
    assert written == [b"12345678\n12345678\n", b"12345678\n", b"x" * 50 + b"\n", "é\\udcff\n".encode()]


def test_all_groups_share_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    logs = AccessLogs(None)
    assert logs.log("a") is logs.log("b")
    logs.log("a").write("to stdout\n")
    logs.close()
    assert capfd.readouterr().out == "to stdout\n"


def test_the_thread_starts_with_the_first_line(tmp_path: Path) -> None:
    logs = AccessLogs(tmp_path)
    logs.log("a")
    assert logs._thread is None
    logs.close()


def test_a_stuck_sink_does_not_keep_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "STOP_TIMEOUT", 0.05)
    release = threading.Event()
    monkeypatch.setattr(writer.os, "write", lambda _, data: len(data) * release.wait(10))
    logs = AccessLogs(tmp_path)
    logs.log("a").write("stuck\n")
    threading.Event().wait(0.2)
    logs.close()
    release.set()
