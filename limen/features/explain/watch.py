"""Who looks at which stage: a bounded ring of the last requests of each, off unless asked for."""

from collections import OrderedDict
from typing import Any

import orjson

MOST_REQUESTS = 1000
"""Entries of one ring."""
MOST_BYTES = 64 << 20
"""Bytes of all rings of a worker together; each may keep one entry beyond it."""


class Room:
    """What the rings of one worker have taken of MOST_BYTES."""

    def __init__(self) -> None:
        self.taken = 0


class Ring:
    """The last requests of a stage, each as the JSON that is shown; an old one goes when there is no room."""

    def __init__(self, requests: int, room: Room | None = None) -> None:
        self.requests = min(requests, MOST_REQUESTS)
        self._room = Room() if room is None else room
        self._entries: OrderedDict[str, tuple[dict[str, Any], bytes]] = OrderedDict()

    def put(self, request_id: str, summary: dict[str, Any], entry: bytes) -> None:
        """`summary` is what a list shows of it."""
        self._drop(self._entries.pop(request_id, None))
        self._entries[request_id] = (summary, entry)
        self._room.taken += len(entry)
        while len(self._entries) > self.requests or (self._room.taken > MOST_BYTES and len(self._entries) > 1):
            self._drop(self._entries.popitem(last=False)[1])

    def clear(self) -> None:
        while self._entries:
            self._drop(self._entries.popitem()[1])

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
            self._room.taken -= len(gone[1])


class Watch:
    """Of one stage; its plans hold it, so that looking begins and ends without a new plan."""

    __slots__ = ("_room", "ring")

    def __init__(self, room: Room | None = None) -> None:
        self.ring: Ring | None = None
        """None where nobody looks."""
        self._room = room

    def look(self, requests: int) -> None:
        """Keeps the last `requests`; 0 ends it and forgets them."""
        ring = self.ring
        if ring is not None and ring.requests == min(requests, MOST_REQUESTS):
            return
        if ring is not None:
            ring.clear()
        self.ring = Ring(requests, self._room) if requests > 0 else None


class Watches:
    """Owned by a worker: the watch of each stage."""

    def __init__(self, requests: int = 0) -> None:
        """`requests`: how many are kept of each stage from the start."""
        self._requests = requests
        self._watches: dict[tuple[str, str], Watch] = {}
        self._room = Room()

    def watch(self, api_id: str, stage_name: str) -> Watch:
        found = self._watches.get((api_id, stage_name))
        if found is None:
            found = self._watches[api_id, stage_name] = Watch(self._room)
            found.look(self._requests)
        return found

    def look(self, api_id: str, stage_name: str, requests: int) -> None:
        self.watch(api_id, stage_name).look(requests)

    def forget(self, api_id: str, stage_name: str) -> None:
        """The stage is gone, and with it what was kept of it."""
        watch = self._watches.pop((api_id, stage_name), None)
        if watch is not None:
            watch.look(0)

    def explain(self, request_id: str | None) -> list[bytes]:
        """The entry of a request, or none; without an id the summaries of all, newest first. All as JSON."""
        rings = [watch.ring for watch in self._watches.values() if watch.ring is not None]
        if request_id is not None:
            return [entry for ring in rings if (entry := ring.find(request_id)) is not None]
        return [orjson.dumps(summary) for ring in rings for summary in ring.summaries()]
