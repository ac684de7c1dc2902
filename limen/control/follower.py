"""A process that follows a feed, as the control process sees it: what it was sent, and what it says that it serves."""

import asyncio
import time
from collections.abc import Sequence

from limen.plan.channel import Applied, Hello, StateSeen


class Follower:
    """The functions host is one, and each gateway worker."""

    def __init__(self, pid: int, writer: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.writer = writer
        self.sent: int | None = None
        """The revision that it was sent last; None: it is to be sent everything."""
        self.applied: int | None = None
        self._unanswered = 0

    def serves(self, revision: int) -> bool:
        return self.applied is not None and self.applied >= revision

    @property
    def is_ready_for_more(self) -> bool:
        return self._unanswered == 0

    def send(self, revision: int, frames: Sequence[bytes]) -> None:
        """Each frame is to be answered, the last is at `revision`."""
        self.sent = revision
        self._unanswered += len(frames)
        self.writer.writelines(frames)

    def forget_history(self) -> None:
        """What it applied says nothing any more of what it lacks."""
        self.sent = self.applied = None

    def hear_applied(self) -> None:
        self._unanswered -= 1
        if self._unanswered == 0 and self.sent is not None:
            self.applied = self.sent


class Worker(Follower):
    """A gateway worker."""

    def __init__(self, hello: Hello, writer: asyncio.StreamWriter) -> None:
        super().__init__(hello.pid, writer)
        self.index = hello.index
        self.is_serving = False
        self.problems: list[str] = []
        self.connections = 0
        self.lost_state: float | None = None
        """When it said that it is without the shared state, in seconds since 1970; None: it is not."""

    def hear_plans(self, applied: Applied) -> None:
        self.is_serving = True
        self.problems = applied.problems
        self.hear_applied()

    def hear_state(self, seen: StateSeen) -> None:
        self.lost_state = time.time() if seen.is_away else None
