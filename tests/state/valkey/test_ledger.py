"""The ledger page by page: every entry once, whatever the pages are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.state.messages import LedgerPage, LedgerQuestion
from limen.state.valkey import ledger as module
from limen.state.valkey.ledger import Position, read_position
from tests.state.valkey.talking import ALL_TIME, delivery, opened, used, whole_ledger
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer

ids = st.text(st.sampled_from("ab/}%2F\x00é"), max_size=6)


@given(position=st.builds(Position, ids, ids, st.integers(0, 99999), st.integers(0, 10**9)))
def test_a_position_is_read_as_it_was_written(position: Position) -> None:
    assert read_position(str(position)) == position


@pytest.mark.parametrize(("page", "keys"), [(1, 1), (3, 2), (7, 100), (1000, 2), (1000, 100)])
def test_every_entry_is_on_one_page(server: RedisServer, monkeypatch: pytest.MonkeyPatch, page: int, keys: int) -> None:
    monkeypatch.setattr(module, "PAGE", page)
    monkeypatch.setattr(module, "KEYS_AT_ONCE", keys)
    entries = [
        used(plan=plan, key=key, method=f"GET /{number}", minutes_ago=days * 1440)
        for plan in ("p", "p/q", "z")
        for key in ("k1", "k10", "k2")
        for days in (0, 1, 3)
        for number in range(2)
    ]

    @in_loop
    async def read() -> None:
        async with opened(server.port) as state:
            await state.deliver(delivery(1, *entries))
            everything = await whole_ledger(state)
            of_plan = await whole_ledger(state, "p/q")

        assert len(everything) == len(entries)
        assert all(entry in everything for entry in entries)
        assert sorted(map(repr, of_plan)) == sorted(repr(entry) for entry in entries if entry.plan_id == "p/q")

    read()


@in_loop
async def test_minutes_that_are_not_asked_for_are_left_out(server: RedisServer) -> None:
    async with opened(server.port) as state:
        entries = [used(minutes_ago=ago) for ago in range(0, 3000, 100)]
        await state.deliver(delivery(1, *entries))
        first, last = entries[20].minute, entries[3].minute
        page = await state.ledger(LedgerQuestion("p", first, last))

    assert sorted(entry.minute for entry in page.entries) == [entry.minute for entry in reversed(entries[3:21])]


@in_loop
async def test_an_unknown_position_is_the_end(server: RedisServer) -> None:
    async with opened(server.port) as state:
        await state.deliver(delivery(1, used()))

        assert await state.ledger(LedgerQuestion(None, *ALL_TIME, "no position")) == LedgerPage([], "")
