"""Which resources a value refers to, and the order in which resources have to be made."""

import heapq
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from limen.control.stacks.errors import TemplateError

_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")


def references(value: Any, holds: Callable[[Any], bool]) -> Iterator[str]:
    """The names that Ref, Fn::GetAtt and Fn::Sub have in `value`, in its branches that count; `holds` a condition."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, holds)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _of_member(key, item, holds)


def _of_member(key: str, value: Any, holds: Callable[[Any], bool]) -> Iterator[str]:
    if key == "Ref" and isinstance(value, str):
        yield value
    elif key == "Fn::GetAtt":
        parts = value.split(".", 1) if isinstance(value, str) else value
        if isinstance(parts, list) and parts and isinstance(parts[0], str):
            yield parts[0]
            yield from references(parts[1:], holds)
    elif key == "Fn::Sub":
        text, given = value if isinstance(value, list) and len(value) == 2 else (value, {})
        if isinstance(text, str):
            names = (name.strip() for name in _VARIABLE.findall(text))
            yield from (name.split(".", 1)[0] for name in names if name not in given)
        yield from references(given, holds)
    elif key == "Fn::If" and isinstance(value, list) and len(value) == 3:
        yield from references(value[1 if holds(value[0]) else 2], holds)
    else:
        yield from references(value, holds)


def sorted_by_dependency(needs: Mapping[str, set[str]], priority: Mapping[str, int]) -> list[str]:
    """Each after what it needs; of those that are free, by priority and then in the order of `needs`.

    Raises TemplateError that names a circle.
    """
    place = {name: (priority.get(name, 0), index) for index, name in enumerate(needs)}
    waiting = {name: set(needed) for name, needed in needs.items()}
    users: dict[str, list[str]] = {name: [] for name in needs}
    for name, needed in needs.items():
        for other in needed:
            users[other].append(name)
    free = [(place[name], name) for name, needed in waiting.items() if not needed]
    heapq.heapify(free)
    done = []
    while free:
        _, name = heapq.heappop(free)
        done.append(name)
        for user in users[name]:
            waiting[user].discard(name)
            if not waiting[user]:
                heapq.heappush(free, (place[user], user))
    if len(done) < len(needs):
        circle = _circle({name: needed for name, needed in waiting.items() if needed})
        raise TemplateError(
            f"the resources depend on each other in a circle: {' -> '.join(circle)}", ("Resources", circle[0])
        )
    return done


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    way = [next(iter(waiting))]
    while True:
        following = min(waiting[way[-1]])
        if following in way:
            return [*way[way.index(following) :], following]
        way.append(following)
