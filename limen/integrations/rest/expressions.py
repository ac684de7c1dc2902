"""The words of parameter mapping in REST APIs, parsed and checked; without I/O, for the control plane as for plans.

Developer guide, "Amazon API Gateway API request and response data mapping reference".
"""

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Place: TypeAlias = Literal["header", "querystring", "path"]

_NAME = re.compile(r"[a-zA-Z0-9._$-]+")
TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""What the name of a header can be."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REQUEST_KINDS = (
    "method.request.path",
    "method.request.querystring",
    "method.request.multivaluequerystring",
    "method.request.header",
    "method.request.multivalueheader",
    "method.request.body",
    "stageVariables",
    "context",
)
_RESPONSE_KINDS = (
    "integration.response.header",
    "integration.response.multivalueheader",
    "integration.response.body",
    "stageVariables",
    "context",
)


class Target(Struct, frozen=True):
    """What the key of a mapping names."""

    place: Place
    name: str


class Expression(Struct, frozen=True):
    """`kind` is `method.request.header`, `context` and so on, or `literal`; a body without a path has no `name`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"'{self.name}'" if self.kind == "literal" else f"{self.kind}.{self.name}"


def parse_request_target(key: str) -> Target:
    """`integration.request.header.X`. Raises ValueError that names what is wrong."""
    for place in ("header", "querystring", "path"):
        name = key.removeprefix(f"integration.request.{place}.")
        if name != key and _is_name(name, place):
            return Target(place, name)
    raise ValueError(f"{key!r} is not integration.request.header.NAME, .querystring.NAME or .path.NAME")


def parse_response_target(key: str) -> Target:
    """`method.response.header.X`. Raises ValueError that names what is wrong."""
    name = key.removeprefix("method.response.header.")
    if name != key and _is_name(name, "header"):
        return Target("header", name)
    raise ValueError(f"{key!r} is not method.response.header.NAME")


def parse_request_expression(text: str) -> Expression:
    """Raises ValueError that names what is wrong."""
    return _parse(text, _REQUEST_KINDS)


def parse_response_expression(text: str) -> Expression:
    """Raises ValueError that names what is wrong."""
    return _parse(text, _RESPONSE_KINDS)


def find_request_mapping_problems(parameters: Mapping[str, str]) -> list[str]:
    """What is wrong with the `requestParameters` of an integration; empty where nothing is."""
    return _find_problems(parameters, parse_request_target, parse_request_expression)


def find_response_mapping_problems(parameters: Mapping[str, str]) -> list[str]:
    """What is wrong with the `responseParameters` of an integration response; empty where nothing is."""
    return _find_problems(parameters, parse_response_target, parse_response_expression)


def _find_problems(parameters: Mapping[str, str], parse_target: object, parse_expression: object) -> list[str]:
    problems = []
    for key, text in parameters.items():
        for parse, part in ((parse_target, key), (parse_expression, text)):
            try:
                parse(part)  # type: ignore[operator]
            except ValueError as error:
                problems.append(f"Invalid mapping expression specified: {error}")
    return problems


def _is_name(name: str, place: Place) -> bool:
    return (TOKEN if place == "header" else _NAME).fullmatch(name) is not None


def _parse(text: str, kinds: tuple[str, ...]) -> Expression:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        if _CONTROL.search(text):
            raise ValueError(f"{text!r} contains a control character")
        return Expression("literal", text[1:-1])
    for kind in kinds:
        if not text.startswith(kind):
            continue
        rest = text[len(kind) :]
        if kind.endswith(".body"):
            if rest and rest[0] not in ".[":
                continue
            return Expression(kind, rest)
        if rest[:1] == "." and _NAME.fullmatch(rest[1:]):
            return Expression(kind, rest[1:])
    raise ValueError(f"{text!r} is not one of {', '.join(kinds)} with a name, or a literal in single quotes")
