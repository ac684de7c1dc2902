"""Why a body does not adhere to a schema: walked as API Gateway's validator walks, so that it says the same in order.

At each place keywords come in alphabetical order, `format` last; then members by name, items by index. Once something
was found, nothing below is looked into, but what was on its way still is (observed in its messages).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import unquote

import orjson
from jsonschema_rs import Draft4Validator, FancyRegexOptions
from msgspec import Struct

from limen.features.validation.messages import DEPENDS_ON, FORMAT, FORMATS, LEAVES, type_of
from limen.templates.values import json_text

MAX_PLACES = 3_000
"""Pairs of a schema and a value that are looked at for one explanation: 20 ms."""
MAX_MESSAGES = 100
_BACKTRACK_LIMIT = 10_000


class Explanation(Struct, frozen=True):
    """`pointer` is the JSON pointer (RFC 6901) of the first value that was refused."""

    messages: list[str]
    pointer: str = ""

    def __str__(self) -> str:
        """As `$context.error.validationErrorString` has it."""
        return f"[{', '.join(self.messages)}]"


Path: TypeAlias = Sequence[str | int] | None
"""Names and indexes that lead to the one value that is looked at with all around it; None: to all there are."""


def explain(documents: Mapping[str, Any], url: str, content: Any, path: Path = None) -> Explanation:
    """`documents`: schemas by URL, of which `url` is the one to adhere to. Without messages: nothing was found."""
    walk = _Walk(documents)
    report: list[tuple[str, str]] = []
    with suppress(_TooMuchError, RecursionError):
        walk.visit(documents[url], url, content, "", report, path)
    return Explanation([message for message, _ in report], report[0][1] if report else "")


class _TooMuchError(Exception):
    """A body chosen by a client does not decide how long it takes to say what is wrong with it."""


class _Walk:
    """One explanation; a report is a list of messages with their pointers."""

    def __init__(self, documents: Mapping[str, Any]) -> None:
        self._documents = documents
        self._left = MAX_PLACES

    def visit(
        self, schema: Any, url: str, value: Any, pointer: str, report: list[tuple[str, str]], path: Path = None
    ) -> None:
        self._left -= 1
        if self._left <= 0 or len(report) >= MAX_MESSAGES:
            raise _TooMuchError
        schema, url = self._follow(schema, url)
        if not isinstance(schema, dict):
            return
        report.extend((message, pointer) for message in self._judge(schema, url, value, pointer))
        if report or not value:
            return
        rest = None if path is None else path[1:]
        if isinstance(value, dict):
            for name in sorted(value) if path is None else [str(step) for step in path[:1]]:
                below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
                for member in _schemas_of_member(schema, name):
                    self.visit(member, url, value[name], below, report, rest)
        elif isinstance(value, list):
            for index in range(len(value)) if path is None else [int(step) for step in path[:1]]:
                for member in _schemas_of_item(schema, index):
                    self.visit(member, url, value[index], f"{pointer}/{index}", report, rest)

    def _follow(self, schema: Any, url: str) -> tuple[Any, str]:
        """The schema behind references, which replace all that stands beside them; None where one leads nowhere."""
        for _ in range(100):
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            if not isinstance(reference, str):
                return schema, url
            target, _, fragment = reference.partition("#")
            url = target or url
            schema = _find(self._documents.get(url), unquote(fragment))
        return None, url

    def _judge(self, schema: dict[str, Any], url: str, value: Any, pointer: str) -> Iterator[str]:
        kind = type_of(value)
        for keyword in sorted(schema):
            if keyword in LEAVES:
                kinds, message = LEAVES[keyword]
                if kind in kinds and not _adheres(schema, keyword, value):
                    yield message(schema, value)
            elif keyword in _OBJECTS and kind == "object":
                yield from _OBJECTS[keyword](schema, value)
            elif keyword == "dependencies" and kind == "object":
                yield from self._dependencies(schema, url, value, pointer)
            elif keyword == "additionalItems" and kind == "array":
                yield from _additional_items(schema, value)
            elif keyword in ("allOf", "anyOf", "oneOf", "not"):
                yield from self._combined(keyword, schema[keyword], url, value, pointer)
        if schema.get("format") in FORMATS and kind in FORMAT[0] and not _adheres(schema, "format", value):
            yield FORMAT[1](schema, value)

    def _combined(self, keyword: str, schemas: Any, url: str, value: Any, pointer: str) -> Iterator[str]:
        if keyword == "not":
            if not self._refuses(schemas, url, value, pointer):
                yield "instance matched a schema which it should not have"
            return
        matched = sum(not self._refuses(schema, url, value, pointer) for schema in schemas)
        if keyword == "allOf" and matched != len(schemas):
            yield f"instance failed to match all required schemas (matched only {matched} out of {len(schemas)})"
        elif keyword == "anyOf" and not matched:
            yield f"instance failed to match at least one required schema among {len(schemas)}"
        elif keyword == "oneOf" and matched != 1:
            yield f"instance failed to match exactly one schema (matched {matched} out of {len(schemas)})"

    def _dependencies(self, schema: dict[str, Any], url: str, value: dict[str, Any], pointer: str) -> Iterator[str]:
        dependencies = schema["dependencies"]
        for name in sorted(name for name in dependencies if name in value):
            needed = dependencies[name]
            if isinstance(needed, list):
                missing = sorted(other for other in needed if other not in value)
                if missing:
                    yield (
                        f'property "{name}" of object has missing property dependencies'
                        f" (schema requires {json_text(sorted(needed))}; missing: {json_text(missing)})"
                    )
        for name in sorted(name for name in dependencies if name in value):
            if isinstance(dependencies[name], dict):
                report: list[tuple[str, str]] = []
                self.visit(dependencies[name], url, value, pointer, report)
                yield from (message for message, _ in report)

    def _refuses(self, schema: Any, url: str, value: Any, pointer: str) -> bool:
        report: list[tuple[str, str]] = []
        self.visit(schema, url, value, pointer, report)
        return bool(report)


def _required(schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    missing = sorted(name for name in schema["required"] if name not in value)
    if missing:
        yield f"object has missing required properties ({json_text(missing)})"


def _additional_properties(schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    if schema["additionalProperties"] is not False:
        return
    patterns = schema.get("patternProperties", {})
    unwanted = sorted(
        name
        for name in value
        if name not in schema.get("properties", {}) and not any(_matches(pattern, name) for pattern in patterns)
    )
    if unwanted:
        yield f"object instance has properties which are not allowed by the schema: {json_text(unwanted)}"


def _additional_items(schema: dict[str, Any], value: list[Any]) -> Iterator[str]:
    items = schema.get("items")
    if schema["additionalItems"] is False and isinstance(items, list) and len(value) > len(items):
        yield f"schema only allows {len(items)} elements in array but instance has {len(value)} elements"


_OBJECTS = {"required": _required, "additionalProperties": _additional_properties}


def _schemas_of_member(schema: dict[str, Any], name: str) -> list[Any]:
    found = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    patterns = schema.get("patternProperties", {})
    found += [patterns[pattern] for pattern in sorted(patterns) if _matches(pattern, name)]
    additional = schema.get("additionalProperties")
    return found or ([additional] if isinstance(additional, dict) else [])


def _schemas_of_item(schema: dict[str, Any], index: int) -> list[Any]:
    items = schema.get("items")
    if isinstance(items, dict):
        return [items]
    if not isinstance(items, list):
        return []
    if index < len(items):
        return [items[index]]
    additional = schema.get("additionalItems")
    return [additional] if isinstance(additional, dict) else []


def _find(document: Any, fragment: str) -> Any:
    """What a JSON pointer leads to."""
    for step in fragment.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document


def _adheres(schema: dict[str, Any], keyword: str, value: Any) -> bool:
    part = {keyword: schema[keyword]}
    other = DEPENDS_ON.get(keyword)
    if other in schema:
        part[other] = schema[other]
    return _compile(orjson.dumps(part)).is_valid(value)


def _matches(pattern: str, text: str) -> bool:
    return _compile(orjson.dumps({"pattern": pattern})).is_valid(text)


@lru_cache(4096)
def _compile(schema: bytes) -> Draft4Validator:
    """Of one keyword, so that it means here what it means to the one who judges whole bodies."""
    patterns = FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT)
    return Draft4Validator(orjson.loads(schema), offline=True, validate_formats=True, pattern_options=patterns)
