"""The periods of quotas, which are those of the calendar in UTC: hours, days, weeks from Sunday, months.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html; HOUR is Limen's own.
"""

from datetime import UTC, datetime
from functools import lru_cache

from msgspec import Struct

from limen.state.messages import DAY, HOUR, MONTH, WEEK

SECONDS_OF_HOUR = 3600
SECONDS_OF_DAY = 86400
_LAST_HOUR = int(datetime(9999, 12, 1, tzinfo=UTC).timestamp()) // SECONDS_OF_HOUR - 1
"""A clock that was moved further stands still there."""


class Period(Struct, frozen=True):
    """From `start`, included, to `end`, not included, in seconds since 1970."""

    name: str
    """`DAY:2026-11-26`; unique among the periods of all kinds, and in order of time among those of one kind."""
    start: int
    end: int

    @property
    def first_hour(self) -> int:
        return self.start // SECONDS_OF_HOUR

    @property
    def last_hour(self) -> int:
        """Included."""
        return self.end // SECONDS_OF_HOUR - 1


def period_of(kind: str, now: float) -> Period:
    """The one that an instant is in. What is no kind of period counts as a day."""
    return _period_of_hour(kind, max(0, min(int(now) // SECONDS_OF_HOUR, _LAST_HOUR)))


def allowed_calls(limit: int, offset: int, began: int, period: Period) -> int:
    """In a period: the limit, less `offset` in the one in which the quota began."""
    return max(0, limit - offset) if period.start <= began < period.end else max(0, limit)


@lru_cache(maxsize=256)
def _period_of_hour(kind: str, hour: int) -> Period:
    start = hour * SECONDS_OF_HOUR
    if kind == HOUR:
        return Period(f"{HOUR}:{_utc(start):%Y-%m-%dT%H}", start, start + SECONDS_OF_HOUR)
    if kind == MONTH:
        first = _utc(start).replace(day=1, hour=0)
        following = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
        return Period(f"{MONTH}:{first:%Y-%m}", int(first.timestamp()), int(following.timestamp()))
    day = start // SECONDS_OF_DAY
    if kind == WEEK:
        sunday = day - (day + 4) % 7  # 1970 began on a Thursday
        return _days(WEEK, sunday, 7)
    return _days(DAY, day, 1)


def _days(kind: str, day: int, count: int) -> Period:
    start = day * SECONDS_OF_DAY
    return Period(f"{kind}:{_utc(start):%Y-%m-%d}", start, start + count * SECONDS_OF_DAY)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
