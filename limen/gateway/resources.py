"""The match tree of a REST API: from a method and a path to the method of a resource.

Path and verb are resolved in one: a request goes to the most specific resource that has its verb, or ANY. At each
level static text wins over a variable, a variable over the rest of the path; where nothing below has the verb, the walk
goes back to what is less specific (observed of AWS: with GET on `/things/real` and ANY on `/things/{proxy+}`, POST
/things/real goes to the latter; with PATCH on `/users/me` and GET on `/users/{userId}`, GET /users/me does).

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
    """Ways back are taken last first. A tree has no more of them than nodes, so work is bounded by methods."""
    node = root
    index = 1
    end = len(segments)
    values: list[bytes] = []
    ways_back: list[tuple[Node[T] | None, Node[T], int, int]] = []
    """A variable that was passed by, None for a greedy one; their parent, where they begin, how many values before."""
    while True:
        if index < end:
            segment = segments[index]
            child = node.static.get(segment)
            variable = node.variable if segment else None
            if node.greedy:
                ways_back.append((None, node, index, len(values)))
            if child is not None and variable is not None:
                ways_back.append((variable, node, index, len(values)))
            if child is None and variable is not None:
                values.append(segment)
                child = variable
            if child is not None:
                node = child
                index += 1
                continue
        else:
            endpoint = node.full.get(method) or node.full.get(ANY)
            if endpoint is not None:
                return endpoint.target, name_values(endpoint.names, values)
        while ways_back:
            way, node, index, taken = ways_back.pop()
            del values[taken:]
            if way is not None:
                values.append(segments[index])
                node = way
                index += 1
                break
            found = _take_rest(node, method, values, index, path)
            if found is not None:
                return found
        else:
            return None


def _take_rest(
    node: Node[T], method: bytes, values: list[bytes], index: int, path: bytes
) -> tuple[T, dict[str, str]] | None:
    endpoint = node.greedy.get(method) or node.greedy.get(ANY)
    rest = path.split(b"/", index)[index]
    if endpoint is None or not rest:
        return None
    return endpoint.target, name_values(endpoint.names, [*values, rest])
