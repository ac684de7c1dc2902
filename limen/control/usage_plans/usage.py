"""What GetUsage tells: by day the calls that were used, and what was left of the quota at the end of that day.

Days are those of the calendar in UTC. Today ends now; of a period of hours the last one of a day counts.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import accumulate

from msgspec import Struct

from limen.features.usage_plans.records import QuotaRecord
from limen.state.interface import State
from limen.state.messages import LedgerQuestion, UsageQuestion, UsageRow
from limen.state.periods import SECONDS_OF_DAY, SECONDS_OF_HOUR, allowed_calls, period_of

NO_LIMIT = -1
"""What is left where a plan has no quota."""
_EPOCH = date(1970, 1, 1).toordinal()


class Usage(Struct, frozen=True):
    """What keys used under a plan; `extras` as in UsageAnswer."""

    rows: list[UsageRow]
    extras: dict[str, dict[str, int]]
    now: float

    def of_key(self, key_id: str) -> list[UsageRow]:
        return [row for row in self.rows if row.key_id == key_id]


async def ask_usage(
    state: State, plan_id: str, key_ids: list[str] | None, hours: tuple[int, int], delay: float = 0.0
) -> Usage:
    """Of the hours from one up to and with the other. `delay`: what is younger in seconds is not told."""
    first, last = hours
    answer = await state.usage(UsageQuestion(plan_id, key_ids, first, last))
    rows = answer.rows
    if delay > 0:
        shown_until = int(answer.now - delay) // 60  # minutes
        rows = [row for row in rows if row.hour < shown_until // 60]
        if first <= shown_until // 60 <= last:
            rows += await _begun_hour(state, plan_id, key_ids, shown_until)
    return Usage(rows, answer.extras, answer.now)


async def _begun_hour(state: State, plan_id: str, key_ids: list[str] | None, until: int) -> list[UsageRow]:
    """From the ledger, which knows minutes: what was used in the hour of minute `until`, before that minute."""
    wanted = None if key_ids is None else frozenset(key_ids)
    rows: list[UsageRow] = []
    hour, position = until // 60, ""
    while True:
        page = await state.ledger(LedgerQuestion(plan_id, hour * 60, until - 1, position))
        rows += [
            UsageRow(each.key_id, each.api_id, each.stage_name, each.method, hour, each.calls)
            for each in page.entries
            if wanted is None or each.key_id in wanted
        ]
        position = page.position
        if not position:
            return rows


def hours_of(days: Sequence[date], quota: QuotaRecord | None) -> tuple[int, int]:
    """The hours that have to be asked for: from the beginning of the first day's period on."""
    first, last = _start(days[0]), _start(days[-1]) + SECONDS_OF_DAY
    if quota is not None:
        first = min(first, period_of(quota.period, first).start)
    return first // SECONDS_OF_HOUR, last // SECONDS_OF_HOUR - 1


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def day_of(now: float) -> date:
    return date.fromordinal(_EPOCH + int(now) // SECONDS_OF_DAY)


def daily(days: Iterable[date], quota: QuotaRecord | None, usage: Usage, key_id: str) -> list[list[int]]:
    """Used and left on each day."""
    calls, extras = _Calls(usage.of_key(key_id)), usage.extras.get(key_id, {})
    return [_row(_start(day), quota, calls, extras, usage.now) for day in days]


def _row(start: int, quota: QuotaRecord | None, calls: "_Calls", extras: dict[str, int], now: float) -> list[int]:
    end = start + SECONDS_OF_DAY
    used = calls.between(start // SECONDS_OF_HOUR, end // SECONDS_OF_HOUR - 1)
    if quota is None:
        return [used, NO_LIMIT]
    instant = now if start <= now < end else end - 1
    period = period_of(quota.period, instant)
    allowed = allowed_calls(quota.limit, quota.offset, quota.began, period) + extras.get(period.name, 0)
    return [used, max(0, allowed - calls.between(period.first_hour, int(instant) // SECONDS_OF_HOUR))]


class _Calls:
    """Calls of one key by hour, added up once."""

    def __init__(self, rows: Iterable[UsageRow]) -> None:
        by_hour: dict[int, int] = defaultdict(int)
        for row in rows:
            by_hour[row.hour] += row.calls
        self._hours = sorted(by_hour)
        self._sums = [0, *accumulate(by_hour[hour] for hour in self._hours)]

    def between(self, first_hour: int, last_hour: int) -> int:
        """Both included."""
        first, after = bisect_left(self._hours, first_hour), bisect_left(self._hours, last_hour + 1)
        return self._sums[after] - self._sums[first]


def _start(day: date) -> int:
    return (day.toordinal() - _EPOCH) * SECONDS_OF_DAY
