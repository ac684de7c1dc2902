"""The match tree of an HTTP API: from a method and a path to the most specific route.

A full match wins over a greedy one, a greedy one over `$default`. Among matches of one kind the paths are compared
segment by segment: static text wins over a variable, a variable over the rest of the path; for one and the same path
its own method wins over ANY (developer guide, "Routing API requests").

Paths are matched as segments of the path as sent, each percent-decoded, so that an encoded slash is no separator. A
variable takes one segment, a greedy variable one or more; neither takes nothing. Trees share what they have in
common: an edit copies the nodes on the way to what it changes, so readers keep the tree that they have.
"""

from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from mypy_extensions import mypyc_attr

T = TypeVar("T")

DEFAULT = "$default"
ANY = b"ANY"
_PERCENT, _BACKSLASH = b"%\\"
"""As integers: bytes in bytes is tried as one first, and the exception that this makes costs 200 ns."""
_HEXADECIMAL = frozenset(b"0123456789abcdefABCDEF")


class PathError(Exception):
    """Raised for a path that cannot be decoded, or whose decoded segments climb."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Paths(Generic[T]):
    """An immutable tree of routes, each with the target that was put in for it."""

    __slots__ = ("_default", "_root")

    def __init__(self, root: "Node[T] | None" = None, default: T | None = None) -> None:
        self._root: Node[T] = Node(None) if root is None else root
        self._default = default

    def edit(self) -> "Edit[T]":
        return Edit(self._root, self._default, Paths)

    def match(self, method: bytes, path: bytes) -> tuple[T, dict[str, str]] | None:
        """The target and the decoded path parameters; `path` is as sent, below the stage. Raises PathError."""
        segments = split_path(path)
        found = _find(self._root, method, segments)
        if found is not None:
            return found
        if self._default is not None:
            return self._default, {}
        return None


def split_path(path: bytes) -> list[bytes]:
    """The decoded segments of a path that begins with a slash. Raises PathError."""
    # A regular expression costs 200 ns; a path with neither needs no decoding.
    if _PERCENT in path or path.find(b"/.") >= 0 or _BACKSLASH in path or not path.isascii():
        segments = decode_segments(path)
    else:
        segments = path.split(b"/")
    if segments[0]:
        raise PathError("a path begins with a slash")
    return segments


def decode_segments(path: bytes) -> list[bytes]:
    """The decoded segments, the first of them empty; PathError where a backend could read the path in another way."""
    segments = path.split(b"/")
    if b"%" in path:
        segments = [_decode(segment) for segment in segments]
    for segment in segments:
        # A decoded slash or a backslash does not separate here, and nothing is cut off at `;`, but may be by a backend.
        for piece in segment.replace(b"\\", b"/").split(b"/"):
            if piece.partition(b";")[0] in (b".", b".."):
                raise PathError("a dot segment")
        try:
            segment.decode()
        except UnicodeDecodeError:
            raise PathError("not UTF-8") from None
    return segments


def _decode(segment: bytes) -> bytes:
    for after in segment.split(b"%")[1:]:
        if len(after) < 2 or after[0] not in _HEXADECIMAL or after[1] not in _HEXADECIMAL:
            raise PathError("a percent sign without two hexadecimal digits")
    return unquote_to_bytes(segment)


class Endpoint(Generic[T]):
    """Where a route ends in the tree."""

    __slots__ = ("key", "names", "target")

    def __init__(self, key: str, names: tuple[str, ...], target: T) -> None:
        self.key = key
        self.names = names
        self.target = target


class Node(Generic[T]):
    """The routes that share a beginning; `mark` tells the edit that may still change it in place."""

    __slots__ = ("full", "greedy", "mark", "shadowed", "static", "variable")

    def __init__(self, mark: object) -> None:
        self.mark = mark
        self.static: dict[bytes, Node[T]] = {}
        self.variable: Node[T] | None = None
        self.full: dict[bytes, Endpoint[T]] = {}
        self.greedy: dict[bytes, Endpoint[T]] = {}
        self.shadowed: tuple[Endpoint[T], ...] = ()
        """Routes that differ from another one in the names of variables alone; the first by route key is served."""

    def copy(self, mark: object) -> "Node[T]":
        node: Node[T] = Node(mark)
        node.static = self.static.copy()
        node.variable = self.variable
        node.full = self.full.copy()
        node.greedy = self.greedy.copy()
        node.shadowed = self.shadowed
        return node

    @property
    def is_empty(self) -> bool:
        return not (self.static or self.variable or self.full or self.greedy or self.shadowed)


def _find(root: Node[T], method: bytes, segments: list[bytes]) -> tuple[T, dict[str, str]] | None:
    """Walks down, static first. Where it passes a variable or a greedy one by, it leaves a way back.

    Ways back are taken last first, which is AWS's order; the first greedy match so met is the best of its kind, and
    is kept until no full match is left to find. A tree has no more ways back than nodes, so work is bounded by routes.
    """
    node = root
    index = 1
    end = len(segments)
    values: list[bytes] = []
    ways_back: list[tuple[Node[T] | None, Node[T], int, int]] = []
    best: tuple[T, dict[str, str]] | None = None
    while True:
        if index == end:
            endpoint = node.full.get(method) or node.full.get(ANY)
            if endpoint is not None:
                return endpoint.target, name_values(endpoint.names, values)
        else:
            segment = segments[index]
            if node.greedy and best is None:
                ways_back.append((None, node, index, len(values)))
            child = node.static.get(segment)
            variable = node.variable
            index += 1
            if child is not None:
                if variable is not None and segment:
                    ways_back.append((variable, node, index, len(values)))
                node = child
                continue
            if variable is not None and segment:
                values.append(segment)
                node = variable
                continue
        while True:
            if not ways_back:
                return best
            way, node, index, taken = ways_back.pop()
            del values[taken:]
            if way is not None:
                values.append(segments[index - 1])
                node = way
                break
            if best is None:
                best = _take_rest(node, method, values, segments[index:])


def _take_rest(node: Node[T], method: bytes, values: list[bytes], rest: list[bytes]) -> tuple[T, dict[str, str]] | None:
    endpoint = node.greedy.get(method) or node.greedy.get(ANY)
    remainder = b"/".join(rest)
    if endpoint is None or not remainder:
        return None
    return endpoint.target, name_values(endpoint.names, [*values, remainder])


def name_values(names: tuple[str, ...], values: list[bytes]) -> dict[str, str]:
    """The path parameters of a match."""
    if not names:
        return {}
    if len(names) == 1:
        return {names[0]: values[0].decode("utf-8", "surrogateescape")}
    return {name: value.decode("utf-8", "surrogateescape") for name, value in zip(names, values, strict=True)}


class Edit(Generic[T]):
    """Changes to a tree, seen by nobody until `done`; what this edit made itself it changes in place."""

    def __init__(self, root: Node[T], default: T | None, make: "Callable[[Node[T], T | None], Paths[T]]") -> None:
        self._root = root
        self._default = default
        self._make = make
        self._mark = object()
        """On the nodes that this edit made; not the edit itself, which would keep old trees alive."""

    def put(self, route_key: str, target: T) -> None:
        """Adds or replaces a route: `GET /pets/{id}`, `ANY /{proxy+}`, `$default`."""
        if route_key == DEFAULT:
            self._default = target
            return
        method, statics, names, is_greedy = parse_route_key(route_key)
        node = self._way_to(statics)[-1]
        endpoint = Endpoint(route_key, names, target)
        routes = node.greedy if is_greedy else node.full
        held = routes.get(method)
        node.shadowed = tuple(other for other in node.shadowed if other.key != route_key)
        if held is not None and held.key != route_key:
            endpoint, held = (held, endpoint) if held.key < route_key else (endpoint, held)
            node.shadowed = (*node.shadowed, held)
        routes[method] = endpoint

    def remove(self, route_key: str) -> None:
        """Takes a route out; nothing happens where it is not in."""
        if route_key == DEFAULT:
            self._default = None
            return
        method, statics, _, is_greedy = parse_route_key(route_key)
        way = self._way_to(statics)
        node = way[-1]
        node.shadowed = tuple(other for other in node.shadowed if other.key != route_key)
        routes = node.greedy if is_greedy else node.full
        held = routes.get(method)
        if held is not None and held.key == route_key:
            del routes[method]
            for other in sorted(node.shadowed, key=lambda endpoint: endpoint.key):
                if parse_route_key(other.key)[::3] == (method, is_greedy):
                    self.put(other.key, other.target)
                    break
        self._cut_empty(way, statics)

    def done(self) -> Paths[T]:
        """The tree as it is now; what is edited after this is seen only by the next call."""
        self._mark = object()
        return self._make(self._root, self._default)

    def _own(self, node: Node[T]) -> Node[T]:
        return node if node.mark is self._mark else node.copy(self._mark)

    def _way_to(self, statics: tuple[bytes | None, ...]) -> list[Node[T]]:
        """The nodes from the root down to where a route ends, each made or made our own."""
        node = self._root = self._own(self._root)
        way = [node]
        for static in statics:
            child = node.variable if static is None else node.static.get(static)
            child = Node(self._mark) if child is None else self._own(child)
            if static is None:
                node.variable = child
            else:
                node.static[static] = child
            node = child
            way.append(node)
        return way

    def _cut_empty(self, way: list[Node[T]], statics: tuple[bytes | None, ...]) -> None:
        for parent, static, node in reversed(list(zip(way, statics, way[1:], strict=False))):
            if not node.is_empty:
                return
            if static is None:
                parent.variable = None
            else:
                del parent.static[static]


def parse_route_key(route_key: str) -> tuple[bytes, tuple[bytes | None, ...], tuple[str, ...], bool]:
    """Method, segments before a greedy one (None is a variable), names of the variables, and whether it is greedy."""
    method, _, path = route_key.partition(" ")
    if not path.startswith("/"):
        raise ValueError(f"route key {route_key!r}: a path begins with a slash")
    statics: list[bytes | None] = []
    names: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment.startswith("{") and segment.endswith("+}"):
            if len(statics) != len(segments) - 1:
                raise ValueError(f"route key {route_key!r}: a greedy variable is the last segment")
            names.append(segment[1:-2])
            return method.encode(), tuple(statics), tuple(names), True
        if segment.startswith("{") and segment.endswith("}"):
            names.append(segment[1:-1])
            statics.append(None)
        else:
            statics.append(segment.encode())
    return method.encode(), tuple(statics), tuple(names), False
