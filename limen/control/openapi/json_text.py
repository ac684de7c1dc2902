"""Parses JSON, refusing keys that occur twice, and finds where each value stands."""

import json
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import make_scanner
from typing import Any

from limen.control.openapi.source import MAX_DEPTH, TOO_DEEP, Pointer, Position, Source, SourceError, exact_float

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _DuplicateKeyError(Exception):
    """An object has a key twice; the plain parser cannot say where."""


def read_json(text: str) -> Source:
    try:
        document = json.loads(text, object_pairs_hook=_unique_object, parse_float=exact_float, parse_constant=str)
    except json.JSONDecodeError as error:
        raise SourceError(error.msg, error.lineno, error.colno) from None
    except _DuplicateKeyError:
        _JsonPositions(text).find()  # raises, with the position
        raise
    except RecursionError:
        raise SourceError(TOO_DEEP) from None
    except ValueError:  # Python reads no longer ones
        raise SourceError("the text has a number of more than 4,300 digits") from None
    if _SURROGATE.search(text) is not None:
        _check_characters(document)
    _check_depth(document)
    return Source(document, lambda: _JsonPositions(text).find())


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKeyError
    return members


def _check_characters(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise SourceError("the text has half of a character: a surrogate without the other one") from None


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise SourceError(TOO_DEEP)


class _JsonPositions:
    """Walks JSON that is known to parse, noting where each member and item begins."""

    _SPACE = re.compile(r"[ \t\r\n]*")

    def __init__(self, text: str) -> None:
        self._text = text
        self._scan_once = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]
        self._found: dict[Pointer, int] = {}

    def find(self) -> dict[Pointer, Position]:
        self._value(self._skip(0), ())
        line_starts = [0, *(match.end() for match in re.finditer("\n", self._text))]
        positions = {}
        for pointer, index in self._found.items():
            line = _last_at_most(line_starts, index)
            positions[pointer] = (line + 1, index - line_starts[line] + 1)
        return positions

    def _skip(self, index: int) -> int:
        match = self._SPACE.match(self._text, index)
        return match.end() if match else index

    def _value(self, index: int, pointer: Pointer) -> int:
        opening = self._text[index]
        if opening == "{":
            return self._members(index + 1, pointer)
        if opening == "[":
            return self._items(index + 1, pointer)
        return int(self._scan_once(self._text, index)[1])

    def _members(self, index: int, pointer: Pointer) -> int:
        index = self._skip(index)
        seen: set[str] = set()
        while self._text[index] != "}":
            start = index
            key, index = scanstring(self._text, index + 1, True)
            if key in seen:
                line = self._text.count("\n", 0, start) + 1
                raise SourceError(f"the key {key!r} occurs twice", line, start - self._text.rfind("\n", 0, start))
            seen.add(key)
            self._found[(*pointer, key)] = start
            index = self._value(self._skip(self._skip(index) + 1), (*pointer, key))
            index = self._after_comma(index)
        return index + 1

    def _items(self, index: int, pointer: Pointer) -> int:
        index = self._skip(index)
        number = 0
        while self._text[index] != "]":
            self._found[(*pointer, str(number))] = index
            index = self._after_comma(self._value(index, (*pointer, str(number))))
            number += 1
        return index + 1

    def _after_comma(self, index: int) -> int:
        index = self._skip(index)
        return self._skip(index + 1) if self._text[index] == "," else index


def _last_at_most(starts: list[int], index: int) -> int:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        if starts[middle] <= index:
            low = middle
        else:
            high = middle
    return low
