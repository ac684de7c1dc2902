"""What a routing rule may ask of requests, and what it may do with them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-routing-rules.html
"""

import re
from typing import Any

from limen.aws.errors import bad_request
from limen.integrations.mapping_grammar import RESERVED_HEADERS, RESERVED_PREFIXES

MOST_HEADERS = 2
MOST_BASE_PATHS = 1

_LONGEST_NAME = 39
_LONGEST_TEXT = 127
_LONGEST_INFIX = 39

_NAME = re.compile(r"[A-Za-z0-9!#$%&'+.^_`|~-]+")
_GLOB = re.compile(r"\*|\*?[A-Za-z0-9!#$%&'+.^_`|~?-]+\*?")
_BASE_PATH = re.compile(r"[A-Za-z0-9$_.+!*'()/-]+")

RESTRICTED = RESERVED_HEADERS | {"x-apigw-api-id", "x-restapi"}
"""Headers, in lower case, that no rule may look at; so are those that begin with RESERVED_PREFIXES."""


def check_conditions(conditions: list[dict[str, Any]]) -> None:
    """None at all is a rule for every request."""
    if any(bool(each.get("matchHeaders")) == bool(each.get("matchBasePaths")) for each in conditions):
        raise bad_request("Each condition of a routing rule must have either matchHeaders or matchBasePaths")
    headers = [each["matchHeaders"] for each in conditions if each.get("matchHeaders")]
    paths = [each["matchBasePaths"] for each in conditions if each.get("matchBasePaths")]
    if len(headers) > MOST_HEADERS:
        raise bad_request(f"A routing rule can have up to {MOST_HEADERS} matchHeaders conditions")
    if len(paths) > MOST_BASE_PATHS:
        raise bad_request(f"A routing rule can have up to {MOST_BASE_PATHS} matchBasePaths condition")
    for each in headers:
        _check_header(_only("matchHeaders", each))
    for each in paths:
        _check_base_path(_only("matchBasePaths", each))


def find_target(actions: list[dict[str, Any]]) -> dict[str, Any]:
    """What a rule invokes: a stage of an API."""
    if len(actions) != 1:
        raise bad_request("A routing rule must have exactly one action")
    target: dict[str, Any] = actions[0]["invokeApi"]
    return target


def _only(name: str, condition: dict[str, Any]) -> Any:
    values = condition["anyOf"]
    if len(values) != 1:
        raise bad_request(f"anyOf of a {name} condition must have exactly one value")
    return values[0]


def _check_header(condition: dict[str, Any]) -> None:
    name, glob = condition["header"], condition["valueGlob"]
    if not _NAME.fullmatch(name):
        raise bad_request(f"Invalid header name specified: {name}")
    if len(name) > _LONGEST_NAME:
        raise bad_request(f"A header name of a routing rule must have less than {_LONGEST_NAME + 1} characters: {name}")
    lower = name.lower()
    if lower in RESTRICTED or lower.startswith(RESERVED_PREFIXES):
        raise bad_request(f"The header {name} is not supported as a condition of a routing rule")
    if not _GLOB.fullmatch(glob):
        raise bad_request(
            f"Invalid header value glob specified: {glob}. It may have a * at its start, at its end or both, and the "
            "characters that a header name has"
        )
    is_infix = len(glob) > 1 and glob.startswith("*") and glob.endswith("*")
    longest = _LONGEST_INFIX if is_infix else _LONGEST_TEXT
    if len(glob) > longest:
        raise bad_request(f"The header value glob {glob} must have less than {longest + 1} characters")


def _check_base_path(path: str) -> None:
    if not _BASE_PATH.fullmatch(path):
        raise bad_request(
            f"Invalid base path specified: {path}. It may contain only letters, numbers and one of $-_.+!*'()/"
        )
    if len(path) > _LONGEST_TEXT:
        raise bad_request(f"A base path of a routing rule must have less than {_LONGEST_TEXT + 1} characters")
    if not all(path.split("/")):
        raise bad_request(f"The base path {path} may not start or end with a slash, or have two in a row")
