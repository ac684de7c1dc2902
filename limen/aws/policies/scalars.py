"""Numbers and dates, as conditions compare them."""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?)?)?", re.ASCII
)


def read_number(text: str) -> Decimal | None:
    """None where it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=1024)
def read_date(text: str) -> float | None:
    """Seconds since 1970, of a date of ISO 8601 in one of W3C's forms or of a number of seconds; None: neither.

    https://www.w3.org/TR/NOTE-datetime
    """
    found = _DATE.fullmatch(text)
    if found is None:
        number = read_number(text)
        return None if number is None else float(number)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        date = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0),
            tzinfo=_zone(zone),
        )  # fmt: skip
    except ValueError:
        return None
    return date.timestamp() + float(fraction or 0)


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
