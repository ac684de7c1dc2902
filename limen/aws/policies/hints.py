"""What a request must have for a statement to apply: what an index finds the few that may apply by."""

from collections.abc import Sequence
from itertools import takewhile

from msgspec import Struct

from limen.aws.policies.addresses import Ranges
from limen.aws.policies.variables import VERSION, Part


class Start(Struct, frozen=True):
    """Of the resources that a pattern matches."""

    text: str
    """What they begin with."""
    is_whole: bool
    """Whether that is all of them."""
    segments: frozenset[str]
    """What must stand somewhere between two slashes."""


class Hints:
    """None where nothing is known: any request may do."""

    __slots__ = ("actions", "names", "ranges", "resources", "values")

    def __init__(self) -> None:
        self.actions: frozenset[str] | None = None
        """In lower case; one of them."""
        self.names: frozenset[str] | None = None
        """Of askers."""
        self.resources: tuple[Start, ...] | None = None
        """One of them."""
        self.values: dict[str, tuple[str, ...]] = {}
        """By condition key: one of these."""
        self.ranges: dict[str, Ranges] = {}
        """By condition key: an address in one of these."""


def start_of_pattern(pattern: Sequence[Part]) -> Start:
    literal = [part for part in pattern if isinstance(part, str)]
    if len(literal) == len(pattern):
        return Start("".join(literal), is_whole=True, segments=frozenset())
    before = [part for part in takewhile(lambda part: isinstance(part, str), pattern) if isinstance(part, str)]
    # What touches a wildcard or a variable may go on beyond it.
    shown = "".join(part if isinstance(part, str) else _OPEN for part in pattern)
    _, *between = shown.split("/")
    segments = frozenset(segment for segment in between if segment and _OPEN not in segment)
    return Start("".join(before), is_whole=False, segments=segments)


_OPEN = "\0"


def hints_of_condition(hints: Hints, operator: str, key: str, values: list[str], version: str) -> None:
    """Adds what a condition that is understood tells."""
    if operator == "StringEquals" and (version != VERSION or not any("${" in value for value in values)):
        hints.values.setdefault(key, tuple(values))
    elif operator == "IpAddress":
        hints.ranges.setdefault(key, Ranges(values))
