"""When access keys were used last: remembered by the control process, for a write for each call would cost too much."""

import time
from collections.abc import Callable
from typing import Any

MOST_KEYS = 10_000
"""Keys that are remembered; past it the one used longest ago goes."""


class LastUsed:
    """Owned by the control process; `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._uses: dict[str, tuple[float, str, str]] = {}

    def note(self, access_key_id: str, service: str, region: str) -> None:
        self._uses.pop(access_key_id, None)
        self._uses[access_key_id] = (self._now(), service, region)
        if len(self._uses) > MOST_KEYS:
            del self._uses[next(iter(self._uses))]

    def find(self, access_key_id: str) -> dict[str, Any] | None:
        """As GetAccessKeyLastUsed answers it."""
        found = self._uses.get(access_key_id)
        if found is None:
            return None
        moment, service, region = found
        date = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
        return {"LastUsedDate": date, "ServiceName": service, "Region": region}
