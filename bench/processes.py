"""Processes that a scenario starts: their trees, their CPU time and their memory, as the kernel counts them."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something is missing or went wrong; the message says what to do."""


class Running:
    """A child process with all that it starts; its output goes to a file, whose end is shown when it fails."""

    def __init__(
        self,
        command: Sequence[str | Path],
        output: Path,
        environment: dict[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self.output = output
        with output.open("wb") as sink:
            self.child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=directory,
            )

    @property
    def pid(self) -> int:
        return self.child.pid

    def tree(self) -> list[int]:
        return [self.pid, *descendants(self.pid)]

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.tree())

    def wait_until(self, is_ready: Callable[[], bool], timeout: float = 20.0) -> None:
        deadline = time.monotonic() + timeout
        while not is_ready():
            if self.child.poll() is not None:
                raise BenchError(f"{self.name} ended with {self.child.returncode}: {self.last_words()}")
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name} did not answer within {timeout:.0f} s: {self.last_words()}")
            time.sleep(0.005)

    def last_words(self) -> str:
        return self.output.read_text(errors="replace")[-2000:].strip() or "(it printed nothing)"

    def stop(self, timeout: float = 10.0) -> None:
        tree = self.tree()
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            for pid in tree:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.child.wait()


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, parents before children."""
    found: list[int] = []
    for thread in _entries(f"/proc/{pid}/task"):
        for child in _read(f"/proc/{pid}/task/{thread}/children").split():
            found += [int(child), *descendants(int(child))]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    stat = _read(f"/proc/{pid}/stat")
    fields = stat.rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


def proportional_megabytes(pid: int) -> float:
    """PSS: memory that is shared between processes counts in equal parts."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def command_of(pid: int) -> str:
    return _read(f"/proc/{pid}/cmdline").replace("\0", " ")


def _entries(directory: str) -> Iterator[str]:
    try:
        yield from os.listdir(directory)
    except (FileNotFoundError, ProcessLookupError):
        return


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
