"""What mappings of REST APIs read of a method request: expressions such as `method.request.header.X`, compiled.

Guide: "Amazon API Gateway API request and response data mapping reference".
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from limen.gateway.exchange import Exchange
from limen.gateway.request_view import view_of
from limen.gateway.rest_context import find_rest_variable

Read: TypeAlias = Callable[[Exchange], str | None]

_METHOD_REQUEST = "method.request."


def compile_source(expression: str, variables: Mapping[str, str]) -> Read | None:
    """How to read a parameter, a context or stage variable, or a `'static'` text; None where it is none of these."""
    if len(expression) >= 2 and expression[0] == expression[-1] == "'":
        text = expression[1:-1]
        return lambda _: text
    if expression.startswith("context."):
        return find_rest_variable(expression.removeprefix("context.")).read
    if expression.startswith("stageVariables."):
        constant = variables.get(expression.removeprefix("stageVariables."))
        return lambda _: constant
    place, _, name = expression.removeprefix(_METHOD_REQUEST).partition(".")
    if expression.startswith(_METHOD_REQUEST) and name:
        make = _READERS.get(place)
        return None if make is None else make(name)
    return None


def _path_reader(name: str) -> Read:
    return lambda exchange: exchange.path_parameters.get(name)


def _query_reader(name: str) -> Read:
    return lambda exchange: view_of(exchange).find_query(name)


def _header_reader(name: str) -> Read:
    return lambda exchange: view_of(exchange).find_header(name)


def _queries_reader(name: str) -> Read:
    return lambda exchange: _joined(view_of(exchange).query.get(name))


def _headers_reader(name: str) -> Read:
    return lambda exchange: _joined(view_of(exchange).find_headers(name))


def _joined(values: list[str] | None) -> str | None:
    return None if values is None else ",".join(values)


_READERS: dict[str, Callable[[str], Read]] = {
    "path": _path_reader,
    "querystring": _query_reader,
    "header": _header_reader,
    "multivaluequerystring": _queries_reader,
    "multivalueheader": _headers_reader,
}
