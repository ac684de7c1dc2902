"""Who looks at which stage: a bounded ring of the last requests of each, off unless asked for."""

from collections import OrderedDict
from typing import Any

import orjson

MOST_REQUESTS = 1000
"""Entries of one ring."""
MOST_BYTES = 32 << 20
"""Bytes of one ring, whatever the number of its entries."""


class Ring:
    """The last requests of a stage, each as the JSON that is shown; an old one goes when there is no room."""

    def __init__(self, requests: int) -> None:
        self.requests = min(requests, MOST_REQUESTS)
        self._entries: OrderedDict[str, tuple[dict[str, Any], bytes]] = OrderedDict()
        self._bytes = 0

    def put(self, request_id: str, summary: dict[str, Any], entry: bytes) -> None:
        """`summary` is what a list shows of it."""
        self._drop(self._entries.pop(request_id, None))
        self._entries[request_id] = (summary, entry)
        self._bytes += len(entry)
        while len(self._entries) > self.requests or (self._bytes > MOST_BYTES and len(self._entries) > 1):
            self._drop(self._entries.popitem(last=False)[1])

    def find(self, request_id: str) -> bytes | None:
        """By either of its ids."""
        for key, (summary, entry) in self._entries.items():
            if request_id in (key, summary.get("extendedRequestId")):
                return entry
        return None

    def summaries(self) -> list[dict[str, Any]]:
        """Newest first."""
        return [summary for summary, _ in reversed(self._entries.values())]

    def _drop(self, gone: tuple[dict[str, Any], bytes] | None) -> None:
        if gone is not None:
            self._bytes -= len(gone[1])


class Watch:
    """Of one stage; its plans hold it, so that looking begins and ends without a new plan."""

    __slots__ = ("ring",)

    def __init__(self) -> None:
        self.ring: Ring | None = None
        """None where nobody looks."""

    def look(self, requests: int) -> None:
        """Keeps the last `requests`; 0 ends it and forgets them."""
        if requests <= 0:
            self.ring = None
        elif self.ring is None or self.ring.requests != min(requests, MOST_REQUESTS):
            self.ring = Ring(requests)


class Watches:
    """Owned by a worker: the watch of each stage."""

    def __init__(self, requests: int = 0) -> None:
        """`requests`: how many are kept of each stage from the start."""
        self._requests = requests
        self._watches: dict[tuple[str, str], Watch] = {}

    def watch(self, api_id: str, stage_name: str) -> Watch:
        found = self._watches.get((api_id, stage_name))
        if found is None:
            found = self._watches[api_id, stage_name] = Watch()
            found.look(self._requests)
        return found

    def look(self, api_id: str, stage_name: str, requests: int) -> None:
        self.watch(api_id, stage_name).look(requests)

    def explain(self, request_id: str | None) -> list[bytes]:
        """The entry of a request, or none; without an id the summaries of all, newest first. All as JSON."""
        rings = [watch.ring for watch in self._watches.values() if watch.ring is not None]
        if request_id is not None:
            return [entry for ring in rings if (entry := ring.find(request_id)) is not None]
        return [orjson.dumps(summary) for ring in rings for summary in ring.summaries()]
