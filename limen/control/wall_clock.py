"""The time of day as the control process has it: the machine's, unless `limen clock` has moved it."""

import time


class WallClock:
    def __init__(self) -> None:
        self.ahead = 0.0
        """Seconds."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead

    def text(self) -> str:
        """As AWS writes it in documents, to the second."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))
