"""This machine: which core is whose, and how much of it others use."""

import os
import resource
import time
from collections.abc import Callable
from typing import TypeVar

from bench.processes import cpu_seconds, descendants

CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE = CORES[0]
LOAD_CORE = CORES[1] if len(CORES) > 1 else CORES[0]
"""Shared by wrk and the backend."""

MAX_FOREIGN = 0.15
"""Cores used by others, past which a figure is not to be trusted."""
TICKS = os.sysconf("SC_CLK_TCK")

Result = TypeVar("Result")


def pin(pid: int, core: int) -> None:
    """With all its threads and all processes below it."""
    for process in [pid, *descendants(pid)]:
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                os.sched_setaffinity(int(thread), {core})
        except (FileNotFoundError, ProcessLookupError):
            continue


def allow_files(number: int) -> None:
    """Raises the limit of open files, for scenarios with many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard) if hard > 0 else number, hard))


def wait_until_idle(timeout: float = 20.0) -> float:
    """Waits for others to be quiet; the cores that they still use when the wait is over."""
    deadline = time.monotonic() + timeout
    while True:
        _, foreign = with_foreign_load(lambda: time.sleep(0.4))
        if foreign <= MAX_FOREIGN or time.monotonic() > deadline:
            return foreign


def with_foreign_load(run: Callable[[], Result]) -> tuple[Result, float]:
    """What `run` answers, and how many cores others used meanwhile."""
    began, busy, own = time.monotonic(), _busy_seconds(), _own_seconds()
    result = run()
    elapsed = time.monotonic() - began
    others = (_busy_seconds() - busy) - (_own_seconds() - own)
    return result, max(0.0, others / elapsed)


def _busy_seconds() -> float:
    """CPU time of all processes in user and system mode since boot."""
    with open("/proc/stat") as stat:
        user, nice, system = stat.readline().split()[1:4]
    return (int(user) + int(nice) + int(system)) / TICKS


def _own_seconds() -> float:
    """CPU time of this process and of all that it started."""
    return sum(cpu_seconds(pid) for pid in [os.getpid(), *descendants(os.getpid())])
