"""Values of templates, printed, compared and reckoned with as Java does it.

Text is str, numbers are int (Integer, Long, BigInteger) and float (Double), maps dict, lists list. What JSONPath and
parsers answer are plain dicts and lists; API Gateway prints such a list as JSON and such a map as `{name=value}`. Lists
that a template makes itself are an ArrayList and print as `[a, b]`.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import msgspec
import orjson

from limen.templates.errors import Trouble
from limen.templates.weight import MAX_TEXT, Printable, too_long, weigh

MAX_BITS = 2048
"""Of a number. Java's BigInteger has no bound; squaring one again and again has no end."""
MAX_RANGE = 10_000

_decode = msgspec.json.Decoder().decode


class ArrayList(list[Any]):
    """A list made by a template: `[1, 2]`, `[1..5]`, keySet, split."""

    __slots__ = ()


class LazyMap:
    """A map whose members are asked for by name when they are read; it cannot be set, listed or counted."""

    __slots__ = ("find", "find_member")

    def __init__(self, find: Callable[[str], Any], find_member: Callable[[str, str], Any] | None = None) -> None:
        self.find: Final = find
        self.find_member: Final = find_member
        """A member of a member, for maps that know a shorter way than one after the other."""


class OnceMap(dict[str, Any]):
    """Overrides are final: each name can be set once."""

    __slots__ = ()

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise Trouble(f"{name} was overridden before, and overrides are final")
        super().__setitem__(name, value)


class Nothing:
    """What `$input.path` answers where there is nothing: prints as nothing, equals null as well as the empty string."""

    __slots__ = ()


NOTHING: Final = Nothing()


def show(value: Any, when_null: str) -> str:
    """What is printed for a reference; `when_null` is the reference itself."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if kind is float:
        return float_text(value)
    text = text_of(value)
    return when_null if text is None else text


def text_of(value: Any) -> str | None:
    """Java's toString(); None for null and for what has no text."""
    if isinstance(value, list | dict):
        weigh(value)
    return _text_of(value)


def _text_of(value: Any) -> str | None:
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return None
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return float_text(value)
    if kind is list:
        return json_text(value)
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_within(name)}={_within(member)}" for name, member in value.items()]) + "}"
    if kind is ArrayList:
        return "[" + ", ".join([_within(item) for item in value]) + "]"
    if value is NOTHING:
        return ""
    return value.text() if isinstance(value, Printable) else None


def _within(value: Any) -> str:
    text = value if type(value) is str else _text_of(value)
    return "null" if text is None else text


def float_text(value: float) -> str:
    """As Java's Double: `10.0`, `1.0E10`, `1.0E-5`."""
    if 1e-3 <= value < 1e7 or -1e7 < value <= -1e-3 or value == 0:
        return orjson.dumps(value).decode()  # the digits of repr() in half the time
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    mantissa, _, exponent = repr(value).partition("e")
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = digits.partition(".")
    power = int(exponent or "0") + len(whole) - 1
    figures = whole + fraction
    leading = len(figures) - len(figures.lstrip("0"))
    figures = figures[leading:].rstrip("0")
    return f"{sign}{figures[:1]}.{figures[1:] or '0'}E{power - leading}"


def json_text(value: Any) -> str:
    """Compact JSON. Raises Trouble for what contains itself."""
    try:
        return orjson.dumps(value, default=_json_default).decode()
    except TypeError:
        pass
    try:
        return json.dumps(value, default=_json_default, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError, TypeError):  # found to be so by both
        raise Trouble("has no JSON: it contains itself, or is nested too deep") from None


def parse_json(text: str, what: str) -> Any:
    """`what` is said in the Trouble that it raises."""
    try:
        return decode_json(text)
    except ValueError as error:
        raise Trouble(f"{what} is not JSON: {error}") from None


def decode_json(text: str | bytes) -> Any:
    """Integers of any size stay what they are, which orjson makes floats of. Raises ValueError."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return orjson.loads(text)  # says what is wrong, and where, in better words


def _json_default(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else text_of(value)


def is_true(value: Any) -> bool:
    """As `#if` decides: null and false are not true, anything else that has a text is."""
    if value is None or value is False or value is NOTHING:
        return False
    return not isinstance(value, Printable) or value.text() is not None


def equal(left: Any, right: Any) -> bool:
    """`==`: numbers by value, two of a kind as Java's equals, otherwise their texts."""
    first, second = type(left), type(right)
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        weigh(left)  # comparing ends where the smaller one does
    if first is second and first is not Nothing:
        return bool(left == right)
    if (first is int or first is float) and (second is int or second is float):
        return bool(left == right)
    if left is NOTHING or right is NOTHING:
        other = right if left is NOTHING else left
        return other is None or other is NOTHING or other == ""
    if (isinstance(left, dict) and isinstance(right, dict)) or (isinstance(left, list) and isinstance(right, list)):
        return bool(left == right)
    return text_of(left) == text_of(right)


def is_less(left: Any, right: Any) -> bool:
    return _is_number(left) and _is_number(right) and left < right


def is_at_most(left: Any, right: Any) -> bool:
    return _is_number(left) and _is_number(right) and left <= right


def is_more(left: Any, right: Any) -> bool:
    return _is_number(left) and _is_number(right) and left > right


def is_at_least(left: Any, right: Any) -> bool:
    return _is_number(left) and _is_number(right) and left >= right


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind is int or kind is float


def _bounded(number: int) -> int:
    if number.bit_length() > MAX_BITS:
        raise Trouble(f"a number of more than {MAX_BITS} bits")
    return number


def add(left: Any, right: Any, left_literal: str, right_literal: str) -> Any:
    """`+`: joins texts, where null is the text of its reference; adds numbers; otherwise null."""
    if type(left) is str or type(right) is str:
        first, second = show(left, left_literal), show(right, right_literal)
        if len(first) + len(second) > MAX_TEXT:
            raise too_long()
        return first + second
    if not (_is_number(left) and _is_number(right)):
        return None
    return _bounded(left + right) if type(left) is type(right) is int else float(left) + float(right)


def subtract(left: Any, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)):
        return None
    return _bounded(left - right) if type(left) is type(right) is int else float(left) - float(right)


def multiply(left: Any, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)):
        return None
    return _bounded(left * right) if type(left) is type(right) is int else float(left) * float(right)


def divide(left: Any, right: Any) -> Any:
    """Toward zero between integers; null where the divisor is zero."""
    if not (_is_number(left) and _is_number(right)) or right == 0:
        return None
    if not (type(left) is type(right) is int):
        return float(left) / float(right)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def modulo(left: Any, right: Any) -> Any:
    """With the sign of the dividend; null where the divisor is zero."""
    if not (_is_number(left) and _is_number(right)) or right == 0:
        return None
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def span(first: Any, last: Any) -> Any:
    """`[first..last]`, downwards too; null where an end is no number."""
    if not (_is_number(first) and _is_number(last)):
        return None
    low, high = int(first), int(last)
    if abs(low - high) >= MAX_RANGE:
        raise Trouble(f"a range of more than {MAX_RANGE:,} numbers")
    return ArrayList(range(low, high - 1, -1) if low >= high else range(low, high + 1))


def make_map(*items: Any) -> dict[Any, Any]:
    """Of keys and values in turn."""
    made: dict[Any, Any] = {}
    for index in range(0, len(items), 2):
        made[key_of(items[index])] = items[index + 1]
    return made


def key_of(value: Any) -> Any:
    """What may be the key of a map."""
    if isinstance(value, list | dict):
        raise Trouble("a list or map cannot be the key of a map")
    return value
