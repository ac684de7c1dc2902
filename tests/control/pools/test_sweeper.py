"""Sessions whose time is over are deleted."""

import asyncio
from collections.abc import Callable
from typing import Any

from limen.control.pools.sweeper import find_expired, sweep
from tests.control.pools.conftest import Shop


def test_expired_sessions_go_and_others_stay(shop: Shop) -> None:
    shop.add_user("ana")
    shop.tokens("ana")
    shop.pools.time += 20 * 86400
    shop.tokens("ana")

    async def in_operations(function: Callable[[], Any]) -> Any:
        return function()

    swept = asyncio.run(sweep(shop.pools.store, in_operations, int(shop.pools.time) + 11 * 86400))

    with shop.pools.store.reader() as reader:
        assert (swept, len(list(reader.all("PoolSession")))) == (1, 1)


def test_sign_ons_and_codes_go_too(shop: Shop) -> None:
    with shop.pools.store.transaction() as transaction:
        for noun in ("PoolSignOn", "PoolCode"):
            transaction.put(noun, "parent", "old", {"expires": 10})
            transaction.put(noun, "parent", "new", {"expires": 11})

    assert find_expired(shop.pools.store, 10) == [("PoolSignOn", "parent", "old"), ("PoolCode", "parent", "old")]
