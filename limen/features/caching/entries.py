"""Kept responses, and those that are on their way: what one request does for all that ask for the same."""

from typing import Any

from limen.gateway.exchange import Exchange, FixedHeaders
from limen.wire import Header

MOST_USES = 3
"""As many as eviction tells apart (see memory)."""


class Entry:
    """One kept response, as it was before it was compressed. Times in seconds by the clock of the caches."""

    __slots__ = (
        "asked",
        "body",
        "coded",
        "expires",
        "fixed",
        "group",
        "headers",
        "kept_at",
        "key",
        "size",
        "status",
        "uses",
    )

    def __init__(
        self, group: "Group", key: Any, status: int, headers: tuple[Header, ...], body: bytes, asked: float
    ) -> None:
        self.group = group
        self.key = key
        self.status = status
        self.headers = headers
        self.fixed = FixedHeaders(headers)
        self.body = body
        self.asked = asked
        """When the backend was asked: an older answer replaces no newer one."""
        self.kept_at = 0.0
        self.expires = 0.0
        self.size = 0
        """Bytes that it is counted with."""
        self.uses = 0
        self.coded: dict[bytes, bytes] = {}
        """The body by content coding, once it was sent in one."""


class Flight:
    """An exchange that asks the backend, and those that wait for its answer."""

    __slots__ = ("asked", "epoch", "group", "key", "lands_before", "waiting", "warns")

    def __init__(self, group: "Group", key: Any, now: float, timeout: float) -> None:
        self.group = group
        self.key = key
        self.epoch = group.epoch
        self.asked = now
        self.lands_before = now + timeout
        """A flight that is over that is lost: nobody joins it."""
        self.waiting: dict[Waiter, None] = {}
        """In the order in which they came."""
        self.warns = False
        """The one that asks is told that its Cache-Control was ignored."""


class Waiter:
    """An exchange that waits for a flight."""

    __slots__ = ("exchange", "flight", "owner", "slot", "warns")

    def __init__(self, exchange: Exchange, flight: Flight, owner: Any, warns: bool) -> None:
        self.exchange = exchange
        self.flight = flight
        self.owner = owner
        """The cached method that it came by."""
        self.warns = warns
        self.slot = 0

    def deadline_passed(self) -> None:
        self.owner.waited_too_long(self)


class Group:
    """The entries of one namespace on one shelf, for methods with the same verb and the same parameters."""

    __slots__ = ("contents", "entries", "epoch", "flights", "name")

    def __init__(self, name: tuple[Any, ...], contents: Any) -> None:
        self.name = name
        self.contents = contents
        """The shelf's, where its sizes are counted."""
        self.entries: dict[Any, Entry] = {}
        self.flights: dict[Any, Flight] = {}
        self.epoch = 0
        """Counts flushes: what was asked before one is not kept after it."""
