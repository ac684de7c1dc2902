"""Days of use, and what was left of a quota at their end."""

import asyncio
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from limen.control.usage_plans.usage import Usage, ask_usage, daily, day_of, days_from, hours_of
from limen.features.usage_plans.records import QuotaRecord
from limen.state.messages import DAY, HOUR, MONTH, WEEK, UsageRow
from limen.state.periods import period_of
from tests.support.counters import NOW, Counters

TODAY = date(2026, 9, 21)
PLAN, KEY = "plan1", "key1"


def rows_of(counters: Counters, days: list[date], quota: QuotaRecord | None, delay: float = 0.0) -> list[list[int]]:
    usage = asyncio.run(ask_usage(counters, PLAN, [KEY], hours_of(days, quota), delay))  # type: ignore[arg-type]
    return daily(days, quota, usage, KEY)


def test_each_day_begins_anew_with_a_quota_of_days() -> None:
    counters = Counters()
    counters.count(PLAN, KEY, 10, seconds_ago=2 * 86400)
    counters.count(PLAN, KEY, 100, seconds_ago=86400)
    counters.count(PLAN, KEY, 3)
    counters.count(PLAN, "other", 50)
    counters.count("plan2", KEY, 50)
    days = days_from(TODAY - timedelta(days=3), TODAY + timedelta(days=1))

    assert rows_of(counters, days, QuotaRecord(100, DAY, 0, 0)) == [[0, 100], [10, 90], [100, 0], [3, 97], [0, 100]]
    assert rows_of(counters, days, None) == [[0, -1], [10, -1], [100, -1], [3, -1], [0, -1]]


def test_what_is_left_goes_on_through_a_week_from_sunday() -> None:
    counters = Counters()
    counters.count(PLAN, KEY, 10, seconds_ago=2 * 86400)  # Saturday
    counters.count(PLAN, KEY, 20, seconds_ago=86400)
    counters.count(PLAN, KEY, 3)
    days = days_from(TODAY - timedelta(days=2), TODAY)

    assert rows_of(counters, days, QuotaRecord(100, WEEK, 0, 0)) == [[10, 90], [20, 80], [3, 77]]
    assert rows_of(counters, days[2:], QuotaRecord(100, WEEK, 0, 0)) == [[3, 77]]
    assert rows_of(counters, days, QuotaRecord(100, MONTH, 0, 0)) == [[10, 90], [20, 70], [3, 67]]


def test_of_hours_the_last_one_counts() -> None:
    counters = Counters()
    counters.count(PLAN, KEY, 4, seconds_ago=3600)
    counters.count(PLAN, KEY, 1)
    yesterday = int(NOW) // 86400 * 86400 - 60
    counters.count(PLAN, KEY, 7, seconds_ago=NOW - yesterday)
    counters.count(PLAN, KEY, 2, seconds_ago=NOW - yesterday + 3600)

    rows = rows_of(counters, days_from(TODAY - timedelta(days=1), TODAY), QuotaRecord(10, HOUR, 0, 0))
    assert rows == [[9, 3], [5, 9]]


def test_an_offset_counts_in_the_first_period_alone() -> None:
    days = days_from(TODAY - timedelta(days=1), TODAY)
    assert rows_of(Counters(), days, QuotaRecord(100, DAY, 30, int(NOW) - 86400)) == [[0, 70], [0, 100]]


def test_an_extension_holds_for_its_period() -> None:
    counters = Counters()
    counters.extras = {PLAN: {KEY: {period_of(DAY, NOW).name: 50}}}
    days = days_from(TODAY - timedelta(days=1), TODAY)
    assert rows_of(counters, days, QuotaRecord(100, DAY, 0, 0)) == [[0, 100], [0, 150]]


def test_what_is_younger_than_the_delay_is_not_told() -> None:
    counters = Counters()
    for minutes in (0, 5, 20, 30, 34, 70):  # it is 14:13
        counters.count(PLAN, KEY, 1, seconds_ago=minutes * 60)
    counters.count(PLAN, "other", 9, seconds_ago=20 * 60)
    quota = QuotaRecord(100, DAY, 0, 0)

    assert rows_of(counters, [TODAY], quota) == [[6, 94]]
    assert rows_of(counters, [TODAY], quota, delay=900) == [[4, 96]]
    assert rows_of(counters, [TODAY], quota, delay=3600) == [[1, 99]]


def test_days_are_those_of_utc() -> None:
    assert day_of(NOW) == TODAY
    assert day_of(86399.9) == date(1970, 1, 1)


hours = st.integers(int(NOW) // 3600 - 24 * 70, int(NOW) // 3600)


@given(
    st.dictionaries(hours, st.integers(1, 50), max_size=40),
    st.sampled_from([HOUR, DAY, WEEK, MONTH]),
    st.integers(0, 100),
)
def test_days_add_up_and_what_is_left_is_what_the_period_has_not_used(
    calls: dict[int, int], kind: str, limit: int
) -> None:
    days = days_from(TODAY - timedelta(days=80), TODAY)
    usage = Usage([UsageRow(KEY, "a", "s", "GET /", hour, count) for hour, count in calls.items()], {}, NOW)
    rows = daily(days, QuotaRecord(limit, kind, 0, 0), usage, KEY)

    assert sum(used for used, _ in rows) == sum(calls.values())
    for day, (_, left) in zip(days, rows, strict=True):
        end = (day - date(1970, 1, 1)).days * 86400 + 86399
        instant = min(end, int(NOW))
        period = period_of(kind, instant)
        used = sum(count for hour, count in calls.items() if period.start <= hour * 3600 <= instant)
        assert left == max(0, limit - used)
