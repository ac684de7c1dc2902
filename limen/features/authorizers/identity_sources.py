"""Identity sources: where a request carries what an authorizer is asked about, and what its answers are kept by.

A value is compared as it was sent: a header that comes twice is another value than one that holds both with a comma.
Guide: "Use API Gateway Lambda authorizers", "Working with AWS Lambda authorizers for HTTP APIs".
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from limen.gateway.context import find_variable
from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import parse_query
from limen.gateway.rest_context import find_rest_variable

Value: TypeAlias = bytes | str | tuple[bytes, ...] | tuple[str, ...]
"""Of one source: a tuple where it comes several times."""
Identity: TypeAlias = Value | tuple[Value, ...]
"""Of all sources in their order; of one source alone its value."""
ReadValue: TypeAlias = Callable[[Exchange], Value | None]
"""None for what is missing or empty."""
ReadIdentity: TypeAlias = Callable[[Exchange], Identity | None]
"""None where one source is missing or empty."""


class Source:
    """One of an authorizer; never changed."""

    __slots__ = ("name", "read")

    def __init__(self, name: str, read: ReadValue) -> None:
        self.name = name
        """As the authorizer has it."""
        self.read = read


def parse_rest_sources(text: str, variables: Mapping[str, str], given: Mapping[str, str]) -> list[Source]:
    """`method.request.header.X, context.y`; `given` stands in for variables of the context. Raises PlanError."""
    sources = []
    for name in (part.strip() for part in text.split(",") if part.strip()):
        place, _, rest = name.removeprefix("method.request.").partition(".")
        if place == "context":
            read = _constant(given[rest]) if rest in given else _variable_reader(find_rest_variable(rest).read)
        else:
            read = _make_reader(place, rest, name, variables)
        sources.append(Source(name, read))
    return sources


def parse_http_sources(names: list[str], variables: Mapping[str, str]) -> list[Source]:
    """`$request.header.X`, `$context.y`. Raises PlanError."""
    sources = []
    for name in names:
        place, _, rest = name.removeprefix("$").removeprefix("request.").partition(".")
        if place == "context":
            read = _variable_reader(find_variable(rest).read)
        else:
            read = _make_reader(place, rest, name, variables)
        sources.append(Source(name, read))
    return sources


def compile_identity(sources: list[Source]) -> ReadIdentity:
    reads = tuple(source.read for source in sources)
    if len(reads) == 1:
        return reads[0]

    def read_identity(exchange: Exchange) -> tuple[Value, ...] | None:
        values = []
        for read in reads:
            value = read(exchange)
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    return read_identity


def read_texts(sources: list[Source], exchange: Exchange) -> list[str]:
    """What events and logs show; what is missing is empty."""
    return [text_of(source.read(exchange)) for source in sources]


def text_of(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join([text_of(each) for each in value])
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def header_reader(lower: bytes) -> ReadValue:
    """By name in any case, as clients of HTTP/2 cannot choose it."""

    def read_header(exchange: Exchange) -> bytes | tuple[bytes, ...] | None:
        found: Any = None
        for name, _, value in exchange.headers:
            if name == lower:
                found = value if found is None else (*_as_tuple(found), value)
        if type(found) is tuple:
            return found if any(found) else None
        return found or None

    return read_header


def _make_reader(place: str, rest: str, name: str, variables: Mapping[str, str]) -> ReadValue:
    if place == "header" and rest:
        return header_reader(rest.lower().encode())
    if place == "querystring" and rest:
        return _query_reader(rest)
    if place == "stageVariables" and rest:
        return _constant(variables.get(rest))
    raise PlanError(f"identity source {name!r} is nothing to read")


def _query_reader(name: str) -> ReadValue:
    bare = name.encode()
    start = bare + b"="

    def read_query(exchange: Exchange) -> str | tuple[str, ...] | None:
        raw = exchange.query
        if not raw:
            return None
        if raw.find(b"%") < 0 and raw.find(b"+") < 0:
            # Nothing to decode: 0.6 us, where parsing takes 3.
            values = [_decode(pair[len(start) :]) for pair in raw.split(b"&") if pair.startswith(start) or pair == bare]
        else:
            values = parse_query(raw).get(name, [])
        if not any(values):
            return None
        return values[0] if len(values) == 1 else tuple(values)

    return read_query


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _variable_reader(read: Callable[[Exchange], str | None]) -> ReadValue:
    return lambda exchange: read(exchange) or None


def _constant(value: str | None) -> ReadValue:
    return lambda _: value or None


def _as_tuple(found: Any) -> tuple[bytes, ...]:
    return found if type(found) is tuple else (found,)
