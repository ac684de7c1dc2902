"""The required parameters of a method (developer guide, "Enable request validation in API Gateway")."""

from collections.abc import Callable
from typing import TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.request_view import RequestView

Find: TypeAlias = Callable[[RequestView], str | None]

_PREFIX = "method.request."


def compile_required(parameters: dict[str, bool]) -> list[tuple[str, Find]]:
    """Names with how to find their values, in the order of their whole keys: header, path, query string (observed)."""
    return [_compile_find(key) for key in sorted(parameters) if parameters[key] is True]


def _compile_find(key: str) -> tuple[str, Find]:
    place, _, name = key.removeprefix(_PREFIX).partition(".")
    if not key.startswith(_PREFIX) or not name:
        raise PlanError(f"request parameter {key!r} is none that can be required")
    if place == "header":
        return name, lambda view: view.find_header(name)
    if place == "querystring":
        return name, lambda view: view.find_query(name)
    if place == "path":
        return name, lambda view: view.path.get(name)
    raise PlanError(f"request parameter {key!r} is none that can be required")
