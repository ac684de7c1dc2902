"""The ledger, page by page: plans in order of their ids, their keys likewise, then days, then as entries came.

A position names the entry that comes next: plan, key, day and index, escaped and separated by "/".
"""

from typing import NamedTuple

from limen.state.messages import LedgerPage, LedgerQuestion, Used
from limen.state.valkey.calls import command
from limen.state.valkey.keys import Keys, escape, unescape
from limen.state.valkey.usage import SEPARATOR, Ask

PAGE = 1000
"""Entries that are looked at for a page, and at most on it."""
KEYS_AT_ONCE = 100
MINUTES_OF_DAY = 1440


class Position(NamedTuple):
    plan_id: str = ""
    key_id: str = ""
    day: int = 0
    place: int = 0

    def __str__(self) -> str:
        return f"{escape(self.plan_id)}/{escape(self.key_id)}/{self.day}/{self.place}"


def read_position(text: str) -> Position | None:
    """None where it is no position."""
    if not text:
        return Position()
    parts = text.split("/")
    if len(parts) != 4 or not (parts[2].isdecimal() and parts[3].isdecimal()):
        return None
    return Position(unescape(parts[0]), unescape(parts[1]), int(parts[2]), int(parts[3]))


class LedgerReader:
    """For one question."""

    def __init__(self, ask: Ask, keys: Keys) -> None:
        self._ask = ask
        self._keys = keys

    async def read(self, question: LedgerQuestion) -> LedgerPage:
        """A page without entries may have a position: it goes on there all the same. An unknown one is the end."""
        position = read_position(question.after)
        if position is None:
            return LedgerPage([], "")
        plan_id = question.plan_id
        if plan_id is None:
            plan_id = await self._next_plan(position.plan_id)
            if plan_id is None:
                return LedgerPage([], "")
        if position.plan_id != plan_id:
            position = Position(plan_id)
        key_ids = await self._keys_from(plan_id, position.key_id)
        entries, following = await self._read_keys(question, position, key_ids)
        if following is None and len(key_ids) == KEYS_AT_ONCE:
            following = Position(plan_id, key_ids[-1] + "\x00")
        if following is None and question.plan_id is None:
            next_plan = await self._next_plan(plan_id + "\x00")
            following = None if next_plan is None else Position(next_plan)
        return LedgerPage(entries, "" if following is None else str(following))

    async def _read_keys(
        self, question: LedgerQuestion, position: Position, key_ids: list[str]
    ) -> tuple[list[Used], Position | None]:
        """Entries, and where the page is full."""
        first, last = question.first_minute // MINUTES_OF_DAY, question.last_minute // MINUTES_OF_DAY
        plan_id = position.plan_id
        found = await self._ask(
            [command("ZRANGEBYSCORE", self._keys.of(plan_id, key_id).days, first, last) for key_id in key_ids]
        )
        parts = [(key_id, int(day)) for key_id, days in zip(key_ids, found, strict=True) for day in days]
        parts = [part for part in parts if part >= (position.key_id, position.day)]
        sizes = await self._ask([command("LLEN", self._keys.of(plan_id, key).ledger(day)) for key, day in parts])
        lookups, following = _plan_page(position, parts, sizes)
        calls = [command("LRANGE", self._keys.of(plan_id, key).ledger(day), *ends) for key, day, *ends in lookups]
        entries = []
        for (key_id, *_), lines in zip(lookups, await self._ask(calls), strict=True):
            used = [_read_entry(plan_id, key_id, line) for line in lines]
            entries += [entry for entry in used if question.first_minute <= entry.minute <= question.last_minute]
        return entries, following

    async def _next_plan(self, plan_id: str) -> str | None:
        """The first from this one on."""
        [found] = await self._ask([command("ZRANGEBYLEX", self._keys.plans, f"[{plan_id}", "+", "LIMIT", 0, 1)])
        return found[0].decode() if found else None

    async def _keys_from(self, plan_id: str, key_id: str) -> list[str]:
        name = self._keys.keys_of_plan(plan_id)
        [found] = await self._ask([command("ZRANGEBYLEX", name, f"[{key_id}", "+", "LIMIT", 0, KEYS_AT_ONCE)])
        return [key.decode() for key in found]


def _plan_page(
    position: Position, parts: list[tuple[str, int]], sizes: list[int]
) -> tuple[list[tuple[str, int, int, int]], Position | None]:
    """What to look up, as key, day, first and last place; and where the next page begins, if there is more."""
    lookups: list[tuple[str, int, int, int]] = []
    left = PAGE
    for (key_id, day), size in zip(parts, sizes, strict=True):
        first = position.place if (key_id, day) == (position.key_id, position.day) else 0
        if not left:
            return lookups, Position(position.plan_id, key_id, day, first)
        taken = min(left, size - first)
        if taken > 0:
            lookups.append((key_id, day, first, first + taken - 1))
            left -= taken
        if first + taken < size:
            return lookups, Position(position.plan_id, key_id, day, first + taken)
    return lookups, None


def _read_entry(plan_id: str, key_id: str, line: bytes) -> Used:
    minute, calls, api_id, stage_name, method = line.split(SEPARATOR, 4)
    return Used(plan_id, key_id, api_id.decode(), stage_name.decode(), method.decode(), int(minute), int(calls))
