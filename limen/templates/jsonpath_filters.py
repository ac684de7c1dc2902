"""What holds between two values in a filter of a JSONPath: `[?(@.price < 10 && @.tags anyof ['new', 'sale'])]`."""

from collections.abc import Callable
from typing import Any, TypeAlias

from limen.templates.errors import Trouble
from limen.templates.jsonpath_steps import MISSING, Predicate, Work
from limen.templates.patterns import compile_pattern
from limen.templates.values import text_of
from limen.templates.weight import weigh

_LETTERS = 16
"""Of a text that is compared, and"""
_INSTRUCTIONS = 4
"""of an expression that is matched, for the price of one visit."""

Operand: TypeAlias = Callable[[Any, Work], Any]
"""Of the element that is judged: a value, or MISSING."""


class Pattern:
    """`/text/i`"""

    def __init__(self, text: str, flags: str) -> None:
        known = "".join(flag for flag in flags if flag in "ims")
        self.compiled = compile_pattern(f"(?{known}){text}" if known else text)
        self.size = max(1, self.compiled.programsize // _INSTRUCTIONS)

    def matches(self, value: Any) -> bool:
        text = text_of(value) if value is not MISSING else None
        return text is not None and self.compiled.fullmatch(text) is not None


def _number(value: Any) -> float | int | None:
    if type(value) is int or type(value) is float:
        return value
    if type(value) is str:
        try:
            return float(value) if "_" not in value else None
        except ValueError:
            return None
    return None


def is_equal(left: Any, right: Any) -> bool:
    """Numbers equal texts that read as them; nothing else changes its kind."""
    if type(left) is type(right):
        return bool(left == right)
    kinds = {type(left), type(right)}
    if kinds & {int, float} and kinds <= {int, float, str}:
        first, second = _number(left), _number(right)
        return first is not None and first == second
    return isinstance(left, list) and isinstance(right, list) and left == right


def _ordered(left: Any, right: Any, holds: Callable[[Any, Any], bool]) -> bool:
    if type(left) is str and type(right) is str:
        return holds(left, right)
    numbers = (int, float)
    return type(left) in numbers and type(right) in numbers and holds(left, right)


def _is_in(value: Any, items: Any) -> bool:
    return isinstance(items, list) and any(is_equal(value, item) for item in items)


def _contains(value: Any, part: Any) -> bool:
    if type(value) is str:
        return type(part) is str and part in value
    return _is_in(part, value)


def _has_size(value: Any, size: Any) -> bool:
    return isinstance(value, str | list) and type(size) is int and len(value) == size


def _is_empty(value: Any, wanted: Any) -> bool:
    return isinstance(value, str | list | dict) and type(wanted) is bool and (not value) == wanted


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "json": (dict, list),
    "null": (type(None),),
}

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": is_equal,
    "!=": lambda left, right: not is_equal(left, right),
    "===": lambda left, right: type(left) is type(right) and bool(left == right),
    "!==": lambda left, right: type(left) is not type(right) or left != right,
    "<": lambda left, right: _ordered(left, right, lambda a, b: a < b),
    "<=": lambda left, right: _ordered(left, right, lambda a, b: a <= b),
    ">": lambda left, right: _ordered(left, right, lambda a, b: a > b),
    ">=": lambda left, right: _ordered(left, right, lambda a, b: a >= b),
    "=~": lambda left, right: isinstance(right, Pattern) and right.matches(left),
    "in": _is_in,
    "nin": lambda left, right: not _is_in(left, right),
    "contains": _contains,
    "size": _has_size,
    "empty": _is_empty,
    "all": lambda left, right: _all_in(right, left),
    "subsetof": lambda left, right: _all_in(left, right),
    "anyof": lambda left, right: _any_in(left, right),
    "noneof": lambda left, right: not _any_in(left, right),
    "type": lambda left, right: type(right) is str and type(left) in _TYPES.get(right.lower(), ()),
}
"""Names are written in either case."""

_PAIRWISE = frozenset({"in", "nin", "all", "subsetof", "anyof", "noneof", "contains"})


def _all_in(values: Any, items: Any) -> bool:
    return isinstance(values, list) and all(_is_in(value, items) for value in values)


def _any_in(values: Any, items: Any) -> bool:
    return isinstance(values, list) and any(_is_in(value, items) for value in values)


def compare(left: Operand, operator: str, right: Operand) -> Predicate:
    """Raises Trouble for an operator that JSONPath has not."""
    holds = OPERATORS.get(operator)
    if holds is None:
        raise Trouble(f"a filter has no operator {operator}")
    chosen, is_pairwise = holds, operator in _PAIRWISE

    def judge(element: Any, work: Work) -> bool:
        first, second = left(element, work), right(element, work)
        if is_pairwise:
            work.visit(_size(first) * max(1, _size(second)) if operator != "contains" else _size(first))
        effort = _effort(first) + _effort(second)
        if isinstance(second, Pattern):
            effort *= second.size
        if effort:
            work.visit(effort)
        return chosen(first, second)

    return judge


def _effort(value: Any) -> int:
    """What looking at a value costs, in visits."""
    kind = type(value)
    return len(value) // _LETTERS if kind is str else weigh(value) // 4 if kind is list or kind is dict else 0


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1


def exists(operand: Operand) -> Predicate:
    """A path alone: whether it leads anywhere, be it to null."""

    def judge(element: Any, work: Work) -> bool:
        return operand(element, work) is not MISSING

    return judge
