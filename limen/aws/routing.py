"""From a method and a path to the operation that a URI template of the model binds them to.

https://smithy.io/2.0/spec/http-bindings.html: literal segments win over labels, and labels over greedy ones.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar
from urllib.parse import unquote

from msgspec import Struct

Target = TypeVar("Target")


class _Binding(Struct, Generic[Target], frozen=True):
    target: Target
    labels: list[str]
    query: dict[str, str | None]
    """Static parts of the template's query; None: with any value."""


class _Node(Generic[Target]):
    __slots__ = ("bindings", "greedy", "label", "literals")

    def __init__(self) -> None:
        self.literals: dict[str, _Node[Target]] = {}
        self.label: _Node[Target] | None = None
        self.greedy: _Node[Target] | None = None
        self.bindings: dict[str, list[_Binding[Target]]] = {}
        """By method."""


class Router(Generic[Target]):
    """A tree of path segments."""

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()

    def add(self, method: str, template: str, target: Target) -> None:
        """Binds a template such as /v2/apis/{apiId}, /files/{path+} or /apikeys?mode=import."""
        path, _, query = template.partition("?")
        node, labels = self._root, []
        for segment in path.removeprefix("/").split("/"):
            if not (segment.startswith("{") and segment.endswith("}")):
                node = node.literals.setdefault(segment, _Node())
                continue
            labels.append(segment.strip("{+}"))
            if segment.endswith("+}"):
                node.greedy = node.greedy or _Node()
                node = node.greedy
            else:
                node.label = node.label or _Node()
                node = node.label
        bound = node.bindings.setdefault(method, [])
        bound.append(_Binding(target, labels, dict(static_query(query))))
        bound.sort(key=lambda binding: -len(binding.query))

    def find(self, method: str, path: str, query: dict[str, str]) -> tuple[Target, dict[str, str]] | None:
        """The target and its labels, decoded; `path` as sent. None where nothing is bound. ValueError: not UTF-8."""
        if not path.startswith("/"):
            return None
        segments = path[1:].split("/")
        for node, values in _matches(self._root, segments, 0):
            for binding in node.bindings.get(method, ()):
                if _has(query, binding.query):
                    decoded = [unquote(value, errors="strict") for value in values]
                    return binding.target, dict(zip(binding.labels, decoded, strict=True))
        return None


def _matches(node: _Node[Target], segments: list[str], start: int) -> Iterator[tuple[_Node[Target], list[str]]]:
    """Every node that the segments lead to, the best first, with the values of its labels."""
    if start == len(segments):
        yield node, []
        return
    segment = segments[start]
    literal = node.literals.get(segment)
    if literal is not None:
        yield from _matches(literal, segments, start + 1)
    if node.label is not None and segment:
        for found, values in _matches(node.label, segments, start + 1):
            yield found, [segment, *values]
    if node.greedy is not None:
        for end in range(len(segments), start, -1):
            value = "/".join(segments[start:end])
            for found, values in _matches(node.greedy, segments, end) if value else ():
                yield found, [value, *values]


def static_query(query: str) -> Iterator[tuple[str, str | None]]:
    """The parameters that a template fixes; None: present, with any value."""
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        yield name, value if equals else None


def _has(query: dict[str, str], static: dict[str, str | None]) -> bool:
    return all(name in query and value in (None, query[name]) for name, value in static.items())
