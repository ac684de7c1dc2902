"""Lengths of time as they are typed: 30s, 10m, 2h, 7d, 2w, or ISO 8601 such as PT2H30M and P1DT12H."""

import re

from limen.cli.failure import CommandError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_SHORT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhdw])")
_ISO = re.compile(
    r"P(?:(?P<w>[0-9]{1,4})W)?(?:(?P<d>[0-9]{1,6})D)?"
    r"(?:T(?:(?P<h>[0-9]{1,6})H)?(?:(?P<m>[0-9]{1,6})M)?(?:(?P<s>[0-9]{1,9}(?:\.[0-9]{1,3})?)S)?)?"
)


def parse_duration(text: str, option: str) -> float:
    """In seconds; a + before it is fine. `option`: what it was given for."""
    given = text.removeprefix("+")
    if given == "0":
        return 0.0
    short = _SHORT.fullmatch(given)
    if short is not None:
        return float(short[1]) * _UNITS[short[2]]
    iso = _ISO.fullmatch(given)
    parts = {} if iso is None else {unit: value for unit, value in iso.groupdict().items() if value}
    if not parts or given.endswith("T"):
        raise CommandError(f"{option} must be a length of time such as 30s, 10m, 2h, 7d or PT2H, not {text!r}")
    return sum(float(value) * _UNITS[unit] for unit, value in parts.items())
