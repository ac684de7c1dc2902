"""Periods of quotas follow the calendar in UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.state.messages import DAY, HOUR, MONTH, WEEK
from limen.state.periods import Period, allowed_calls, period_of

instants = st.datetimes(datetime(1970, 1, 5), datetime(2199, 12, 31), timezones=st.just(UTC))
kinds = st.sampled_from([HOUR, DAY, WEEK, MONTH])


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("kind", "instant", "name", "end"),
    [
        (HOUR, "2026-11-26T14:59:59", "HOUR:2026-11-26T14", "2026-11-26T15:00"),
        (DAY, "2026-11-26T23:59:59", "DAY:2026-11-26", "2026-11-27"),
        (DAY, "2024-02-29T12:00", "DAY:2024-02-29", "2024-03-01"),
        (WEEK, "2026-11-26T12:00", "WEEK:2026-11-22", "2026-11-29"),
        (WEEK, "2026-11-22T00:00", "WEEK:2026-11-22", "2026-11-29"),
        (WEEK, "2026-12-31T00:00", "WEEK:2026-12-27", "2027-01-03"),
        (MONTH, "2024-02-29T12:00", "MONTH:2024-02", "2024-03-01"),
        (MONTH, "2023-02-28T23:59:59", "MONTH:2023-02", "2023-03-01"),
        (MONTH, "2026-12-31T23:59:59", "MONTH:2026-12", "2027-01-01"),
    ],
)
def test_a_period_has_a_name_and_an_end(kind: str, instant: str, name: str, end: str) -> None:
    period = period_of(kind, at(instant))

    assert (period.name, period.end) == (name, at(end))


@given(kinds, instants)
def test_an_instant_lies_in_its_period(kind: str, instant: datetime) -> None:
    period = period_of(kind, instant.timestamp())
    start, end = (datetime.fromtimestamp(second, UTC) for second in (period.start, period.end))

    assert start <= instant < end
    if kind == HOUR:
        assert (start.minute, start.second, end - start) == (0, 0, timedelta(hours=1))
    elif kind == DAY:
        assert (start.date(), start.hour, end - start) == (instant.date(), 0, timedelta(days=1))
    elif kind == WEEK:
        assert (start.isoweekday(), start.hour, end - start) == (7, 0, timedelta(days=7))
    else:
        assert (start.day, start.hour, end.day, end.hour) == (1, 0, 1, 0)
        assert (end - timedelta(seconds=1)).month == start.month == instant.month


@given(kinds, instants)
def test_periods_follow_each_other_without_a_gap(kind: str, instant: datetime) -> None:
    period = period_of(kind, instant.timestamp())
    following = period_of(kind, period.end)

    assert following.start == period.end
    assert period_of(kind, period.end - 0.001) == period
    assert following.name > period.name


def test_a_clock_that_goes_beyond_all_calendars_stands_still() -> None:
    assert period_of(MONTH, 1e15).name == "MONTH:9999-11"
    assert period_of(WEEK, 1e15).start < period_of(WEEK, 1e15).end


@given(st.integers(1, 1000), st.integers(0, 1000), st.integers(0, 5))
def test_the_first_period_has_less_by_the_offset(limit: int, offset: int, later: int) -> None:
    began = int(at("2026-11-26T14:00"))
    period = period_of(DAY, began + later * 86400)

    assert allowed_calls(limit, offset, began, period) == (max(0, limit - offset) if later == 0 else limit)


def test_the_hours_of_a_period_are_known() -> None:
    assert (Period("HOUR:x", 7200, 10800).first_hour, Period("HOUR:x", 7200, 10800).last_hour) == (2, 2)
