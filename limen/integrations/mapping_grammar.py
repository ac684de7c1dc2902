"""The words of parameter mapping in HTTP APIs, parsed and checked; without I/O, for the control plane as for plans.

Developer guide: "Transforming API requests and responses for HTTP APIs".
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from limen.integrations.json_path import parse_json_path
from limen.wire import HOP_BY_HOP

Action: TypeAlias = Literal["append", "overwrite", "remove"]
Place: TypeAlias = Literal["header", "querystring", "path", "statuscode"]


class Destination(Struct, frozen=True):
    """What a key of a mapping says: `overwrite:header.name`."""

    action: Action
    place: Place
    name: str


class Source(Struct, frozen=True):
    """A variable: `kind` is `request.header`, `request.body`, `context` and so on; `name` is empty for the whole."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}" if self.name else self.kind


Value: TypeAlias = tuple[str | Source, ...]
"""Text and variables in their order."""

RESERVED_HEADERS = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    }
)
RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
_FRAMING = frozenset(name.decode() for name in HOP_BY_HOP) | {"expect"}
"""Not on AWS's list, but a mapped value of theirs would break the framing of the message."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BRACED = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"\$(?:request|response|context|stageVariables)\b")

_REQUEST_KINDS = ("request.header", "request.querystring", "request.body", "request.path", "context", "stageVariables")
_RESPONSE_KINDS = ("response.header", "response.body", "context", "stageVariables")
_WHOLE = frozenset({"request.body", "request.path", "response.body"})
"""Kinds that mean something without a name."""


def find_mapping_problems(request_parameters: Mapping[str, str]) -> list[str]:
    """What is wrong with the `requestParameters` of an integration without a subtype; empty where nothing is."""
    return _find_problems(request_parameters, is_response=False)


def find_response_mapping_problems(response_parameters: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong with `responseParameters`, a mapping for each status code."""
    problems = []
    for status, parameters in response_parameters.items():
        if not is_response_status(status):
            problems.append(f"Invalid status code {status!r}: response parameters are set for 200 to 599")
        problems += [f"{status}: {problem}" for problem in _find_problems(parameters, is_response=True)]
    return problems


def is_response_status(text: str) -> bool:
    return re.fullmatch(r"[2-5][0-9][0-9]", text) is not None


def parse_destination(key: str, *, is_response: bool) -> Destination:
    """Raises ValueError that names what is wrong."""
    action, _, target = key.partition(":")
    place, _, name = target.partition(".")
    if action == "overwrite" and target == ("statuscode" if is_response else "path"):
        return Destination("overwrite", "statuscode" if is_response else "path", "")
    if action not in ("append", "overwrite", "remove"):
        raise ValueError(f"{key!r} does not begin with append:, overwrite: or remove:")
    if place == "header":
        _check_header(name, key)
        return Destination(action, "header", name)  # type: ignore[arg-type]
    if place == "querystring" and not is_response and name:
        return Destination(action, "querystring", name)  # type: ignore[arg-type]
    places = "header.NAME or statuscode (overwrite only)" if is_response else "header.NAME, querystring.NAME or path"
    raise ValueError(f"{key!r} does not name a place: {places}")


def parse_value(text: str, *, is_response: bool) -> Value:
    """Raises ValueError that names what is wrong."""
    if _CONTROL.search(text):
        raise ValueError(f"{text!r} contains a control character")
    if text.startswith("$") and not text.startswith("${") and (_VARIABLE.match(text) or text[1:2].isalpha()):
        return (_parse_source(text[1:], is_response=is_response),)
    parts: list[str | Source] = []
    end = 0
    for match in _BRACED.finditer(text):
        parts.append(_constant(text[end : match.start()], text))
        parts.append(_parse_source(match[1], is_response=is_response))
        end = match.end()
    parts.append(_constant(text[end:], text))
    return tuple(part for part in parts if part != "")


def _find_problems(parameters: Mapping[str, str], *, is_response: bool) -> list[str]:
    problems = []
    for key, value in parameters.items():
        try:
            destination = parse_destination(key, is_response=is_response)
            if destination.action == "remove":
                continue
            parsed = parse_value(value, is_response=is_response)
            if destination.place == "statuscode":
                _check_status(parsed)
        except ValueError as error:
            problems.append(f"Invalid mapping expression specified: {error}")
    return problems


def _check_header(name: str, key: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{key!r} does not name a header")
    lower = name.lower()
    if lower in RESERVED_HEADERS or lower in _FRAMING or lower.startswith(RESERVED_PREFIXES):
        raise ValueError(f"Operations on header {name} are restricted")


def _check_status(value: Value) -> None:
    if all(isinstance(part, str) for part in value):
        status = "".join(str(part) for part in value)
        if not is_response_status(status):
            raise ValueError(f"{status!r} is not a status code from 200 to 599")


def _constant(text: str, whole: str) -> str:
    if "${" in text:
        raise ValueError(f"{whole!r} opens a brace that is not closed")
    if _VARIABLE.search(text):
        raise ValueError(f"{whole!r}: a variable among other text is written in braces, ${{request.path.id}}")
    return text


def _parse_source(text: str, *, is_response: bool) -> Source:
    for kind in _RESPONSE_KINDS if is_response else _REQUEST_KINDS:
        if text == kind and kind in _WHOLE:
            return Source(kind, "")
        if kind.endswith(".body") and text.startswith((kind + ".", kind + "[")):
            name = text[len(kind) :]
            parse_json_path(name)
            return Source(kind, name)
        if text.startswith(kind + ".") and len(text) > len(kind) + 1:
            name = text[len(kind) + 1 :]
            if kind != "request.querystring" and not _TOKEN.fullmatch(name):
                raise ValueError(f"${text} is not the name of one variable")
            return Source(kind, name)
    raise ValueError(f"${text} is not a variable of {'responses' if is_response else 'requests'}")
