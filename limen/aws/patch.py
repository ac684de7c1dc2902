"""Declared PATCH paths: what `patchOperations` may change of a document, how it is read and how a refusal reads.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html. A noun declares its paths as rows; operations
are applied in their order to a copy, all or none. Knows nothing of gateways.
"""

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Protocol, TypeAlias

import orjson
from msgspec import Struct

from limen.aws.errors import bad_request, not_found

ADD, REMOVE, REPLACE, COPY = "add", "remove", "replace", "copy"
ALL = (ADD, REMOVE, REPLACE)

Document: TypeAlias = dict[str, Any]
ReadValue: TypeAlias = Callable[["Edit"], Any]
"""What an operation's text means: None takes the member away. Raises AwsError for what it refuses."""


class Edit(Struct, frozen=True):
    """One operation as its path was understood; `value` and `source` (`from`) are None where they were not sent."""

    op: str
    path: str
    value: str | None = None
    source: str | None = None
    variables: dict[str, str] = {}
    """By name in the template, JSON pointer escapes undone."""


class Place(Protocol):
    """Where in a document a path leads; the operations change the document that they are given."""

    def add(self, document: Document, edit: Edit, value: Any) -> None: ...
    def remove(self, document: Document, edit: Edit) -> None: ...
    def replace(self, document: Document, edit: Edit, value: Any) -> None: ...


class PatchPath(Struct, frozen=True):
    """A row: `{name}` in a template stands for one segment, `{name+}` for one or more.

    With COPY among its ops, `from` must be another declared path whose place is a Member.
    """

    template: str
    ops: tuple[str, ...]
    read: ReadValue
    place: Place | None = None
    """None: the member that the template spells out."""
    wrong_op: str | None = None
    """What is told of an op that it does not take; None: the noun's wording."""


class Wording(Struct, frozen=True):
    """How a noun refuses: each gives the message of a 400, from the edit and the templates of all rows with its op."""

    unknown_path: Callable[[Edit, list[str]], str]
    wrong_op: Callable[[Edit, tuple[str, ...]], str]
    """The second argument: the ops that this path takes."""


class PatchPaths:
    """All that PATCH may change of one noun."""

    def __init__(self, rows: Iterable[PatchPath], wording: Wording) -> None:
        self._wording = wording
        self._rows = [(_pattern(row.template), row, row.place or Member(_segments(row.template))) for row in rows]

    def apply(self, document: Document, operations: list[dict[str, Any]] | None) -> Document:
        """A changed copy; `operations` as parsed: op, path, value, from, each of which may be missing."""
        changed = deepcopy(document)
        for operation in operations or ():
            edit = Edit(
                op=str(operation.get("op") or "null"),
                path=str(operation["path"]) if operation.get("path") is not None else "null",
                value=operation.get("value"),
                source=operation.get("from"),
            )
            self._apply(changed, edit)
        return changed

    def _apply(self, document: Document, edit: Edit) -> None:
        edit, row, place = self._find(edit)
        if edit.op == REMOVE:
            place.remove(document, edit)
        elif edit.op == ADD:
            place.add(document, edit, row.read(edit))
        elif edit.op == REPLACE:
            place.replace(document, edit, row.read(edit))
        else:
            place.replace(document, edit, self._read_source(document, edit))

    def _find(self, edit: Edit) -> tuple[Edit, PatchPath, Place]:
        allowed: tuple[str, ...] = ()
        told = None
        for pattern, row, place in self._rows:
            match = pattern.fullmatch(edit.path)
            if match is None:
                continue
            if edit.op in row.ops:
                variables = {name: unescape(text) for name, text in match.groupdict().items()}
                return Edit(edit.op, edit.path, edit.value, edit.source, variables), row, place
            allowed += row.ops
            told = told or row.wrong_op
        if allowed:
            raise bad_request(told or self._wording.wrong_op(edit, allowed))
        raise bad_request(
            self._wording.unknown_path(edit, [row.template for _, row, _ in self._rows if edit.op in row.ops])
        )

    def _read_source(self, document: Document, edit: Edit) -> Any:
        source = Edit(op=COPY, path=edit.source or "null")
        for pattern, _, place in self._rows:
            match = pattern.fullmatch(source.path)
            if match is not None and isinstance(place, Member):
                variables = {name: unescape(text) for name, text in match.groupdict().items()}
                return deepcopy(place.find(document, Edit(source.op, source.path, variables=variables)))
        raise bad_request(self._wording.unknown_path(source, []))


# --- places


class Member(Struct, frozen=True):
    """A member, or an entry of a map where a name in `at` is a `{variable}`; an emptied map goes away with it.

    `missing`: the message of the 404 where there is nothing to replace or remove; None: that is no error.
    """

    at: tuple[str, ...]
    missing: str | None = None

    def find(self, document: Document, edit: Edit) -> Any:
        for name in self._names(edit):
            if not isinstance(document, dict) or name not in document:
                return None
            document = document[name]
        return document

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        if value is None:
            return self._take(document, self._names(edit))
        *way, last = self._names(edit)
        for name in way:
            document = document.setdefault(name, {})
        document[last] = value

    def remove(self, document: Document, edit: Edit) -> None:
        self._check_there(document, edit)
        self._take(document, self._names(edit))

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        self._check_there(document, edit)
        self.add(document, edit, value)

    def _check_there(self, document: Document, edit: Edit) -> None:
        if self.missing is not None and self.find(document, edit) is None:
            raise not_found(self.missing)

    def _take(self, document: Document, names: list[str]) -> None:
        name, *rest = names
        if not rest:
            document.pop(name, None)
        elif name in document:
            self._take(document[name], rest)
            if not document[name]:
                del document[name]

    def _names(self, edit: Edit) -> list[str]:
        return [edit.variables[name[1:-1].rstrip("+")] if name.startswith("{") else name for name in self.at]


class Elements(Struct, frozen=True):
    """A list of texts. With a `variable` the path names the element, as in /binaryMediaTypes/{type}; without one the
    value does. An element stands in it once; an emptied list goes away.

    `missing`: the message of the 404 where the element is not there; None: that is no error.
    """

    at: tuple[str, ...]
    variable: str | None = None
    missing: str | None = None

    def add(self, document: Document, edit: Edit, value: Any) -> None:
        self._write(document, [*self._elements(document), self._named(edit)])

    def remove(self, document: Document, edit: Edit) -> None:
        elements = self._elements(document)
        self._check_there(elements, edit)
        self._write(document, [each for each in elements if each != self._named(edit)])

    def replace(self, document: Document, edit: Edit, value: Any) -> None:
        """The element that the path names by the value; without a variable the whole list by it."""
        if self.variable is None:
            return self._write(document, [] if value is None else [value])
        elements = self._elements(document)
        self._check_there(elements, edit)
        kept = [value if each == self._named(edit) else each for each in elements]
        self._write(document, [each for each in kept if each is not None])

    def _named(self, edit: Edit) -> str:
        named = edit.value if self.variable is None else edit.variables[self.variable]
        return named or ""

    def _check_there(self, elements: list[str], edit: Edit) -> None:
        if self.missing is not None and self._named(edit) not in elements:
            raise not_found(self.missing)

    def _elements(self, document: Document) -> list[str]:
        for name in self.at:
            document = document.get(name, {})
        return list(document)

    def _write(self, document: Document, elements: list[str]) -> None:
        *way, last = self.at
        for name in way:
            document = document.setdefault(name, {})
        document[last] = list(dict.fromkeys(elements))
        if not elements:
            del document[last]


# --- values


def text(edit: Edit) -> str | None:
    """As sent; an empty one takes the member away."""
    return edit.value or None


def any_text(edit: Edit) -> str:
    """As sent, an empty one too."""
    return edit.value or ""


def boolean(edit: Edit) -> bool:
    """What is not true is false, as AWS has it."""
    return (edit.value or "").lower() == "true"


def json_object(edit: Edit) -> Document:
    """An object of JSON in a text."""
    try:
        value = orjson.loads(edit.value or "")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise bad_request(f"Invalid value of {edit.path} specified: it must be a JSON object")
    return value


def filled_text(message: str) -> ReadValue:
    """A text that must not be empty; `message` is formatted with `path` and `value`."""

    def read(edit: Edit) -> str:
        if not edit.value:
            raise bad_request(_filled(message, edit))
        return edit.value

    return read


def integer(least: int, most: int, message: str, *, may_be_empty: bool = False) -> ReadValue:
    """A whole number within bounds; `may_be_empty`: no value takes the member away."""

    def read(edit: Edit) -> int | None:
        if not edit.value and may_be_empty:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", edit.value or "", re.ASCII) or not least <= int(edit.value or "") <= most:
            raise bad_request(_filled(message, edit))
        return int(edit.value or "")

    return read


def number(least: float, most: float, message: str) -> ReadValue:
    """A number within bounds, whole or not."""

    def read(edit: Edit) -> float:
        if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", edit.value or "", re.ASCII):
            raise bad_request(_filled(message, edit))
        value = float(edit.value or "")
        if not least <= value <= most:
            raise bad_request(_filled(message, edit))
        return value

    return read


def enum(values: tuple[str, ...], message: str, *, may_be_empty: bool = False) -> ReadValue:
    """One of some texts; `may_be_empty`: no value takes the member away."""

    def read(edit: Edit) -> str | None:
        if not edit.value and may_be_empty:
            return None
        if edit.value not in values:
            raise bad_request(_filled(message, edit))
        return edit.value

    return read


# --- wordings


def _plain_op(edit: Edit, allowed: tuple[str, ...]) -> str:
    return f"Invalid patch operation specified. Must be one of: [{', '.join(dict.fromkeys(allowed))}]"


def _listed_path(edit: Edit, templates: list[str]) -> str:
    if not templates:
        return _listed_op(edit, ())
    listed = ", ".join(dict.fromkeys(templates))
    return f"Invalid patch path  '{edit.path}' specified for op '{edit.op}'. Must be one of: [{listed}]"


def _listed_op(edit: Edit, allowed: tuple[str, ...]) -> str:
    return f"Invalid patch path  '{edit.path}' specified for op '{edit.op}'. Please choose supported operations"


PLAIN = Wording(unknown_path=lambda edit, templates: f"Invalid patch path {edit.path}", wrong_op=_plain_op)
"""RestApi, Method, MethodResponse, Integration and others: the path alone is told."""

LISTING = Wording(unknown_path=_listed_path, wrong_op=_listed_op)
"""Resource, Model, RequestValidator, ApiKey, DocumentationPart: the paths that the op takes are listed."""


# --- paths


def unescape(segment: str) -> str:
    """RFC 6901, section 4."""
    return segment.replace("~1", "/").replace("~0", "~")


def escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _segments(template: str) -> tuple[str, ...]:
    return tuple(template[1:].split("/"))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("".join(f"/{_segment_pattern(segment)}" for segment in _segments(template)))


def _segment_pattern(segment: str) -> str:
    if not segment.startswith("{"):
        return re.escape(segment)
    name = segment[1:-1]
    return f"(?P<{name[:-1]}>.+)" if name.endswith("+") else f"(?P<{name}>[^/]+)"


def _filled(message: str, edit: Edit) -> str:
    return message.format(path=edit.path, value="null" if edit.value is None else edit.value)
