"""The JSONPath of parameter mapping: members, elements and wildcards; no recursive descent, no filters."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

Step: TypeAlias = str | int | None
"""A member's name, an element's number, or None for all of them."""

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]'"()?*@$\s]+)|\[(?P<number>\d{1,6})\]|\[(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|(?P<all>\.\*|\[\*\])"""
)
_DEEPEST = 32


def parse_json_path(text: str) -> tuple[Step, ...]:
    """`text` is what follows the body: `.items[0]['a b']`, `.items[*].name`. Raises ValueError."""
    if ".." in text:
        raise ValueError(f"{text!r}: recursive descent (..) is not supported")
    if "?(" in text:
        raise ValueError(f"{text!r}: filter expressions are not supported")
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or len(steps) == _DEEPEST:
            raise ValueError(f"{text!r} is not a JSON path that is supported")
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def compile_json_path(text: str) -> Callable[[Any], Any]:
    """A function from a document to what the path selects, None where there is nothing."""
    steps = parse_json_path(text)

    def select(document: Any) -> Any:
        return _select(document, steps)

    return select


def _step(match: re.Match[str]) -> Step:
    if match["all"] is not None:
        return None
    if match["number"] is not None:
        return int(match["number"])
    return next(name for name in (match["name"], match["single"], match["double"]) if name is not None)


def _select(value: Any, steps: tuple[Step, ...]) -> Any:
    for index, step in enumerate(steps):
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list):
            value = value[step] if step < len(value) else None
        elif step is None and isinstance(value, list | dict):
            elements = list(value.values()) if isinstance(value, dict) else value
            found = [_select(element, steps[index + 1 :]) for element in elements]
            return [element for element in found if element is not None] or None
        else:
            return None
    return value
