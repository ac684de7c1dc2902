"""Shared state of which a test makes as much as it needs: what it did not expect to be asked raises."""

from limen.state.interface import State, StateAwayError
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


class PartialState(State):
    """While `is_away`, it raises where it begins with `check_there`."""

    shares_caches = False

    def __init__(self) -> None:
        self.is_away = False

    def check_there(self) -> None:
        if self.is_away:
            raise StateAwayError("the shared state cannot be reached")

    async def lease(self, words: Words) -> Leases:
        raise NotImplementedError

    async def deliver(self, delivery: Delivery) -> None:
        raise NotImplementedError

    async def usage(self, question: UsageQuestion) -> UsageAnswer:
        raise NotImplementedError

    async def ledger(self, question: LedgerQuestion) -> LedgerPage:
        raise NotImplementedError

    async def extend(self, extension: Extension) -> int:
        raise NotImplementedError

    async def forget_plan(self, plan_id: str) -> None:
        raise NotImplementedError

    async def find_cached(self, key: str) -> bytes | None:
        raise NotImplementedError

    async def put_cached(self, key: str, entry: bytes, seconds: float) -> None:
        raise NotImplementedError

    async def move_clock(self, seconds: float) -> None:
        raise NotImplementedError

    async def reset_clock(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        """There is nothing to close."""
