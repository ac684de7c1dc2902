"""Parses YAML as OpenAPI uses it: the values of JSON, no tags, unique keys, aliases within bounds."""

import re
from typing import Any

import yaml

from limen.control.openapi.source import MAX_DEPTH, TOO_DEEP, Pointer, Position, Source, SourceError, exact_float

MAX_ALIASED = 100_000  # values that aliases may add: stops "billion laughs"

SAFE_DEPTH = 1_000
"""Levels that the parser recurses into without harm."""
_INDENTATION = re.compile(r"^[ \t?-]+", re.MULTILINE)

_STRING, _INTEGER, _FLOAT = "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float"
_BOOLEAN, _NULL, _MERGE = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
_MAPPING, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
# The scalars of JSON (as OpenAPI asks of YAML), so that `on`, `no` and dates stay texts.
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE", "false", "False", "FALSE"), _BOOLEAN),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), _NULL),
    "<<": _MERGE,
}
_NUMBER_STARTS = frozenset("-0123456789")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")


class _Resolver:
    """Gives plain scalars their type; six times faster than PyYAML's own, which tries a list of patterns."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return _MAPPING if kind is yaml.MappingNode else _SEQUENCE
        if not implicit[0]:
            return _STRING
        if value[:1] in _NUMBER_STARTS and (match := _NUMBER.match(value)):
            return _FLOAT if match.group(1) or match.group(2) else _INTEGER
        return _WORDS.get(value, _STRING)

    def descend_resolver(self, current_node: Any, current_index: Any) -> None: ...

    def ascend_resolver(self) -> None: ...


if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Composer(_Resolver, CParser):
        """YAML text to a graph of nodes, in C."""

else:  # pragma: no cover - wheels of PyYAML carry libyaml
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Composer(_Resolver, Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        """YAML text to a graph of nodes, in Python."""

        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)


def read_yaml(text: str) -> Source:
    return read_yaml_with(text, Builder)


def read_yaml_with(text: str, builder: "type[Builder]") -> Source:
    """As `read_yaml`, for a builder that knows tags."""
    root = _compose(text)
    if not isinstance(root, yaml.MappingNode):
        raise SourceError("the document must be an object")
    document = builder().build(root, 0)
    return Source(document, lambda: _yaml_positions(_compose(text), builder))


def _compose(text: str) -> Any:
    try:
        _check_depth(text)
        return _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        message, mark = error.problem or "the text is not YAML", error.problem_mark or error.context_mark
        lines = text.splitlines()
        is_at_end = mark is not None and mark.line >= len(lines)
        if error.context and (message.startswith("but ") or is_at_end):
            message = f"{error.context}, {message}"
            mark = error.context_mark if is_at_end and error.context_mark else mark
        if mark is None or mark.line >= len(lines):
            raise SourceError(message, len(lines), len(lines[-1]) + 1) from None
        raise SourceError(message, mark.line + 1, mark.column + 1) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SourceError(f"the text has a character that YAML does not allow ({error.reason})", line) from None
    except (yaml.YAMLError, RecursionError, UnicodeError) as error:
        raise SourceError(f"the text is not YAML: {error}") from None


def _check_depth(text: str) -> None:
    """The parser recurses in C without an end: what might be very deep is read without recursion before."""
    indented = max((len(match[0]) for match in _INDENTATION.finditer(text)), default=0)
    if 2 * indented + text.count("[") + text.count("{") <= SAFE_DEPTH:
        return
    depth = 0
    parser = _Composer(text)
    while parser.check_event():
        event: Any = parser.get_event()
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH + 1:
            raise SourceError(TOO_DEEP, event.start_mark.line + 1, event.start_mark.column + 1)


class Builder:
    """Values from nodes. An alias is copied in where it stands, so that nothing is shared; how much is bounded."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._inside_alias = 0
        self._aliased = 0

    @staticmethod
    def key_of_tag(node: yaml.Node) -> str | None:
        """The key under which the value of a tagged node stands; None for a tag that means nothing here."""
        return None

    def build_tagged(self, node: yaml.Node, key: str, depth: int) -> Any:
        """The value of a tagged node, which `key_of_tag` knows."""
        raise NotImplementedError

    def build(self, node: yaml.Node, depth: int) -> Any:
        if node.tag.startswith("!") and (key := self.key_of_tag(node)) is not None:
            return {key: self.build_tagged(node, key, depth + 1)}
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if depth > MAX_DEPTH:
            raise error_at(node, TOO_DEEP)
        is_alias = id(node) in self._seen
        self._seen.add(id(node))
        self._inside_alias += is_alias
        if self._inside_alias:
            self._aliased += 1 + len(node.value)
            if self._aliased > MAX_ALIASED:
                raise error_at(node, f"aliases add more than {MAX_ALIASED} values")
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = self._mapping(node, depth)
        elif node.tag == _SEQUENCE:
            value = [self.build(item, depth + 1) for item in node.value]
        else:
            raise error_at(node, f"the tag {node.tag} is not supported")
        self._inside_alias -= is_alias
        return value

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        if node.tag != _MAPPING:
            raise error_at(node, f"the tag {node.tag} is not supported")
        members: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise error_at(key, "a key must be a text")
            if key.tag == _MERGE:
                merged.extend(self._merged(value, depth))
                continue
            if key.value in members:
                raise error_at(key, f"the key {key.value!r} occurs twice")
            members[key.value] = self.build(value, depth + 1)
        for defaults in merged:
            members = {**defaults, **members}
        return members

    def _merged(self, node: yaml.Node, depth: int) -> list[dict[str, Any]]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        built = [self.build(source, depth + 1) for source in sources]
        if not all(isinstance(item, dict) for item in built):
            raise error_at(node, "only objects can be merged by <<")
        return built


def _scalar(node: yaml.ScalarNode) -> Any:
    text, tag = node.value, node.tag
    if tag in (_STRING, _MERGE):
        return text
    if tag in (_INTEGER, _FLOAT) and _NUMBER.match(text):
        return exact_float(text) if tag == _FLOAT else int(text) if len(text) < 20 else text
    if tag == _BOOLEAN:
        return text.lower() == "true"
    if tag == _NULL:
        return None
    raise error_at(node, f"the tag {tag} is not supported")


def error_at(node: yaml.Node, message: str) -> SourceError:
    mark = node.start_mark
    return SourceError(message, mark.line + 1, mark.column + 1)


def _yaml_positions(root: yaml.Node, builder: type[Builder]) -> dict[Pointer, Position]:
    positions: dict[Pointer, Position] = {}
    waiting: list[tuple[Pointer, yaml.Node]] = [((), root)]
    while waiting:
        pointer, node = waiting.pop()
        key = builder.key_of_tag(node) if node.tag.startswith("!") else None
        if key is not None:
            pointer = (*pointer, key)
            positions[pointer] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            children = [(key.value, key, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            children = [(str(index), item, item) for index, item in enumerate(node.value)]
        else:
            continue
        for name, marked, value in children:
            positions[(*pointer, name)] = (marked.start_mark.line + 1, marked.start_mark.column + 1)
            waiting.append(((*pointer, name), value))
    return positions
