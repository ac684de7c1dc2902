"""What the client connections of a worker share, and the register of those that are open."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from limen.budget import Budget
from limen.clock import Clock
from limen.downstream.head import HeadParser
from limen.downstream.limits import Limits
from limen.downstream.trusted_proxies import TrustedProxies
from limen.gateway.exchange import Exchange


class Connection(Protocol):
    """A client's connection, whatever it speaks."""

    def idle_since(self) -> float | None:
        """When its last exchange ended, by the clock; None while it has one."""

    def drain(self) -> None:
        """Ends as soon as the exchanges that it has are answered."""

    def close(self) -> None:
        """Ends now, in good order."""

    def abort(self) -> None:
        """Ends now."""


class Connections:
    """Owned by the listener, read by each connection."""

    def __init__(
        self,
        dispatch: Callable[[Exchange], None],
        clock: Clock,
        budget: Budget,
        limits: Limits,
        proxies: TrustedProxies | None = None,
    ) -> None:
        self.dispatch = dispatch
        self.clock = clock
        self.budget = budget
        self.limits = limits
        self.proxies = proxies or TrustedProxies()
        self.parser = HeadParser(limits)
        self.open: dict[Connection, None] = {}
        """In the order in which they were opened."""
        self.refused: Counter[int] = Counter()
        """Requests that were answered before they became an exchange, by status."""
        self.is_draining = False
        self.on_closed: Callable[[], None] = lambda: None

    def required_progress(self) -> float:
        """Bytes of a body that must have come since it was looked at last, `body_timeout` ago."""
        limits, budget = self.limits, self.budget
        is_scarce = budget.taken > 0.9 * budget.limit
        return limits.body_timeout * (limits.scarce_body_rate if is_scarce else limits.body_rate)

    def opened(self, connection: Connection) -> None:
        self.open[connection] = None
        if self.is_draining:
            connection.drain()

    def closed(self, connection: Connection) -> None:
        self.open.pop(connection, None)
        self.on_closed()
