"""Numbers and dates as policies write them."""

from decimal import Decimal

import pytest

from limen.aws.policies.scalars import read_date, read_number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970", 0),
        ("1970-02", 31 * 86400),
        ("1970-01-02", 86400),
        ("1970-01-01T01:00Z", 3600),
        ("1970-01-01T01:00:01Z", 3601),
        ("1970-01-01T01:00:01.5Z", 3601.5),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00-0130", 5400),
        ("1767225600", 1767225600),
    ],
)
def test_dates(text: str, seconds: float) -> None:
    assert read_date(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "1970-13", "1970-01-01T25:00Z", "1970-01-01T01:00:00", "0000-01-01", "1970-01-01T00:00+99:00"]
)
def test_what_is_no_date(text: str) -> None:
    assert read_date(text) is None


def test_numbers() -> None:
    assert read_number("-1.50") == Decimal("-1.5")
    for text in ("", "NaN", "1e9", "0x1", "1 ", "9" * 50, "\u0661"):
        assert read_number(text) is None
