"""What operations of user pools need beside documents: keys to open secrets with, and who tried how often."""

import time
from collections.abc import Callable
from pathlib import Path

from limen.control.pools.outbox import Outbox
from limen.identity.attempts import LockOuts, Rates, Used
from limen.identity.sealing import Sealer
from limen.jose.signing import SigningKey

CALLS_PER_SECOND, CALLS_AT_ONCE = 30.0, 120.0
"""Of operations without a signature, from one address."""
FAILURES_PER_SECOND, FAILURES_AT_ONCE = 0.5, 60.0
"""Of passwords and codes that one address gets wrong, for whatever users."""
MOST_KEYS = 1000
"""Signing keys that are held open."""


class PoolTools:
    """One for the control process. `clock` gives epoch seconds."""

    def __init__(self, key: bytes, outbox: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.sealer = Sealer(key)
        self.outbox = Outbox(outbox)
        self.passwords = LockOuts()
        """By pool and user."""
        self.codes = LockOuts()
        """By pool, user and what the code is for."""
        self.calls = Rates(CALLS_PER_SECOND, CALLS_AT_ONCE)
        self.failures = Rates(FAILURES_PER_SECOND, FAILURES_AT_ONCE)
        self.used = Used(clock)
        self.signers: dict[str, SigningKey] = {}
        """By key id."""
        self._clock = clock

    def now(self) -> int:
        return int(self._clock())
