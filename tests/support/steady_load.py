"""Requests at a steady pace from several threads, each on its connection; every failure is kept."""

import http.client
import threading
import time
from collections.abc import Callable
from types import TracebackType

from tests.support.client import Answer, Client


class SteadyLoad:
    """Runs while its `with` block does; `failures` says what went wrong, `count` how many were answered well."""

    def __init__(
        self,
        connect: Callable[[], Client],
        path: str,
        *,
        clients: int = 4,
        pause: float = 0.002,
        is_good: Callable[[Answer], bool] = lambda answer: answer.status == 200,
    ) -> None:
        self.failures: list[str] = []
        self.count = 0
        self._connect = connect
        self._path = path
        self._pause = pause
        self._is_good = is_good
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self) -> "SteadyLoad":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self) -> None:
        client = self._connect()
        while not self._over.is_set():
            self._ask(client)
            time.sleep(self._pause)
        client.close()

    def _ask(self, client: Client) -> None:
        try:
            answer = client.get(self._path)
        except (OSError, http.client.HTTPException) as error:
            problem = repr(error)
        else:
            problem = "" if self._is_good(answer) else f"{answer.status} {answer.body[:200]!r}"
        with self._lock:
            if problem:
                self.failures.append(problem)
            else:
                self.count += 1
