"""The methods that values have: the only calls a template can make.

A row is a method of Java: its name and number of arguments, the kinds of the arguments, what it does. A call that fits
no row is what it is in Velocity, null. Kinds: `s` text, `i` integer, `n` number, `l` list, `m` map, `a` anything.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from limen.templates import patterns
from limen.templates.errors import Trouble
from limen.templates.values import (
    NOTHING,
    ArrayList,
    CaseBlind,
    LazyMap,
    Nothing,
    OnceMap,
    equal,
    float_text,
    key_of,
    text_of,
)
from limen.templates.weight import MAX_TEXT, Printable, check_comparing, weigh

Method: TypeAlias = Callable[..., Any]
Table: TypeAlias = dict[str, tuple[tuple[str, Method], ...]]
"""`name/number of arguments` to the kinds of the arguments and the method, first fit first."""

MAX_FOUND_BACKWARDS = 100_000_000
MAX_ITEMS = 100_000
"""Of a list or map that a template adds to."""

_KINDS: dict[str, Callable[[Any], bool]] = {
    "s": lambda value: type(value) is str,
    "i": lambda value: type(value) is int,
    "n": lambda value: type(value) is int or type(value) is float,
    "l": lambda value: isinstance(value, list),
    "m": lambda value: isinstance(value, dict),
    "a": lambda value: True,
}


class Entry(Printable):
    """Of a map's entrySet: `$entry.key`, `$entry.value`."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value

    def within(self) -> Iterable[Any]:
        return (self.key, self.value)

    def text(self) -> str:
        return f"{text_of(self.key) or 'null'}={text_of(self.value) or 'null'}"


def find_method(table: Table, name: str, arguments: tuple[Any, ...]) -> Method | None:
    for kinds, method in table.get(name, ()):
        if all(map(_fits, kinds, arguments)):
            return method
    return None


def _fits(kind: str, value: Any) -> bool:
    return _KINDS[kind](value)


def _table(*rows: tuple[str, str, Method]) -> Table:
    table: Table = {}
    for name, kinds, method in rows:
        key = f"{name}/{len(kinds)}"
        table[key] = (*table.get(key, ()), (kinds, method))
    return table


def _compare(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def _compare_text(left: str, right: str) -> int:
    """As Java: the difference of the first characters that differ, else of the lengths."""
    for first, second in zip(left, right, strict=False):
        if first != second:
            return ord(first) - ord(second)
    return len(left) - len(right)


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    if not 0 <= start <= end <= len(text):
        raise Trouble(f"substring from {start} to {end} of a text of {len(text)}")
    return text[start:end]


def _character(text: str, index: int) -> str:
    if not 0 <= index < len(text):
        raise Trouble(f"character {index} of a text of {len(text)}")
    return text[index]


def _last_index_in(text: str, part: str, at: int) -> int:
    if len(text) * len(part) > MAX_FOUND_BACKWARDS:  # rfind compares each with each, at the worst
        raise Trouble(f"a text of {len(text):,} characters is too long for lastIndexOf")
    return text.rfind(part, 0, at + len(part)) if at >= 0 else -1


def _concat(text: str, other: str) -> str:
    if len(text) + len(other) > MAX_TEXT:
        raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
    return text + other


def _join(_: str, separator: str, items: list[Any]) -> str:
    weigh(items)
    texts = [text_of(item) or "null" for item in items]
    if sum(map(len, texts)) + len(separator) * len(texts) > MAX_TEXT:
        raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
    return separator.join(texts)


def _parse_int(_: Any, text: str) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 19:
        raise Trouble(f"{text[:40]!r} is not an integer")
    return int(text)


def _parse_float(_: Any, text: str) -> float:
    try:
        return float(text.strip().rstrip("dDfF") if "_" not in text else "")
    except ValueError:
        raise Trouble(f"{text[:40]!r} is not a number") from None


def _integer_of(value: int | float) -> int:
    """Java's narrowing: not a number is 0, what is too large is the largest."""
    if value != value:
        return 0
    bounded = max(min(value, 2.0**63), -(2.0**63)) if type(value) is float else value
    return min(int(bounded), 2**63 - 1)


def _round(value: float) -> int:
    return _integer_of(value + 0.5 if value >= 0 else -(-value + 0.5))


_TRIMMED = "".join(map(chr, range(33)))

COMMON: Table = _table(
    ("toString", "", lambda value: text_of(value)),
    ("equals", "a", lambda value, other: type(value) is type(other) and equal(value, other)),
)

TEXT_METHODS: Table = COMMON | _table(
    ("length", "", len),
    ("isEmpty", "", lambda text: not text),
    ("contains", "s", lambda text, part: part in text),
    ("startsWith", "s", lambda text, part: text.startswith(part)),
    ("startsWith", "si", lambda text, part, at: at >= 0 and text.startswith(part, at)),
    ("endsWith", "s", lambda text, part: text.endswith(part)),
    ("indexOf", "s", lambda text, part: text.find(part)),
    ("indexOf", "si", lambda text, part, at: text.find(part, max(at, 0))),
    ("lastIndexOf", "s", lambda text, part: _last_index_in(text, part, len(text))),
    ("lastIndexOf", "si", _last_index_in),
    ("substring", "i", _substring),
    ("substring", "ii", _substring),
    ("subSequence", "ii", _substring),
    ("charAt", "i", _character),
    ("codePointAt", "i", lambda text, index: ord(_character(text, index))),
    ("toLowerCase", "", lambda text: text.lower()),
    ("toUpperCase", "", lambda text: text.upper()),
    ("trim", "", lambda text: text.strip(_TRIMMED)),
    ("intern", "", lambda text: text),
    ("concat", "s", _concat),
    ("replace", "ss", patterns.replace_text),
    ("replaceAll", "ss", patterns.replace),
    ("replaceFirst", "ss", lambda text, pattern, new: patterns.replace(text, pattern, new, 1)),
    ("matches", "s", patterns.matches),
    ("split", "s", patterns.split),
    ("split", "si", patterns.split),
    ("equalsIgnoreCase", "a", lambda text, other: type(other) is str and text.casefold() == other.casefold()),
    ("compareTo", "s", _compare_text),
    ("compareToIgnoreCase", "s", lambda text, other: _compare_text(text.lower(), other.lower())),
    ("join", "sl", _join),
    ("valueOf", "a", lambda _, value: text_of(value) or "null"),
)

NUMBER_METHODS: Table = COMMON | _table(
    ("intValue", "", _integer_of),
    ("longValue", "", _integer_of),
    ("doubleValue", "", float),
    ("floatValue", "", float),
    ("compareTo", "n", _compare),
    ("compare", "nn", lambda _, left, right: _compare(left, right)),
    ("max", "nn", lambda _, left, right: max(left, right)),
    ("min", "nn", lambda _, left, right: min(left, right)),
    ("toString", "n", lambda _, value: text_of(value)),
)

INTEGER_METHODS: Table = NUMBER_METHODS | _table(
    ("parseInt", "s", _parse_int),
    ("parseLong", "s", _parse_int),
    ("valueOf", "s", _parse_int),
    ("valueOf", "i", lambda _, value: value),
    ("sum", "ii", lambda _, left, right: left + right),
    ("signum", "i", lambda _, value: _compare(value, 0)),
    ("toHexString", "i", lambda _, value: f"{value & 0xFFFFFFFF:x}"),
    ("toBinaryString", "i", lambda _, value: f"{value & 0xFFFFFFFF:b}"),
)

FLOAT_METHODS: Table = NUMBER_METHODS | _table(
    ("parseDouble", "s", _parse_float),
    ("valueOf", "s", _parse_float),
    ("valueOf", "n", lambda _, value: float(value)),
    ("isNaN", "", lambda value: value != value),
    ("isInfinite", "", lambda value: value in (float("inf"), float("-inf"))),
    ("round", "", _round),
    ("toString", "n", lambda _, value: float_text(float(value))),
)

BOOLEAN_METHODS: Table = COMMON | _table(
    ("booleanValue", "", lambda value: value),
    ("parseBoolean", "s", lambda _, text: text.lower() == "true"),
    ("valueOf", "s", lambda _, text: text.lower() == "true"),
    ("compareTo", "a", lambda value, other: _compare(value, other) if type(other) is bool else None),
)


def _item(items: list[Any], index: int) -> Any:
    return items[_position(items, index, len(items))]


def _position(items: list[Any], index: int, end: int) -> int:
    if not 0 <= index < end:
        raise Trouble(f"index {index} of a list of {len(items)}")
    return index


def _set_item(items: list[Any], index: int, value: Any) -> Any:
    previous = _item(items, index)
    items[index] = value
    return previous


def _room(items: list[Any] | dict[Any, Any], more: int = 1) -> None:
    if len(items) + more > MAX_ITEMS:
        raise Trouble(f"more than {MAX_ITEMS:,} items")


def _add(items: list[Any], value: Any) -> bool:
    _room(items)
    items.append(value)
    return True


def _insert(items: list[Any], index: int, value: Any) -> str:
    _room(items)
    items.insert(_position(items, index, len(items) + 1), value)
    return ""


def _add_all(items: list[Any], more: list[Any]) -> bool:
    _room(items, len(more))
    items.extend(more)
    return bool(more)


def _index_of(items: list[Any], value: Any) -> int:
    check_comparing(value, len(items))
    return next((index for index, item in enumerate(items) if type(item) is type(value) and item == value), -1)


def _contains_all(items: list[Any], values: list[Any]) -> bool:
    check_comparing(None, len(items) * len(values))
    return all(_index_of(items, value) >= 0 for value in values)


def _last_index_of(items: list[Any], value: Any) -> int:
    found = _index_of(items[::-1], value)
    return -1 if found < 0 else len(items) - 1 - found


def _remove_value(items: list[Any], value: Any) -> bool:
    index = _index_of(items, value)
    if index >= 0:
        del items[index]
    return index >= 0


def _sub_list(items: list[Any], start: int, end: int) -> ArrayList:
    if not 0 <= start <= end <= len(items):
        raise Trouble(f"a part from {start} to {end} of a list of {len(items)}")
    return ArrayList(items[start:end])


def _clear(items: list[Any] | dict[Any, Any]) -> str:
    """What returns nothing prints nothing, in Velocity."""
    items.clear()
    return ""


LIST_METHODS: Table = COMMON | _table(
    ("size", "", len),
    ("count", "", len),
    ("isEmpty", "", lambda items: not items),
    ("get", "i", _item),
    ("set", "ia", _set_item),
    ("add", "a", _add),
    ("add", "ia", _insert),
    ("addAll", "l", _add_all),
    ("remove", "i", lambda items, index: items.pop(_position(items, index, len(items)))),
    ("remove", "a", _remove_value),
    ("clear", "", _clear),
    ("contains", "a", lambda items, value: _index_of(items, value) >= 0),
    ("containsAll", "l", _contains_all),
    ("indexOf", "a", _index_of),
    ("lastIndexOf", "a", _last_index_of),
    ("subList", "ii", _sub_list),
)


def _put(members: dict[Any, Any], name: Any, value: Any) -> Any:
    _room(members)
    previous = members.get(key_of(name))
    members[name] = value
    return previous


def _put_all(members: dict[Any, Any], more: dict[Any, Any]) -> str:
    _room(members, len(more))
    for name in list(more):
        members[name] = more[name]
    return ""


def _put_if_absent(members: dict[Any, Any], name: Any, value: Any) -> Any:
    return _put(members, name, value) if members.get(key_of(name)) is None else members[name]


MAP_METHODS: Table = COMMON | _table(
    ("get", "a", lambda members, name: members.get(key_of(name))),
    ("getOrDefault", "aa", lambda members, name, default: members.get(key_of(name), default)),
    ("put", "aa", _put),
    ("putAll", "m", _put_all),
    ("putIfAbsent", "aa", _put_if_absent),
    ("containsKey", "a", lambda members, name: key_of(name) in members),
    ("containsValue", "a", lambda members, value: _index_of(list(members.values()), value) >= 0),
    ("keySet", "", ArrayList),
    ("values", "", lambda members: ArrayList(members.values())),
    ("entrySet", "", lambda members: ArrayList([Entry(name, value) for name, value in members.items()])),
    ("size", "", len),
    ("isEmpty", "", lambda members: not members),
    ("remove", "a", lambda members, name: members.pop(key_of(name), None)),
    ("clear", "", _clear),
)

LAZY_METHODS: Table = _table(
    ("get", "s", lambda members, name: members.find(name)),
    ("containsKey", "s", lambda members, name: members.find(name) is not None),
)

ENTRY_METHODS: Table = COMMON | _table(
    ("getKey", "", lambda entry: entry.key),
    ("getValue", "", lambda entry: entry.value),
)

NOTHING_METHODS: Table = _table(
    ("toString", "", lambda _: ""),
    ("equals", "a", lambda _, other: other is NOTHING),
    ("size", "", lambda _: 0),
    ("length", "", lambda _: 0),
    ("isEmpty", "", lambda _: True),
)

METHODS: dict[type, Table] = {
    str: TEXT_METHODS,
    int: INTEGER_METHODS,
    float: FLOAT_METHODS,
    bool: BOOLEAN_METHODS,
    list: LIST_METHODS,
    ArrayList: LIST_METHODS,
    dict: MAP_METHODS,
    OnceMap: MAP_METHODS,
    CaseBlind: MAP_METHODS,
    LazyMap: LAZY_METHODS,
    Entry: ENTRY_METHODS,
    Nothing: NOTHING_METHODS,
}
"""By the exact type: what is not here has no methods."""
