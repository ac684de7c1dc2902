"""What the tests of this folder say to a state."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from limen.state.interface import StateAwayError
from limen.state.messages import DAY, Delivery, Demand, Extension, LedgerQuestion, QuotaDemand, Used, Words
from limen.state.valkey.state import ValkeyState
from limen.state.valkey.url import parse_url

T = TypeVar("T")
ALL_HOURS = (0, 10_000_000)
ALL_TIME = (0, 600_000_000)


@asynccontextmanager
async def opened(url: str | int, **options: Any) -> AsyncIterator[ValkeyState]:
    state = ValkeyState(parse_url(url if isinstance(url, str) else f"valkey://127.0.0.1:{url}"), **options)
    try:
        yield state
    finally:
        await state.close()


def demand(bucket: str = "b", rate: float = 0.001, burst: int = 100, **said: int) -> Demand:
    return Demand(bucket, rate, burst, *(said.get(name, 0) for name in ("used", "back", "need", "want")))


def quota(plan: str = "p", key: str = "k", limit: int = 1000, **said: int) -> QuotaDemand:
    return QuotaDemand(plan, key, limit, DAY, 0, 0, *(said.get(name, 0) for name in ("back", "need", "want")))


def words(*said: Demand | QuotaDemand, holder: str = "h", number: int = 0) -> Words:
    demands = [one for one in said if isinstance(one, Demand)]
    return Words(holder, demands, [one for one in said if isinstance(one, QuotaDemand)], number)


def used(calls: int = 1, plan: str = "p", key: str = "k", method: str = "GET /pets", minutes_ago: int = 0) -> Used:
    return Used(plan, key, "api", "prod", method, int(time.time()) // 60 - minutes_ago, calls)


def delivery(number: int, *entries: Used, holder: str = "h") -> Delivery:
    return Delivery(holder, number, list(entries))


def extension(remaining: int, plan: str = "p", key: str = "k", limit: int = 1000) -> Extension:
    return Extension(plan, key, limit, DAY, 0, 0, remaining)


async def whole_ledger(state: ValkeyState, plan: str | None = None) -> list[Used]:
    entries: list[Used] = []
    after = ""
    for _ in range(1000):
        page = await state.ledger(LedgerQuestion(plan, *ALL_TIME, after))
        entries += page.entries
        after = page.position
        if not after:
            return entries
    raise AssertionError("the ledger does not end")


async def until_there(ask: Callable[[], Awaitable[T]], seconds: float = 20) -> T:
    """Asks until the state is not away any more."""
    ends = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except StateAwayError:
            if time.monotonic() > ends:
                raise
            await asyncio.sleep(0.05)
