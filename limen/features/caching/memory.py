"""The kept responses of a worker: bounded in bytes over all stages, and the least useful go first.

Which those are is S3-FIFO's to say (Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023): a new
entry stands in a short queue, and who is not asked for there leaves without ever pushing out what is; who comes back
soon after it left, or was asked for, goes to the long queue. A hit counts a number up and moves nothing.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias
from weakref import WeakValueDictionary, finalize

from limen.features.caching.entries import Entry, Group
from limen.features.caching.keys import encode_key

SHORT_SHARE = 10
"""The short queue has a tenth of the bytes."""
OVERHEAD = 1_200
"""Bytes of an entry beside its key, headers and body: objects, places in dicts and queues, and its memory when gone."""
HEADER_OVERHEAD = 240

ShelfName: TypeAlias = tuple[str, str, str, str]
"""API, stage, deployment, and the size of the stage's cache, whose change empties it as on AWS."""


class Contents:
    """What is on a shelf; outlives it by no more than a moment."""

    __slots__ = ("groups", "limit", "order", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.groups: dict[tuple[Any, ...], Group] = {}
        self.order: OrderedDict[Entry, None] = OrderedDict()
        """Oldest first."""


class Shelf:
    """The responses of one deployment on one stage; its plans own it, and with the last one its entries go."""

    __slots__ = ("__weakref__", "contents", "name")

    def __init__(self, name: ShelfName, contents: Contents) -> None:
        self.name = name
        self.contents = contents

    def group(self, name: tuple[Any, ...]) -> Group:
        found = self.contents.groups.get(name)
        if found is None:
            found = self.contents.groups[name] = Group((*self.name, *name), self.contents)
        return found


class Memory:
    """One for each worker; outlives plans."""

    def __init__(self, now: Callable[[], float], limit: int) -> None:
        self.now = now
        self.limit = limit
        self.size = 0
        self._short_size = 0
        self._shelves: WeakValueDictionary[ShelfName, Shelf] = WeakValueDictionary()
        self._short: OrderedDict[Entry, None] = OrderedDict()
        self._long: OrderedDict[Entry, None] = OrderedDict()
        self._gone: OrderedDict[int, None] = OrderedDict()
        """Who left the short queue, by the hash of its key."""

    def __len__(self) -> int:
        return len(self._short) + len(self._long)

    def shelf(self, name: ShelfName, limit: int) -> Shelf:
        """The same for plans that replace each other; `limit` is the stage's own, in bytes."""
        found = self._shelves.get(name)
        if found is None:
            contents = Contents(min(limit, self.limit))
            found = self._shelves[name] = Shelf(name, contents)
            finalize(found, self._empty, contents).atexit = False
        return found

    def keep(self, entry: Entry, ttl: float) -> bool:
        """False where there is a newer answer, or no room for one of its size."""
        group, contents = entry.group, entry.group.contents
        old = group.entries.get(entry.key)
        if old is not None and old.asked > entry.asked:
            return False
        was_long = old is not None and old in self._long
        if old is not None:
            self.drop(old)
        entry.size = size_of(entry)
        if entry.size > contents.limit:
            return False
        entry.kept_at = self.now()
        entry.expires = entry.kept_at + ttl
        while self.size + entry.size > self.limit:
            self._evict(entry.kept_at)
        while contents.size + entry.size > contents.limit:  # only where a stage's own is less
            self.drop(next(iter(contents.order)))
        mark = hash((group.name, entry.key))
        if was_long or mark in self._gone:
            self._gone.pop(mark, None)
            self._long[entry] = None
        else:
            self._short[entry] = None
            self._short_size += entry.size
        self.size += entry.size
        contents.size += entry.size
        contents.order[entry] = None
        group.entries[entry.key] = entry
        return True

    def keep_coded(self, entry: Entry, coding: bytes, body: bytes) -> None:
        """What an entry's body is in a content coding, where there is room beside all that is kept."""
        if entry not in entry.group.contents.order or coding in entry.coded:
            return
        size, contents = len(body) + len(coding), entry.group.contents
        if self.size + size <= self.limit and contents.size + size <= contents.limit:
            entry.coded[coding] = body
            self._grow(entry, size)

    def drop(self, entry: Entry) -> None:
        """Nothing happens where it is gone already."""
        group = entry.group
        if entry in group.contents.order:
            del group.contents.order[entry]
            if group.entries.get(entry.key) is entry:
                del group.entries[entry.key]
            self._grow(entry, -entry.size)
            self._short.pop(entry, None)
            self._long.pop(entry, None)

    def flush(self, api_id: str, stage_name: str) -> None:
        """Forgets all responses of a stage; who asks from now on joins nobody that asked before."""
        for shelf in list(self._shelves.values()):
            if shelf.name[:2] == (api_id, stage_name):
                self._empty(shelf.contents)
                for group in shelf.contents.groups.values():
                    group.flights.clear()
                    group.epoch += 1

    def _grow(self, entry: Entry, size: int) -> None:
        entry.size += size
        self.size += size
        entry.group.contents.size += size
        if entry in self._short:
            self._short_size += size

    def _empty(self, contents: Contents) -> None:
        for entry in list(contents.order):
            self.drop(entry)

    def _evict(self, now: float) -> None:
        """One step: an entry leaves, or moves towards where it will."""
        if self._short and (self._short_size * SHORT_SHARE > self.limit or not self._long):
            entry, _ = self._short.popitem(last=False)
            self._short_size -= entry.size
            if entry.uses and entry.expires > now:
                entry.uses = 0
                self._long[entry] = None
                return
            self._remember(hash((entry.group.name, entry.key)))
        else:
            entry, _ = self._long.popitem(last=False)
            if entry.uses and entry.expires > now:
                entry.uses -= 1
                self._long[entry] = None
                return
        self.drop(entry)

    def _remember(self, mark: int) -> None:
        self._gone[mark] = None
        while len(self._gone) > len(self) + 1:
            self._gone.popitem(last=False)


def size_of(entry: Entry) -> int:
    """What an entry takes at most."""
    headers = sum([len(lower) + 2 * (len(name) + len(value)) + HEADER_OVERHEAD for lower, name, value in entry.headers])
    key = encode_key(entry.key)
    return OVERHEAD + len(entry.body) + headers + 2 * len(key) + 64 * len(entry.key)
