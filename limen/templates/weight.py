"""How much a value is before anything is made of it: its text, its JSON, or what comparing it costs.

A value may hold another one many times, and that one a third: small in memory, and endless once it is written out. A
selection of a document may hold a text and all that is around it: each of them again as long.
"""

from collections.abc import Iterable
from typing import Any

from limen.templates.errors import Trouble

MAX_TEXT = 10_000_000
"""Characters of any text that a template makes: no payload of API Gateway is longer."""
MAX_COMPARED = 20_000_000
"""Values, and pieces of texts, that one method compares."""
_PIECE = 64
_CONTAINER = 8
"""More than its brackets: what is walked through in vain ends the sooner."""


class Printable:
    """A value that knows its own text, None where it has none."""

    __slots__ = ()

    def text(self) -> str | None:
        raise NotImplementedError

    def within(self) -> Iterable[Any]:
        """The values that its text consists of, where it consists of any."""
        return ()


def weigh(value: Any) -> int:
    """About as many as the text of a value has characters. Raises Trouble past MAX_TEXT."""
    weight = 0
    pending = [value]
    while pending:
        current = pending.pop()
        if type(current) is str:
            weight += len(current) + 1
        elif isinstance(current, list):
            weight += 2 * len(current) + _CONTAINER
        elif isinstance(current, dict):
            weight += 2 * len(current) + _CONTAINER + sum(len(name) if type(name) is str else 1 for name in current)
        if weight > MAX_TEXT:
            raise too_long()
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, Printable):
            weight += _CONTAINER
            pending.extend(current.within())
    return weight


def too_long() -> Trouble:
    return Trouble(f"a text of more than {MAX_TEXT:,} characters")


def check_comparing(value: Any, times: int) -> None:
    """Before a value is compared so many times; raises Trouble where that would take long."""
    size = len(value) // _PIECE + 1 if type(value) is str else weigh(value) if isinstance(value, list | dict) else 1
    if size * times > MAX_COMPARED:
        raise Trouble(f"more than {MAX_COMPARED:,} values to compare")
