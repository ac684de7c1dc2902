"""Segments: bounded, in order, safe for two who write at once, and after a line that broke off."""

import os
import threading
from pathlib import Path

import pytest

from limen.control.audit import files as files_module
from limen.control.audit.files import CURRENT, AuditFiles, closed_segments, read_lines


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files_module, "LEAST_SEGMENT", 1000)


def test_the_oldest_go_when_it_becomes_too_large(tmp_path: Path):
    log = AuditFiles(tmp_path, 8000)
    for number in range(1000):
        log.append(b"%05d" % number + b"x" * 94)

    lines = [int(line[:5]) for line in read_lines(tmp_path)]
    assert lines == list(range(lines[0], 1000)), "the newest, in order, without a gap"
    assert 60 <= len(lines) <= 90
    assert sum(path.stat().st_size for path in tmp_path.glob("*.jsonl")) <= 8000 + 100


def test_two_writers_lose_no_line(tmp_path: Path):
    def write(writer: int) -> None:
        log = AuditFiles(tmp_path, 1 << 20)
        for number in range(300):
            log.append(b"%d-%d" % (writer, number) + b"x" * 50)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = sorted(line.rstrip(b"x\n") for line in read_lines(tmp_path))
    assert found == sorted(b"%d-%d" % (writer, number) for writer in (1, 2) for number in range(300))
    assert len(closed_segments(tmp_path)) >= 2 or (tmp_path / CURRENT).exists()


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path):
    log = AuditFiles(tmp_path, 1 << 20)
    log.append(b"one")
    (tmp_path / CURRENT).rename(tmp_path / "kept-elsewhere")
    log.append(b"two")

    assert list(read_lines(tmp_path)) == [b"two\n"]


def test_a_line_after_one_that_broke_off_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    log = AuditFiles(tmp_path, 1 << 20)
    real = os.write
    calls = []

    def full_disk(descriptor: int, data: memoryview) -> int:
        if descriptor == log._descriptor:
            calls.append(data)
            if len(calls) == 2:
                raise OSError(28, "No space left on device")
            return real(descriptor, data[:3])
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", full_disk)
    with pytest.raises(OSError, match="No space left"):
        log.append(b"broken line")
    monkeypatch.setattr(os, "write", real)
    log.append(b"whole")

    assert list(read_lines(tmp_path)) == [b"bro\n", b"whole\n"]


def test_a_full_disk_is_noticed_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    log = AuditFiles(tmp_path, 1 << 20)
    log.check()
    monkeypatch.setattr(files_module, "LEAST_FREE", 1 << 62)

    with pytest.raises(OSError, match="less than 1 MB"):
        log.check()
    log.close()
