"""A steady pace of requests from a process of its own: `python -m bench.steady PORT HOST PATH RATE`.

Runs until its standard input ends and then prints how many requests were answered with 200, and what the others were.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from types import TracebackType

from bench.client import Probe
from bench.machine import LOAD_CORE, pin
from bench.processes import BenchError

CONNECTIONS = 8


class SteadyLoad:
    """Runs while its `with` block does."""

    def __init__(self, port: int, host: str, path: str, rate: int) -> None:
        self.answered = 0
        self.failures: dict[str, int] = {}
        self._command = [sys.executable, "-m", "bench.steady", str(port), host, path, str(rate)]

    def __enter__(self) -> "SteadyLoad":
        self._child = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        pin(self._child.pid, LOAD_CORE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        printed, _ = self._child.communicate(timeout=30)
        if self._child.returncode != 0:
            raise BenchError("the steady load broke")
        self.answered, self.failures = json.loads(printed)


def main() -> None:
    port, host, path, rate = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    over = threading.Event()
    outcomes: list[Counter[str]] = [Counter() for _ in range(CONNECTIONS)]
    threads = [
        threading.Thread(target=_ask, args=(Probe(port, host), path, CONNECTIONS / rate, over, counted))
        for counted in outcomes
    ]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    total = sum(outcomes, Counter())
    answered = total.pop("200", 0)
    print(json.dumps([answered, total]))


def _ask(probe: Probe, path: str, period: float, over: threading.Event, counted: Counter[str]) -> None:
    due = time.monotonic()
    while not over.is_set():
        try:
            outcome = str(probe.get(path)[0])
        except (OSError, http.client.HTTPException) as error:
            outcome = type(error).__name__
        counted[outcome] += 1
        due = max(due + period, time.monotonic() - 1)
        over.wait(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
