"""Functions at the end of a JSONPath: `$.items.length()`, `$..price.sum()`."""

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from limen.templates.errors import Trouble
from limen.templates.jsonpath_steps import Apply, Work
from limen.templates.values import text_of
from limen.templates.weight import MAX_TEXT, weigh

Argument: TypeAlias = Callable[[Any, Work], Any]
"""Of the element `@` stands for."""


def _length(value: Any, arguments: list[Any]) -> Any:
    return len(value) if isinstance(value, dict | list) else None


def _keys(value: Any, arguments: list[Any]) -> Any:
    return list(value) if isinstance(value, dict) else None


def _numbers(value: Any, arguments: list[Any]) -> list[float]:
    given = [*(value if isinstance(value, list) else ()), *arguments]
    flat = [item for each in given for item in (each if isinstance(each, list) else (each,))]
    numbers = [float(item) for item in flat if type(item) is int or type(item) is float]
    if not numbers:
        raise Trouble("there are no numbers for the function at the end of the JSONPath")
    return numbers


def _concat(value: Any, arguments: list[Any]) -> str:
    given = [*(value if isinstance(value, list) else ()), *arguments]
    weigh(given)
    flat = [item for each in given for item in (each if isinstance(each, list) else (each,))]
    texts = [text_of(item) or "" for item in flat]
    if sum(map(len, texts)) > MAX_TEXT:
        raise Trouble(f"a text of more than {MAX_TEXT:,} characters")
    return "".join(texts)


def _stddev(value: Any, arguments: list[Any]) -> float:
    numbers = _numbers(value, arguments)
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))


def _average(value: Any, arguments: list[Any]) -> float:
    numbers = _numbers(value, arguments)
    return sum(numbers) / len(numbers)


def _item(value: Any, index: Any) -> Any:
    if not isinstance(value, list) or type(index) is not int or not -len(value) <= index < len(value):
        return None
    return value[index]


def _append(value: Any, arguments: list[Any]) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


_SINGLE: dict[str, Callable[[Any, list[Any]], Any]] = {
    "length": _length,
    "size": _length,
    "keys": _keys,
    "first": lambda value, arguments: _item(value, 0),
    "last": lambda value, arguments: _item(value, -1),
    "index": lambda value, arguments: _item(value, arguments[0] if arguments else None),
    "append": _append,
}
_TOGETHER: dict[str, Callable[[Any, list[Any]], Any]] = {
    "min": lambda value, arguments: min(_numbers(value, arguments)),
    "max": lambda value, arguments: max(_numbers(value, arguments)),
    "avg": _average,
    "stddev": _stddev,
    "sum": lambda value, arguments: math.fsum(_numbers(value, arguments)),
    "concat": _concat,
}


def compile_function(name: str, arguments: tuple[Argument, ...], is_behind_scan: bool) -> Apply:
    """Raises Trouble for a function that JSONPath has not."""
    function = _SINGLE.get(name) or _TOGETHER.get(name)
    if function is None:
        raise Trouble(f"JSONPath has no function {name}()")
    chosen = function

    def apply(value: Any, element: Any, work: Work) -> Any:
        return chosen(value, [argument(element, work) for argument in arguments])

    return Apply(apply, is_behind_scan or name in _TOGETHER)
