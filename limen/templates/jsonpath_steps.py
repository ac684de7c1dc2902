"""Steps of a JSONPath and the path itself: from a document to what is selected, as Jayway's JsonPath selects.

A definite path names one place: it selects a value, or nothing. Any other selects a list, which may be empty.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from limen.templates.errors import Trouble

MISSING: Final = object()
"""Not there: unlike null, which may be there."""
MAX_VISITS = 1_000_000


class Work:
    """What a selection may still do, and the document that `$` within a filter means."""

    __slots__ = ("left", "root")

    def __init__(self, root: Any) -> None:
        self.root: Final = root
        self.left = MAX_VISITS

    def visit(self, count: int = 1) -> None:
        self.left -= count
        if self.left < 0:
            raise Trouble(f"the JSONPath visits more than {MAX_VISITS:,} values")


Predicate: TypeAlias = Callable[[Any, Work], bool]
Function: TypeAlias = Callable[[Any, Any, Work], Any]
"""Of a value, the element it stands in (`@`), and the work."""


class Step:
    """From a value to what it selects of it."""

    is_definite = False

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        raise NotImplementedError


class Members(Step):
    """`['a', 'b']`: at the end a map of those that are there, before it each of them."""

    def __init__(self, names: tuple[str, ...], is_last: bool) -> None:
        self.names = names
        self.is_definite = is_last

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(value, dict):
            found = {name: value[name] for name in self.names if name in value}
            yield from (found,) if self.is_definite else found.values()


class Member(Step):
    """`.name`"""

    is_definite = True

    def __init__(self, name: str) -> None:
        self.name = name

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(value, dict) and self.name in value:
            yield value[self.name]


class Item(Step):
    """`[2]`, `[-1]`"""

    is_definite = True

    def __init__(self, index: int) -> None:
        self.index = index

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(value, list) and -len(value) <= self.index < len(value):
            yield value[self.index]


class Items(Step):
    """`[0, 2]`"""

    def __init__(self, indices: tuple[int, ...]) -> None:
        self.indices = indices

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        for index in self.indices:
            if isinstance(value, list) and -len(value) <= index < len(value):
                yield value[index]


class Slice(Step):
    """`[1:3]`, `[:2]`, `[-2:]`"""

    def __init__(self, start: int | None, end: int | None) -> None:
        self.part = slice(start, end)

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(value, list):
            found = value[self.part]
            work.visit(len(found))
            yield from found


class Every(Step):
    """`*`"""

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(value, dict | list):
            work.visit(len(value))
            yield from value.values() if isinstance(value, dict) else value


class Filter(Step):
    """`[?(...)]`: of a list those for which it holds; a map itself, if it holds for it."""

    def __init__(self, predicate: Predicate) -> None:
        self.predicate = predicate

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        for candidate in value if isinstance(value, list) else (value,) if isinstance(value, dict) else ():
            work.visit()
            if self.predicate(candidate, work):
                yield candidate


class Scan(Step):
    """`..`: the step behind it, of the value and of all that is within it, outer before inner."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        pending = [value] if isinstance(value, dict | list) else []
        while pending:
            current = pending.pop()
            work.visit(1 + len(current) // 16)
            yield from self._select_here(current, work)
            within = current.values() if isinstance(current, dict) else current
            pending.extend(reversed([each for each in within if isinstance(each, dict | list)]))

    def _select_here(self, value: Any, work: Work) -> Iterator[Any]:
        if isinstance(self.step, Filter) and isinstance(value, dict):
            return iter(())  # a map is judged as an item of the list it stands in
        return self.step.select(value, work)


class Apply(Step):
    """`.length()`: a function of what is selected before it; of all of it together behind `..` and for sums."""

    is_definite = True

    def __init__(self, function: Function, takes_all: bool) -> None:
        self.function = function
        self.takes_all = takes_all

    def select(self, value: Any, work: Work) -> Iterator[Any]:
        yield self.function(value, work.root, work)


class Path:
    """A compiled path. `find` answers null where a definite path leads nowhere."""

    __slots__ = ("is_definite", "simple", "steps")

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps: Final = steps
        self.is_definite = all(step.is_definite for step in steps) or bool(
            steps and isinstance(steps[-1], Apply) and steps[-1].takes_all
        )
        self.simple: Final = _simple_steps(steps)
        """Names and indices alone, which most paths are made of."""

    def find(self, document: Any) -> Any:
        if self.simple is None:
            found = self.select(document, Work(document))
            return None if found is MISSING else found
        for step in self.simple:
            if type(document) is dict and type(step) is str:
                document = document.get(step)
            elif isinstance(document, list) and type(step) is int and -len(document) <= step < len(document):
                document = document[step]
            else:
                return None
        return document

    def select(self, value: Any, work: Work) -> Any:
        """A value or MISSING for a definite path, a list for others."""
        values = [value]
        for step in self.steps:
            if isinstance(step, Apply) and step.takes_all and not self._is_definite_before(step):
                values = [step.function(values, work.root, work)]
                continue
            selected: list[Any] = []
            for each in values:
                work.visit()
                selected.extend(step.select(each, work))
            values = selected
        if not self.is_definite:
            return values
        return values[0] if values else MISSING

    def _is_definite_before(self, last: Step) -> bool:
        return all(step.is_definite for step in self.steps if step is not last)


def _simple_steps(steps: tuple[Step, ...]) -> tuple[str | int, ...] | None:
    simple: list[str | int] = []
    for step in steps:
        if isinstance(step, Member):
            simple.append(step.name)
        elif isinstance(step, Item):
            simple.append(step.index)
        else:
            return None
    return tuple(simple)
