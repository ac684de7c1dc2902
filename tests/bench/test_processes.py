"""What a process tree costs, as the kernel counts it."""

import subprocess
import sys

import pytest

from bench.processes import BenchError, Running, cpu_seconds, descendants, proportional_megabytes
from tests.support.limen_process import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

BURN = "import time\nbegan = time.process_time()\nwhile time.process_time() - began < 0.3: pass\n"


def test_the_whole_tree_is_counted_and_stopped(tmp_path):
    nested = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {BURN!r}])\ntime.sleep(60)"
    running = Running([sys.executable, "-c", nested], tmp_path / "output")
    try:
        wait_until(lambda: running.cpu_seconds() >= 0.3, 10, lambda: f"{running.cpu_seconds()} s")
    finally:
        running.stop()

    assert running.child.returncode is not None
    assert running.cpu_seconds() == 0


def test_children_of_children_are_found():
    outer = subprocess.Popen(["sh", "-c", "sh -c 'sleep 60; true' & wait"])
    try:
        wait_until(lambda: len(descendants(outer.pid)) == 2, 5, lambda: str(descendants(outer.pid)))
        assert proportional_megabytes(outer.pid) > 0
        assert cpu_seconds(outer.pid) < 1
    finally:
        for pid in [*descendants(outer.pid)[::-1], outer.pid]:
            subprocess.run(["kill", str(pid)], check=False)
        outer.wait()


def test_a_program_that_ends_early_is_quoted(tmp_path):
    running = Running([sys.executable, "-c", "print('no certificate')"], tmp_path / "output")

    with pytest.raises(BenchError, match="no certificate"):
        running.wait_until(lambda: False)
