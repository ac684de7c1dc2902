"""Which mapping a path falls under: the longest whose segments it begins with; what is behind it is the route path.

A path is read here as routes are matched (gateway/paths): each segment is percent-decoded, so that `/%6frders` is
`orders` and an encoded slash separates nothing; further slashes at the start do not count, as in front of stages. A
segment that routing would refuse (dots, no UTF-8, a lone percent sign) belongs to no key. So it stays in the route path
of whatever answers, and is refused there: no spelling climbs from one mapping into another.
"""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from limen.features.domain_names.records import MappingRecord
from limen.gateway.domains import Destination
from limen.gateway.paths import PathError, decode_segments

T = TypeVar("T")

_PERCENT: Final = 0x25
"""Looked for as a number, which takes a tenth of the time."""


class BasePaths(Generic[T]):
    """Values by base path, found by the paths that begin with them."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def put(self, base_path: str, value: T) -> None:
        """`base_path`: segments without slashes at the ends; empty for every path."""
        segments = base_path.encode().split(b"/") if base_path else []
        if any(_decode(segment) != segment for segment in segments):
            return  # no path begins so as routing reads it; whoever stores base paths refuses it
        node = self._root
        for segment in segments:
            child = node.children.get(segment)
            if child is None:
                child = node.children[segment] = _Node()
            node = child
        node.value = value

    def find_all(self, path: bytes) -> list[tuple[T, int]]:
        """From the shortest to the longest that `path` begins with, each with where the route path begins."""
        node = self._root
        found = [] if node.value is None else [(node.value, 0)]
        if not path.startswith(b"/"):
            return found
        size = len(path)
        end = size - len(path.lstrip(b"/")) - 1 if path.startswith(b"//") else 0
        while node.children and end < size:
            start = end + 1
            end = path.find(b"/", start)
            if end < 0:
                end = size
            segment = path[start:end]
            child = node.children.get(_decode(segment) if _PERCENT in segment else segment)
            if child is None:
                break
            node = child
            if node.value is not None:
                found.append((node.value, end))
        return found


class _Node(Generic[T]):
    __slots__ = ("children", "value")

    def __init__(self) -> None:
        self.children: dict[bytes | None, _Node[T]] = {}
        self.value: T | None = None


def below(path: bytes, start: int) -> bytes:
    """The route path that begins there: never without a slash."""
    return path[start:] or b"/"


def _decode(segment: bytes) -> bytes | None:
    """None for what is no segment of any base path."""
    try:
        return decode_segments(segment)[0]
    except PathError:
        return None


class Mapping:
    """A stage below a base path."""

    __slots__ = ("base_path", "destination")

    def __init__(self, record: MappingRecord) -> None:
        self.base_path = record.key
        self.destination = Destination(record.api_id, record.stage)


class Mappings:
    """Those of one domain name; as many as there are cost one look-up for each segment of a path."""

    __slots__ = ("_paths",)

    def __init__(self, records: Iterable[MappingRecord]) -> None:
        self._paths: BasePaths[Mapping] = BasePaths()
        for record in records:
            self._paths.put(record.key, Mapping(record))

    def find(self, path: bytes) -> tuple[Mapping, bytes] | None:
        """The mapping and the route path."""
        found = self._paths.find_all(path)
        if not found:
            return None
        mapping, start = found[-1]
        return mapping, below(path, start)
