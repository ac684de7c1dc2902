"""What was used, for those who run the server: by key and day, by method and hour, and whether the ledger agrees."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from msgspec import Struct

from limen.control.usage_plans.documents import KEY, PLAN
from limen.control.usage_plans.records import quota_record
from limen.control.usage_plans.usage import Usage, ask_usage, daily, days_from, hours_of
from limen.state.interface import State
from limen.state.messages import LedgerQuestion, UsageQuestion
from limen.state.periods import SECONDS_OF_HOUR
from limen.store.documents import Document
from limen.store.reader import Reader
from limen.store.store import Store

Place: TypeAlias = tuple[str, str, str, str, str, int]
"""Plan, key, API, stage, method and hour."""


class Asked(Struct, frozen=True):
    """`plan` and `key`: id or name, None: all. `region` None: all."""

    first: date
    last: date
    plan: str | None = None
    key: str | None = None
    region: str | None = None


class PlanUsed(Struct, frozen=True):
    """A plan, and what was used under it by the keys that are asked for."""

    scope: str
    plan: Document
    usage: Usage
    keys: dict[str, Document]
    """By id, those that are there and used any; one that is gone has no name."""

    def names_of(self, key_id: str) -> dict[str, Any]:
        key = self.keys.get(key_id, {})
        return {
            "planId": self.plan["id"],
            "plan": self.plan["name"],
            "keyId": key_id,
            "key": key.get("name"),
            "customerId": key.get("customerId"),
        }


def find_plans(reader: Reader, asked: Asked) -> list[tuple[str, Document]]:
    """With their scopes."""
    return [
        (scope, plan)
        for scope, _, plan in reader.all(PLAN)
        if asked.plan in (None, plan["id"], plan["name"]) and asked.region in (None, scope.partition("/")[2])
    ]


async def read_used(store: Store, state: State, asked: Asked) -> list[PlanUsed]:
    with store.reader() as reader:
        plans = find_plans(reader, asked)
    found = []
    for scope, plan in plans:
        hours = hours_of(days_from(asked.first, asked.last), quota_record(plan))
        usage = await ask_usage(state, plan["id"], None, hours)
        with store.reader() as reader:
            found.append(_with_keys(reader, scope, plan, usage, asked.key))
    return found


def _with_keys(reader: Reader, scope: str, plan: Document, usage: Usage, wanted: str | None) -> PlanUsed:
    documents = {key_id: reader.get(KEY, scope, key_id) for key_id in {row.key_id for row in usage.rows}}
    keys = {key_id: key for key_id, key in documents.items() if key is not None}
    if wanted is not None:
        rows = [row for row in usage.rows if wanted in (row.key_id, keys.get(row.key_id, {}).get("name"))]
        usage = Usage(rows, usage.extras, usage.now)
    return PlanUsed(scope, plan, usage, keys)


def rows_by_day(used: PlanUsed, asked: Asked) -> Iterator[dict[str, Any]]:
    """What each key used on each day on which it used any, and had left at its end; null without a quota."""
    days, quota = days_from(asked.first, asked.last), quota_record(used.plan)
    for key_id in sorted({row.key_id for row in used.usage.rows}):
        for day, (calls, left) in zip(days, daily(days, quota, used.usage, key_id), strict=True):
            if calls:
                yield used.names_of(key_id) | {
                    "day": str(day),
                    "used": calls,
                    "remaining": None if quota is None else left,
                }


def rows_by_method(used: PlanUsed, asked: Asked, *, by_hour: bool) -> Iterator[dict[str, Any]]:
    """Calls by key, stage, method, and day or hour, as reports and bills are made of."""
    first, last = hours_of(days_from(asked.first, asked.last), None)
    calls: Counter[tuple[str, str, str, str, str]] = Counter()
    for row in used.usage.rows:
        if first <= row.hour <= last:
            time = hour_text(row.hour)
            calls[row.key_id, row.api_id, row.stage_name, row.method, time if by_hour else time[:10]] += row.calls
    for (key_id, api_id, stage_name, method, time), count in sorted(calls.items()):
        yield used.names_of(key_id) | {
            "productCode": used.plan.get("productCode"),
            "apiId": api_id,
            "stage": stage_name,
            "method": method,
            "time": time,
            "calls": count,
        }


def hour_text(hour: int) -> str:
    return f"{datetime.fromtimestamp(hour * SECONDS_OF_HOUR, UTC):%Y-%m-%dT%H}"


# --- counters against the ledger


class Difference(Struct, frozen=True, rename="camel"):
    plan_id: str
    key_id: str
    api_id: str
    stage: str
    method: str
    hour: str
    counters: int
    ledger: int


class Verification(Struct, frozen=True, rename="camel"):
    """`calls`: by the ledger, of plans that are there; of plans that were deleted there are no counters any more."""

    calls: int
    calls_of_gone_plans: int
    differences: list[Difference]


async def verify_usage(state: State, plan_ids: Iterable[str], hours: tuple[int, int]) -> Verification:
    """Counters are read before and after the ledger: what is counted meanwhile lies between the two."""
    wanted = frozenset(plan_ids)
    before = await _counters(state, wanted, hours)
    ledger = await _ledger(state, hours)
    after = await _counters(state, wanted, hours)
    here = {place: calls for place, calls in ledger.items() if place[0] in wanted}
    differences = [
        _difference(place, before[place] if before[place] > here.get(place, 0) else after[place], here.get(place, 0))
        for place in sorted(before.keys() | here.keys())
        if not before[place] <= here.get(place, 0) <= after[place]
    ]
    total = sum(here.values())
    return Verification(total, sum(ledger.values()) - total, differences)


async def _counters(state: State, plan_ids: Iterable[str], hours: tuple[int, int]) -> Counter[Place]:
    calls: Counter[Place] = Counter()
    for plan_id in sorted(plan_ids):
        answer = await state.usage(UsageQuestion(plan_id, None, *hours))
        for row in answer.rows:
            calls[plan_id, row.key_id, row.api_id, row.stage_name, row.method, row.hour] += row.calls
    return calls


async def _ledger(state: State, hours: tuple[int, int]) -> Counter[Place]:
    calls: Counter[Place] = Counter()
    position = ""
    while True:
        page = await state.ledger(LedgerQuestion(None, hours[0] * 60, hours[1] * 60 + 59, position))
        for each in page.entries:
            place = (each.plan_id, each.key_id, each.api_id, each.stage_name, each.method, each.minute // 60)
            calls[place] += each.calls
        position = page.position
        if not position:
            return calls


def _difference(place: Place, counters: int, ledger: int) -> Difference:
    *names, hour = place
    plan_id, key_id, api_id, stage_name, method = names
    return Difference(plan_id, key_id, api_id, stage_name, method, hour_text(hour), counters, ledger)
