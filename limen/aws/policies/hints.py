"""What a request must have for a statement to apply: what an index finds the few that may apply by."""

from limen.aws.policies.addresses import Ranges
from limen.aws.policies.variables import VERSION


class Hints:
    """None where nothing is known: any request may do."""

    __slots__ = ("names", "ranges", "resources", "values")

    def __init__(self) -> None:
        self.names: frozenset[str] | None = None
        """Of askers."""
        self.resources: tuple[tuple[str, bool], ...] | None = None
        """What a resource begins with, and whether that is all of it; one of them."""
        self.values: dict[str, tuple[str, ...]] = {}
        """By condition key: one of these."""
        self.ranges: dict[str, Ranges] = {}
        """By condition key: an address in one of these."""


def hints_of_condition(hints: Hints, operator: str, key: str, values: list[str], version: str) -> None:
    """Adds what a condition that is understood tells."""
    if operator == "StringEquals" and (version != VERSION or not any("${" in value for value in values)):
        hints.values.setdefault(key, tuple(values))
    elif operator == "IpAddress":
        hints.ranges.setdefault(key, Ranges(values))
