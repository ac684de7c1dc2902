"""The match tree of a REST API: from a method and a path to the method of a resource.

A tree is walked once, without ways back: the static child of a resource wins over its variable or greedy sibling, and
what lies below a resource is no business of its siblings (developer guide, "Set up API resources": "the sibling
resources are excluded from the representation of the proxy resource"). A verb that the resource does not have is not
found. A resource without methods matches nothing, so a greedy sibling may.

One slash at the end does not count, nor do further ones at the start. A variable is decoded; a greedy one keeps its
percent-encoding as sent (both as observed).
"""

from typing import TypeVar

from limen.gateway.paths import ANY, Edit, Node, Paths, name_values, split_path

T = TypeVar("T")


class Resources(Paths[T]):
    """An immutable tree of methods, put in by keys such as `GET /pets/{id}`."""

    __slots__ = ()

    def edit(self) -> Edit[T]:
        return Edit(self._root, self._default, Resources)

    def match(self, method: bytes, path: bytes) -> tuple[T, dict[str, str]] | None:
        if len(path) > 1 and path.endswith(b"/"):
            path = path[:-1]
        if path.startswith(b"//"):
            path = b"/" + path.lstrip(b"/")
        return _walk(self._root, method, split_path(path), path)


def _walk(root: Node[T], method: bytes, segments: list[bytes], path: bytes) -> tuple[T, dict[str, str]] | None:
    node = root
    index = 1
    end = len(segments)
    values: list[bytes] = []
    passed: tuple[Node[T], int, int] | None = None
    """The last greedy resource that was passed by: its parent, where it would begin, how many values came before."""
    while index < end:
        segment = segments[index]
        if node.greedy:
            passed = node, index, len(values)
        child = node.static.get(segment)
        if child is None:
            child = node.variable
            if child is None or not segment:
                return _take_rest(node, method, values, index, path)
            values.append(segment)
        node = child
        index += 1
    if node.full:
        endpoint = node.full.get(method) or node.full.get(ANY)
        return None if endpoint is None else (endpoint.target, name_values(endpoint.names, values))
    if passed is None:
        return None
    node, index, taken = passed
    return _take_rest(node, method, values[:taken], index, path)


def _take_rest(
    node: Node[T], method: bytes, values: list[bytes], index: int, path: bytes
) -> tuple[T, dict[str, str]] | None:
    endpoint = node.greedy.get(method) or node.greedy.get(ANY)
    rest = path.split(b"/", index)[index]
    if endpoint is None or not rest:
        return None
    return endpoint.target, name_values(endpoint.names, [*values, rest])
