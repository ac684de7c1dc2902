"""Hears on PostgreSQL of what other nodes commit, by LISTEN and, as a net, by asking each second; and of its loss.

https://www.postgresql.org/docs/current/sql-notify.html: the payload goes out when the transaction commits.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

log = logging.getLogger("limen.store")

REVISIONS = "limen_revision"
"""The channel on which each commit is told."""
NODES = "limen_nodes"
"""The channel on which nodes tell what they have applied."""

ASK_INTERVAL = 1.0
"""Seconds between two questions for the revision."""
SLICE = 0.25
"""Seconds for which it cannot be stopped."""
RETRY_DELAYS = (0.1, 0.25, 0.5, 1.0)
"""Seconds between tries to connect; the last goes on."""


class Watched(Protocol):
    """What the store does with what is heard; called in the thread of the watch."""

    def saw_revision(self, read: Callable[[], int]) -> None:
        """`read` asks the database."""

    def lost_database(self, cause: str) -> None: ...

    def found_database(self, revision: int) -> None:
        """It answers again; anything may have changed."""

    def heard(self, payload: str) -> None:
        """Of a node."""


class RevisionWatch:
    """A thread with a connection of its own; `connect` makes one, `prepare` is called before it is used.

    `is_lost`: the database is known not to have answered.
    """

    def __init__(
        self, connect: Callable[[], Any], prepare: Callable[[], None], watched: Watched, *, is_lost: bool = False
    ) -> None:
        self._connect = connect
        self._prepare = prepare
        self._watched = watched
        self._stopping = threading.Event()
        self._is_lost = is_lost
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name="watch revisions", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10 * SLICE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    self._follow(connection)
            except Exception as error:
                self._lose(error)
                self._stopping.wait(RETRY_DELAYS[min(self._failures, len(RETRY_DELAYS)) - 1])

    def _lose(self, error: Exception) -> None:
        self._failures += 1
        if not self._is_lost and not self._stopping.is_set():
            self._is_lost = True
            lines = str(error).strip().splitlines()
            self._watched.lost_database(lines[0] if lines else type(error).__name__)

    def _follow(self, connection: Any) -> None:
        for channel in (REVISIONS, NODES):
            connection.execute(f"LISTEN {channel}")

        def read() -> int:
            return int(connection.execute("SELECT revision FROM limen_revision").fetchone()[0])

        self._prepare()
        if self._is_lost:
            self._watched.found_database(read())
            self._is_lost = False
        self._failures = 0
        while not self._stopping.is_set():
            self._watched.saw_revision(read)
            self._listen(connection)

    def _listen(self, connection: Any) -> None:
        """Until a commit is told of, or it is time to ask."""
        ask_at = time.monotonic() + ASK_INTERVAL
        while not self._stopping.is_set() and time.monotonic() < ask_at:
            has_commits = False
            for told in connection.notifies(timeout=SLICE, stop_after=1):
                if told.channel == NODES:
                    self._watched.heard(told.payload)
                has_commits = has_commits or told.channel == REVISIONS
            if has_commits:
                return
