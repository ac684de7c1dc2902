"""What was used under a plan, read from the counters of its keys, and forgotten with it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from limen.state.messages import UsageQuestion, UsageRow
from limen.state.valkey.calls import Call, command
from limen.state.valkey.keys import Keys

Ask: TypeAlias = Callable[[list[Call]], Awaitable[list[Any]]]
SEPARATOR = b"\x1f"


class UsageReader:
    """For one question."""

    def __init__(self, ask: Ask, keys: Keys) -> None:
        self._ask = ask
        self._keys = keys

    async def read(self, question: UsageQuestion) -> tuple[list[UsageRow], dict[str, dict[str, int]]]:
        """Rows, and extensions by key and period."""
        key_ids = question.key_ids
        if key_ids is None:
            key_ids = await self._users(question.plan_id)
        extras = await self._read_extras(question.plan_id, key_ids)
        days = await self._find_days(question, key_ids)
        calls = [command("HGETALL", self._keys.of(question.plan_id, key_id).counters(day)) for key_id, day in days]
        rows: list[UsageRow] = []
        for (key_id, _), counters in zip(days, await self._ask(calls), strict=True):
            rows += [
                row for row in _read_rows(key_id, counters) if question.first_hour <= row.hour <= question.last_hour
            ]
        return rows, extras

    async def forget(self, plan_id: str) -> None:
        """All but the ledger, and what keeps a delivery from being counted in it twice."""
        key_ids = await self._users(plan_id)
        days = await self._ask([command("ZRANGE", self._keys.of(plan_id, key_id).days, 0, -1) for key_id in key_ids])
        calls = []
        for key_id, its_days in zip(key_ids, days, strict=True):
            keys = self._keys.of(plan_id, key_id)
            names = (keys.hours, keys.extras, *(keys.counters(int(day)) for day in its_days))
            calls.append(command("DEL", keys.quota, *names))
        await self._ask(calls)

    async def _users(self, plan_id: str) -> list[str]:
        [users] = await self._ask([command("ZRANGE", self._keys.keys_of_plan(plan_id), 0, -1)])
        return [user.decode() for user in users]

    async def _read_extras(self, plan_id: str, key_ids: list[str]) -> dict[str, dict[str, int]]:
        calls = [command("HGETALL", self._keys.of(plan_id, key_id).extras) for key_id in key_ids]
        extras = {}
        for key_id, found in zip(key_ids, await self._ask(calls), strict=True):
            if found:
                extras[key_id] = {found[i].decode(): int(found[i + 1]) for i in range(0, len(found), 2)}
        return extras

    async def _find_days(self, question: UsageQuestion, key_ids: list[str]) -> list[tuple[str, int]]:
        """Days that have counters, with the key that has them."""
        first, last = question.first_hour // 24, question.last_hour // 24
        calls = [
            command("ZRANGEBYSCORE", self._keys.of(question.plan_id, key_id).days, first, last) for key_id in key_ids
        ]
        found = await self._ask(calls)
        return [(key_id, int(day)) for key_id, days in zip(key_ids, found, strict=True) for day in days]


def _read_rows(key_id: str, counters: list[bytes]) -> list[UsageRow]:
    rows = []
    for index in range(0, len(counters), 2):
        hour, api_id, stage_name, method = counters[index].split(SEPARATOR, 3)
        row = UsageRow(
            key_id, api_id.decode(), stage_name.decode(), method.decode(), int(hour), int(counters[index + 1])
        )
        rows.append(row)
    return rows
