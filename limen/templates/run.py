"""One rendering of a template: its budget, and the steps from a value to its members.

Time, loops and the text that is made are bounded, so that no template holds up a worker: what is cheap by itself is
counted in loops, what is large is charged by its size.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from limen.templates.errors import Trouble
from limen.templates.methods import MAX_ITEMS, METHODS, Entry, find_method
from limen.templates.values import (
    ArrayList,
    CaseBlind,
    LazyMap,
    OnceMap,
    add,
    equal,
    float_text,
    key_of,
    text_of,
)
from limen.templates.weight import MAX_TEXT, Printable

MAX_LOOPS = 1_000
"""Iterations of all #foreach of a template together, as in API Gateway."""
LOOPS_BETWEEN_CHECKS = 4
LARGE = 1_024
"""Characters and items from which on the time is looked at."""
MAX_CHARGED = 100_000_000
"""Characters of all texts that a rendering makes, kept or not."""
MAX_OUTPUT = 10_000_000
SECONDS = 1.0


class ForeachScope(Printable):
    """`$foreach`: where a loop stands. Templates may keep values in it."""

    __slots__ = ("has_next", "index", "members", "parent")

    def __init__(self, parent: "ForeachScope | None") -> None:
        self.parent = parent
        self.index = -1
        self.has_next = False
        self.members: dict[str, Any] = {}

    def text(self) -> str | None:
        return text_of(self.members)

    def within(self) -> Iterable[Any]:
        return self.members.values()

    def find(self, name: str) -> Any:
        match name:
            case "index":
                return self.index
            case "count":
                return self.index + 1
            case "hasNext":
                return self.has_next
            case "first":
                return self.index < 1
            case "last":
                return not self.has_next
            case "parent":
                return self.parent
            case "topmost" | "topscope":
                return self if self.parent is None else self.parent.find(name)
        if name in self.members:
            return self.members[name]
        return None if self.parent is None else self.parent.find_kept(name)

    def find_kept(self, name: str) -> Any:
        """What a template put here, or into a loop around."""
        if name in self.members:
            return self.members[name]
        return None if self.parent is None else self.parent.find_kept(name)


METHODS[ForeachScope] = {
    "hasNext/0": (("", lambda scope: scope.has_next),),
    "getIndex/0": (("", lambda scope: scope.index),),
    "getCount/0": (("", lambda scope: scope.index + 1),),
    "get/1": (("s", ForeachScope.find),),
}


_Text = TypeVar("_Text", str, None)


class Run:
    """The budget of a rendering. Its methods raise Trouble; where in the template, the caller finds out."""

    __slots__ = ("charged", "deadline", "loops")

    def __init__(self, seconds: float = SECONDS) -> None:
        self.deadline: Final = time.monotonic() + seconds
        self.charged = 0
        self.loops = 0
        """In the general form of compiled code; the fast form counts by itself."""

    def pause(self, loops: int) -> int:
        """Called now and then with the number of loops so far; answers when to call again."""
        if loops > MAX_LOOPS:
            raise Trouble(f"more than {MAX_LOOPS:,} iterations of #foreach")
        self.check_time()
        return min(loops + LOOPS_BETWEEN_CHECKS, MAX_LOOPS)

    def check_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise Trouble("takes too long")

    def charge(self, size: int) -> None:
        """For a text that was made; 0 for work that makes none."""
        self.charged += size
        if self.charged > MAX_CHARGED:
            raise Trouble(f"makes texts of more than {MAX_CHARGED:,} characters")
        if size > LARGE or not size:
            self.check_time()

    def call(self, value: Any, name: str, arguments: tuple[Any, ...]) -> Any:
        """`name` is a name and number of arguments: `get/1`. Null for a method that the value has not."""
        table = METHODS.get(type(value))
        if table is None:
            return None
        method = find_method(table, name, arguments)
        if method is None:
            return None
        if name in _PATTERNS or (type(value) in _SIZED and len(value) > LARGE):
            self.check_time()
        found = method(value, *arguments)
        if type(found) is str:
            self.charge(len(found))
        elif name in _COPIES and type(found) is ArrayList:
            self.charge(len(found) * 8)
        return found

    def show(self, value: Any, when_null: _Text) -> str | _Text:
        """What is printed for a reference; `when_null` where it is null."""
        kind = type(value)
        if kind is float:
            return float_text(value)
        if kind is str:
            return value  # type: ignore[no-any-return]
        text = text_of(value)
        if text is None:
            return when_null
        self.charge(len(text))
        return text

    def equal(self, left: Any, right: Any) -> bool:
        if type(left) in _CONTAINERS or type(right) in _CONTAINERS:
            self.check_time()
        return equal(left, right)

    def add(self, left: Any, right: Any, left_literal: str, right_literal: str) -> Any:
        found = add(left, right, left_literal, right_literal)
        if type(found) is str:
            self.charge(len(found))
        return found

    def join(self, parts: Sequence[str]) -> str:
        """The text of a string with references in it."""
        if len(parts) > 8 and sum(map(len, parts)) > MAX_TEXT:
            raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
        text = "".join(parts)
        if len(text) > MAX_TEXT:
            raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
        self.charge(len(text))
        return text


_CONTAINERS: Final = frozenset({list, dict, ArrayList, OnceMap, CaseBlind})
_MAPS: Final[frozenset[type[Any]]] = frozenset((dict, OnceMap, CaseBlind))
_SIZED: Final = _CONTAINERS | {str}
_PATTERNS: Final = frozenset({"matches/1", "replaceAll/2", "replaceFirst/2", "split/1", "split/2"})
"""What may take long for a short text as well."""
_COPIES: Final = frozenset({"keySet/0", "values/0", "entrySet/0", "subList/2", "split/1", "split/2"})
"""What answers a list of its own: 8 bytes for each item."""

_PROPERTIES: Final[dict[type, frozenset[str]]] = {
    str: frozenset({"empty"}),
    list: frozenset({"empty"}),
    ArrayList: frozenset({"empty"}),
}
"""Properties that are a question in Java: `empty` is isEmpty()."""


def find_property(value: Any, name: str) -> Any:
    """`.name`; null where there is none."""
    kind = type(value)
    if kind is dict or kind in _MAPS:
        return value.get(name)
    if kind is LazyMap or kind is ForeachScope:
        return value.find(name)
    if kind is Entry:
        return value.key if name == "key" else value.value if name == "value" else None
    if kind in _PROPERTIES:
        return not value if name in _PROPERTIES[kind] else None
    return value.find_property(name) if isinstance(value, Tool) else None


class Tool:
    """A variable of API Gateway that is an object: it answers properties by name."""

    __slots__ = ()

    def find_property(self, name: str) -> Any:
        """Null unless the tool says otherwise."""
        return None


def find_index(value: Any, index: Any) -> Any:
    """`[index]`; a negative one counts from the end of a list."""
    kind = type(value)
    if kind is list or kind is ArrayList:
        if type(index) is not int:
            return None
        return value[_position(value, index)]
    if kind is dict or kind in _MAPS:
        return value.get(key_of(index))
    if kind is LazyMap and type(index) is str:
        return value.find(index)
    return None


def _position(items: list[Any], index: int) -> int:
    position = index + len(items) if index < 0 else index
    if not 0 <= position < len(items):
        raise Trouble(f"index {index} of a list of {len(items)}")
    return position


def set_property(value: Any, name: str, member: Any) -> None:
    """`#set($value.name = member)`; as in Velocity nothing happens where it cannot be set."""
    kind = type(value)
    if kind is dict or kind in _MAPS:
        if len(value) >= MAX_ITEMS:
            raise Trouble(f"more than {MAX_ITEMS:,} items")
        value[name] = member
    elif kind is ForeachScope:
        value.members[name] = member


def set_index(value: Any, index: Any, member: Any) -> None:
    """`#set($value[index] = member)`"""
    if isinstance(value, list):
        if type(index) is int:
            value[_position(value, index)] = member
    elif isinstance(value, dict):
        set_property(value, key_of(index), member)


def items_of(value: Any) -> Sequence[Any]:
    """What #foreach goes through: a list, the values of a map, nothing in anything else."""
    if isinstance(value, list):
        return value
    return tuple(value.values()) if isinstance(value, dict) else ()
