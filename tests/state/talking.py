"""Holders and questions in few words, for tests of states."""

from limen.state.interface import State
from limen.state.messages import (
    Delivery,
    Demand,
    Extension,
    Grant,
    LedgerQuestion,
    QuotaDemand,
    QuotaGrant,
    UsageQuestion,
    Used,
    Words,
)


class Holder:
    """A worker that says one word at a time."""

    def __init__(self, state: State, name: str) -> None:
        self.state = state
        self.name = name
        self.number = 0
        self.deliveries = 0

    async def ask(
        self,
        bucket: str,
        rate: float,
        burst: int,
        *,
        used: int = 0,
        back: int = 0,
        need: int = 0,
        want: int = 0,
        again: bool = False,
    ) -> Grant:
        self.number += not again
        demand = Demand(bucket, rate, burst, used, back, need, want)
        return (await self.state.lease(Words(self.name, [demand], [], self.number))).grants[0]

    async def ask_quota(
        self,
        plan: str,
        limit: int,
        *,
        period: str = "MONTH",
        offset: int = 0,
        began: int = 0,
        back: int = 0,
        need: int = 0,
        want: int = 0,
    ) -> QuotaGrant:
        self.number += 1
        demand = QuotaDemand(plan, "key", limit, period, offset, began, back, need, want)
        return (await self.state.lease(Words(self.name, [], [demand], self.number))).quotas[0]

    async def deliver(self, plan: str, calls: int, minute: int, *, again: bool = False, method: str = "GET /") -> None:
        self.deliveries += not again
        used = [Used(plan, "key", "api", "prod", method, minute, calls)]
        await self.state.deliver(Delivery(self.name, self.deliveries, used))


async def now_of(state: State) -> float:
    return (await state.lease(Words("who asks for the time", [], []))).now


async def used_of(state: State, plan: str) -> int:
    answer = await state.usage(UsageQuestion(plan, None, 0, 10**7))
    return sum(row.calls for row in answer.rows)


async def entered_of(state: State, plan: str) -> int:
    """Calls in the ledger, over all its pages."""
    calls, after = 0, ""
    while True:
        page = await state.ledger(LedgerQuestion(plan, 0, 10**9, after))
        calls += sum(entry.calls for entry in page.entries)
        after = page.position
        if not after:
            return calls


def extension(plan: str, limit: int, remaining: int, period: str = "MONTH") -> Extension:
    return Extension(plan, "key", limit, period, 0, 0, remaining)
