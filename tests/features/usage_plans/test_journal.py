"""Counting in files that outlive who counts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from limen.features.throttling.bucket import Limits
from limen.features.usage_plans import journal as journal_module
from limen.features.usage_plans.journal import Journal, MethodUse, find_leftovers
from limen.state.messages import Used

MINUTE = 29_000_000


class Clock:
    def __init__(self) -> None:
        self.now = MINUTE * 60.0 + 10

    def __call__(self) -> float:
        return self.now


def use(key_id: str = "k1", method: str = "GET /pets") -> MethodUse:
    return MethodUse(key_id, "p1", "api1", "prod", method, Limits(()))


def used(calls: int, key_id: str = "k1", method: str = "GET /pets", minute: int = MINUTE) -> Used:
    return Used("p1", key_id, "api1", "prod", method, minute, calls)


def count(journal: Journal, counted: MethodUse, monotonic: float = 0.0) -> None:
    """As admission does."""
    if monotonic >= journal.ends:
        journal.turn(monotonic)
    if counted.epoch == journal.epoch:
        journal.view[counted.slot] += 1
    else:
        journal.count(counted)


def test_calls_are_counted_by_key_method_and_minute(tmp_path: Path) -> None:
    clock = Clock()
    journal = Journal(tmp_path, "holder", clock)
    first, second = use(), use("k2", "POST /pets")

    for _ in range(3):
        count(journal, first)
    count(journal, second)
    clock.now += 60
    count(journal, first, monotonic=60.0)
    journal.rotate()
    (file,) = journal.full()

    assert file.read() == [used(3), used(1, "k2", "POST /pets"), used(1, minute=MINUTE + 1)]
    journal.close()


def test_a_use_counts_on_in_the_next_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "holder", Clock())
    counted = use()
    count(journal, counted)
    journal.rotate()
    count(journal, counted)
    journal.rotate()

    assert [file.read() for file in journal.full()] == [[used(1)], [used(1)]]
    assert [file.number for file in journal.full()] == [1, 2]
    journal.close()


def test_a_full_file_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "SLOTS", 2)
    journal = Journal(tmp_path, "holder", Clock())
    for number in range(5):
        count(journal, use(f"k{number}"))
    journal.rotate()

    assert [len(file.read()) for file in journal.full()] == [2, 2, 1]
    journal.close()


def test_files_that_wait_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journal_module, "SLOTS", 1)
    monkeypatch.setattr(journal_module, "MOST_FILES", 2)
    journal = Journal(tmp_path, "holder", Clock())
    for number in range(6):
        count(journal, use(f"k{number}"))

    assert journal.lost == 3
    assert len(caplog.records) == 1, "said once"
    journal.close()


def test_a_journal_that_counted_nothing_leaves_nothing(tmp_path: Path) -> None:
    Journal(tmp_path, "holder", Clock()).close()

    assert list(tmp_path.iterdir()) == []


def test_files_of_the_living_are_left_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "holder", Clock())
    count(journal, use())

    assert find_leftovers(tmp_path) == []
    journal.close()
    assert [leftover.delivery.used for leftover in find_leftovers(tmp_path)] == [[used(1)]]


@pytest.mark.parametrize("content", [b"", b"something else", journal_module.MAGIC + b"\xff" * 70_000])
def test_what_is_no_journal_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "holder-0000000001.usage").write_bytes(content)
    (tmp_path / "nothing.usage").write_bytes(content)

    assert find_leftovers(tmp_path) == []


COUNTING = """
import sys, time
from pathlib import Path
from limen.features.throttling.bucket import Limits
from limen.features.usage_plans.journal import Journal, MethodUse
journal = Journal(Path(sys.argv[1]), "dead", lambda: 60.0 * 29_000_000)
use = MethodUse("k1", "p1", "api1", "prod", "GET /pets", Limits(()))
for number in range(1000):
    journal.count(use) if use.epoch != journal.epoch else journal.view.__setitem__(use.slot, journal.view[use.slot] + 1)
    if number == 499:
        journal.rotate()
print("counted", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_counted_is_all_there(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", COUNTING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    assert find_leftovers(tmp_path) == [], "it lives"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()

    found = find_leftovers(tmp_path)

    assert [(each.delivery.holder, each.delivery.number) for each in found] == [("dead", 1), ("dead", 2)]
    assert [each.delivery.used for each in found] == [[used(500)], [used(500)]]
    assert find_leftovers(tmp_path) == [], "one takes it over"
    for each in found:
        each.remove()
    assert list(tmp_path.iterdir()) == []


def test_counting_is_cheap(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "holder", Clock())
    counted = use()
    began = time.perf_counter()
    for _ in range(10_000):
        count(journal, counted)
    assert time.perf_counter() - began < 1.0
    journal.close()
