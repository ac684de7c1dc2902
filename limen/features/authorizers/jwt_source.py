"""Where a token is in a request: one header or, behind HTTP APIs, one parameter of the query string."""

from collections.abc import Callable
from typing import TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import view_of

ReadToken: TypeAlias = Callable[[Exchange], bytes | None]
"""The value as sent; None where there is none. Several values are no token: what one reader takes for the first is the
last for another."""

SEVERAL = b","
"""Stands for several values: it is in no token."""

_HTTP_HEADER, _HTTP_QUERY = "$request.header.", "$request.querystring."
_REST_HEADER = "method.request.header."


def compile_source(source: str) -> tuple[str, ReadToken]:
    """The name of a header or parameter, and how it is read. Raises PlanError."""
    for prefix in (_HTTP_HEADER, _REST_HEADER):
        if source.startswith(prefix) and len(source) > len(prefix):
            name = source.removeprefix(prefix)
            return name, _header_reader(name.lower().encode("latin-1", "replace"))
    if source.startswith(_HTTP_QUERY) and len(source) > len(_HTTP_QUERY):
        name = source.removeprefix(_HTTP_QUERY)
        return name, _query_reader(name)
    raise PlanError(f"identity source {source!r} is no header and no parameter")


def bare_token(value: bytes) -> bytes:
    """Without `Bearer ` in any case; that prefix is ASCII, and nothing that only looks like it."""
    if value[:7].lower() == b"bearer ":
        return value[7:].strip(b" ")
    return value


def _header_reader(lower: bytes) -> ReadToken:
    def read_header(exchange: Exchange) -> bytes | None:
        found = None
        for name, _, value in exchange.headers:
            if name == lower:
                if found is not None:
                    return SEVERAL
                found = value
        return found or None

    return read_header


def _query_reader(name: str) -> ReadToken:
    def read_query(exchange: Exchange) -> bytes | None:
        values = view_of(exchange).query.get(name)
        if not values:
            return None
        if len(values) > 1:
            return SEVERAL
        return values[0].encode("utf-8", "surrogateescape") or None

    return read_query
