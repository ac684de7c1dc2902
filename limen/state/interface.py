"""The one interface to shared state; its backends pass one and the same suite of tests (tests/state)."""

from typing import Protocol

from limen.state.messages import (
    Delivery,
    Extension,
    Leases,
    LedgerPage,
    LedgerQuestion,
    UsageAnswer,
    UsageQuestion,
    Words,
)


class StateAwayError(Exception):
    """The authority cannot be reached, or did not answer in time; the message says which and where."""


class State(Protocol):
    """Every method raises StateAwayError at once, or after ANSWER_TIMEOUT at the latest; none raises for its input.

    Made without I/O; connects when it is first used, and again when a connection was lost.
    """

    shares_caches: bool
    """Whether cached responses are kept here, for all workers and nodes; else each worker caches for itself."""

    async def lease(self, words: Words) -> Leases:
        """Tells what was spent and is asked for; what was told is told again when this raises."""

    async def deliver(self, delivery: Delivery) -> None:
        """Counts admitted calls, in counters and ledger at once, and takes them off the holder's leases of quotas."""

    async def usage(self, question: UsageQuestion) -> UsageAnswer: ...

    async def ledger(self, question: LedgerQuestion) -> LedgerPage: ...

    async def extend(self, extension: Extension) -> int:
        """The calls used in the current period."""

    async def forget_plan(self, plan_id: str) -> None:
        """A plan that was deleted: its counters, leases and extensions go; its ledger stays."""

    async def find_cached(self, key: str) -> bytes | None:
        """A cached response; asked for where `shares_caches` alone."""

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None: ...

    async def move_clock(self, seconds: float) -> None:
        """Development only: the authority's clock goes ahead by so much more, for all."""

    async def reset_clock(self) -> None:
        """Development only: back at the time of day. Buckets go on; quotas are those of the periods of that time."""

    async def close(self) -> None: ...
