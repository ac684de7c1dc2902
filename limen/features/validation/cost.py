"""How much work a body can make of a model, so that none is judged for hours.

Two schemas for one value, each of which refers to two more: what is a page long may take as many steps as there are
ways through it. Where a model refers to itself so, a body decides by its depth how many that are.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

MAX_STEPS = 5_000_000
"""Applications of a schema to a value, for one body."""
HARMLESS = 1_000
"""Of one value: bodies are not looked at for models that ask for no more."""
MAX_LEVELS = 256
OTHERS = frozenset({".*", "[*"})

Ways: TypeAlias = "Counter[int]"
"""How often each schema applies, by its number."""


class Costs:
    """`of_level`: how many schemas apply to a value so deep in a body, at the worst; the last one holds below."""

    def __init__(self, documents: Mapping[str, Any], url: str) -> None:
        self._documents = documents
        self._numbers: dict[int, int] = {}
        self._schemas: list[tuple[dict[str, Any], str]] = []
        self._closures: dict[int, Ways] = {}
        self._named: dict[int, frozenset[str]] = {}
        self.of_level = self._measure(self._number(documents[url], url))

    @property
    def are_harmless(self) -> bool:
        return max(self.of_level) <= HARMLESS

    def are_bearable(self, content: Any) -> bool:
        steps, level = 0, 0
        values = [content]
        while values:
            steps += len(values) * self.of_level[min(level, len(self.of_level) - 1)]
            if steps > MAX_STEPS:
                return False
            values = [
                child
                for value in values
                if isinstance(value, dict | list)
                for child in (value.values() if isinstance(value, dict) else value)
            ]
            level += 1
        return True

    def _measure(self, root: int) -> list[int]:
        ways = self._closure(root, ())
        found: list[int] = []
        seen: list[Ways] = []
        while len(found) < MAX_LEVELS and ways not in seen[-8:]:
            found.append(ways.total())
            if found[-1] > MAX_STEPS or not ways:
                break
            seen.append(ways)
            ways = self._below(ways)
        return found

    def _below(self, ways: Ways) -> Ways:
        """What applies to the child that most applies to."""
        named: dict[str, Ways] = {}
        otherwise: list[tuple[int, str, int, int]] = []
        """Of a schema, and a kind of values: what it says of children that it does not name."""
        for number, times in ways.items():
            schema, url = self._schemas[number]
            for name, child in _children(schema):
                inner = self._number(child, url)
                if name in OTHERS:
                    otherwise.append((number, name, inner, times))
                named.setdefault(name, Counter())[inner] += times
        for name, group in named.items():
            for number, kind, inner, times in otherwise:
                if name != kind and name[0] == kind[0] and not self._names(number, name):
                    group[inner] += times
        return max((self._closed(group) for group in named.values()), key=Counter.total, default=Counter())

    def _names(self, number: int, name: str) -> bool:
        if number not in self._named:
            self._named[number] = frozenset(each for each, _ in _children(self._schemas[number][0]))
        return name in self._named[number]

    def _closed(self, group: Ways) -> Ways:
        closed: Ways = Counter()
        for number, times in group.items():
            for each, count in self._closure(number, ()).items():
                closed[each] += times * count
        return closed

    def _closure(self, number: int, around: tuple[int, ...]) -> Ways:
        """All that applies to a value that a schema applies to. What leads to itself applies once."""
        known = self._closures.get(number)
        if known is not None:
            return known
        closure: Ways = Counter({number: 1})
        schema, url = self._schemas[number]
        for child, its_url in self._in_place(schema, url):
            inner = self._number(child, its_url)
            if inner != number and inner not in around:
                closure.update(self._closure(inner, (*around, number)))
        self._closures[number] = closure
        return closure

    def _in_place(self, schema: dict[str, Any], url: str) -> Iterator[tuple[Any, str]]:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            address, _, pointer = reference.partition("#")
            target = _resolve(self._documents.get(address or url), pointer)
            if isinstance(target, dict):
                yield target, address or url
            return
        for keyword in ("allOf", "anyOf", "oneOf"):
            yield from ((each, url) for each in schema.get(keyword) or () if isinstance(each, dict))
        for each in (schema.get("not"), *(schema.get("dependencies") or {}).values()):
            if isinstance(each, dict):
                yield each, url

    def _number(self, schema: dict[str, Any], url: str) -> int:
        number = self._numbers.get(id(schema))
        if number is None:
            number = self._numbers[id(schema)] = len(self._schemas)
            self._schemas.append((schema, url))
        return number


def _children(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Schemas of members and items by what they are said of: `.name`, `.*` for all others; `[0`, `[*`."""
    items = schema.get("items")
    named = [(f".{name}", child) for name, child in (schema.get("properties") or {}).items()]
    named += [(f".~{name}", child) for name, child in (schema.get("patternProperties") or {}).items()]
    named += [(f"[{index}", child) for index, child in enumerate(items if isinstance(items, list) else ())]
    named += [(".*", schema.get("additionalProperties"))]
    named += [("[*", schema.get("additionalItems") if isinstance(items, list) else items)]
    yield from ((name, child) for name, child in named if isinstance(child, dict))


def _resolve(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document
