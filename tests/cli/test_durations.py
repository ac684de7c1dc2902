"""Lengths of time as they are typed."""

import pytest

from limen.cli.durations import parse_duration
from limen.cli.failure import CommandError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("90s", 90),
        ("1.5h", 5400),
        ("+1d", 86400),
        ("2w", 1209600),
        ("PT2H", 7200),
        ("+PT2H30M", 9000),
        ("P1DT12H", 129600),
        ("PT0.5S", 0.5),
    ],
)
def test_what_is_meant(text: str, seconds: float) -> None:
    assert parse_duration(text, "--grace") == seconds


@pytest.mark.parametrize("text", ["", "1", "-1d", "soon", "P", "PT", "P1DT", "1y", "1d2h", "\u0661d"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="--grace must be a length of time such as"):
        parse_duration(text, "--grace")
