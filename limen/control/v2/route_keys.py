"""The grammar of route keys of HTTP APIs: `$default`, or a method and a path with variables.

Developer guide, Working with routes for HTTP APIs.
"""

import re

from limen.aws.errors import bad_request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY")

_FORM = re.compile(r"(?P<method>[A-Z]+) (?P<path>/[^\s?#\x00-\x20\x7f]*)")
_VARIABLE = re.compile(r"\{(?P<name>[A-Za-z0-9._:-]+)(?P<greedy>\+?)\}")


def check_route_key(route_key: str) -> None:
    if route_key == "$default":
        return
    form = _FORM.fullmatch(route_key)
    if form is None or form["method"] not in METHODS:
        raise bad_request(
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
    _check_path(form["path"])


def _check_path(path: str) -> None:
    segments = path[1:].split("/")
    names: set[str] = set()
    for position, segment in enumerate(segments, start=1):
        if "{" not in segment and "}" not in segment:
            continue
        variable = _VARIABLE.fullmatch(segment)
        if variable is None:
            raise bad_request(
                f"Invalid route path specified: {path}. A path variable must be a whole segment, {{name}}"
            )
        if variable["greedy"] and position < len(segments):
            raise bad_request(f"Invalid route path specified: {path}. {segment} must be at the end of the path")
        if variable["name"] in names:
            raise bad_request(f"Invalid route path specified: {path}. The variable {variable['name']} occurs twice")
        names.add(variable["name"])
