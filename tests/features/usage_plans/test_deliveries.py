"""What was counted reaches the authority once, however often it is told, and whoever tells it."""

import asyncio
from pathlib import Path

from limen.features.usage_plans.deliveries import Deliveries
from limen.features.usage_plans.journal import Journal
from limen.state.messages import Used
from tests.features.throttling.authority import Authority, Time
from tests.features.usage_plans.test_journal import Clock, count, use, used


def open_deliveries(authority: Authority, directory: Path, holder: str = "holder") -> Deliveries:
    return Deliveries(authority, Journal(directory, holder, Clock()), directory, holder)


def test_a_delivery_is_due_at_intervals(tmp_path: Path) -> None:
    async def play() -> None:
        authority = Authority(Time())
        deliveries = open_deliveries(authority, tmp_path)
        heard: list[Used] = []
        deliveries.when_delivered(heard.extend)
        counted = use()
        count(deliveries.journal, counted)
        deliveries.deliver_soon(100.0)
        await asyncio.sleep(0.01)
        count(deliveries.journal, counted)
        deliveries.deliver_soon(100.1)
        await asyncio.sleep(0.01)
        assert heard == [used(1)]
        deliveries.deliver_soon(100.6)
        await asyncio.sleep(0.01)
        assert [delivery.number for delivery in authority.deliveries] == [1, 2]
        await deliveries.close()
        assert authority.calls == 2
        assert list(tmp_path.iterdir()) == []

    asyncio.run(play())


def test_what_was_lost_on_the_way_is_told_again_and_counts_once(tmp_path: Path) -> None:
    async def play() -> None:
        authority = Authority(Time())
        deliveries = open_deliveries(authority, tmp_path)
        count(deliveries.journal, use())
        authority.loses_answers = True
        deliveries.deliver_soon(0.0)
        await asyncio.sleep(0.01)
        authority.loses_answers = False
        count(deliveries.journal, use("k2"))
        await deliveries.close()
        assert authority.calls == 1, "the next file stays for the next worker"
        following = open_deliveries(authority, tmp_path, "next")
        following.start()
        await asyncio.sleep(0.02)
        assert authority.calls == 2
        assert [delivery.holder for delivery in authority.deliveries] == ["holder", "holder"]
        await following.close()
        assert list(tmp_path.iterdir()) == []

    asyncio.run(play())


def test_leftovers_wait_until_the_authority_is_there(tmp_path: Path) -> None:
    async def play() -> None:
        authority = Authority(Time())
        authority.is_away = True
        dead = open_deliveries(authority, tmp_path, "dead")
        count(dead.journal, use())
        await dead.close()
        following = open_deliveries(authority, tmp_path, "next")
        following.start()
        await asyncio.sleep(0.02)
        await following.close()
        assert len(list(tmp_path.iterdir())) == 1, "still there"
        authority.is_away = False
        last = open_deliveries(authority, tmp_path, "last")
        last.start()
        await asyncio.sleep(0.02)
        await last.close()
        assert (authority.calls, list(tmp_path.iterdir())) == (1, [])

    asyncio.run(play())
