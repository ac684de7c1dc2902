"""The URI of an integration, compiled: an origin, and a path and a query whose placeholders each request fills.

`{name}` is filled from `integration.request.path.name`; the host is decided when the plan is compiled.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from limen.gateway.errors import BAD_REQUEST, GatewayError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, MALFORMED_PATH
from limen.integrations.rest.mapping_settings import Entry, Parts, Uri
from limen.integrations.rest.raw_path import raw_rest_reader, raw_segment_reader
from limen.integrations.rest.reading import Reading, joined, to_bytes
from limen.integrations.rest.request_mapping import read_entry
from limen.integrations.segments import (
    MakePath,
    encode_path,
    encode_query,
    encode_query_value,
    join_parts,
)
from limen.integrations.target import PATH_VARIABLE, constant_path, split_url

Values: TypeAlias = Mapping[str, str]
"""Placeholders by name, those that an override sets; they go before what is mapped."""


def compile_uri(text: str) -> Uri:
    """`text` has its stage variables filled in. Raises PlanError."""
    origin, host, path, query = split_url(text)
    path_parts = _split(path or "/", lambda part: constant_path(part, text))
    return Uri(origin, host, path_parts, _split(query, lambda part: encode_query(part.encode())), text)


def fill_path(uri: Uri, entries: Mapping[str, Entry], reading: Reading, route: str, overrides: Values) -> bytes:
    """Raises GatewayError where a placeholder is not filled, or the path climbs."""

    def value_of(name: str) -> bytes:
        if name in overrides:
            return encode_path(to_bytes(overrides[name]))
        entry = _get_entry(uri, entries, name)
        value = read_entry(entry, reading)
        if value is None:
            raise _unfilled(uri, name)
        raw = raw_reader(entry, route)
        return raw(reading.exchange) if raw is not None else encode_path(to_bytes(joined(value)))

    if not uri.path.names:
        return uri.path.constants[0]
    with_values = [uri.path.constants[0]]
    for name, constant in zip(uri.path.names, uri.path.constants[1:], strict=True):
        with_values += (value_of(name), constant)
    # Encoded once more as a whole: dots on both sides of a seam could climb where neither part does.
    return encode_path(b"".join(with_values))


def fill_query(uri: Uri, entries: Mapping[str, Entry], reading: Reading, overrides: Values) -> bytes:
    """What the URI itself asks for, without its `?`. Raises GatewayError."""
    parts = [uri.query.constants[0]]
    for name, constant in zip(uri.query.names, uri.query.constants[1:], strict=True):
        value = overrides[name] if name in overrides else read_entry(_get_entry(uri, entries, name), reading)
        if value is None:
            raise _unfilled(uri, name)
        parts += (encode_query_value(to_bytes(joined(value))), constant)
    return b"".join(parts)


def compile_path(uri: Uri, entries: Mapping[str, Entry], route: str) -> MakePath:
    """A function that makes the path of a request that nothing overrides: bytes in, bytes out, where that is enough."""
    names, (first, *others) = uri.path.names, uri.path.constants
    if not names:
        return lambda _: first
    befores = [first, *[b""] * len(others)]
    readers = [
        raw_reader(entries[name], route, before) if name in entries else None
        for name, before in zip(names, befores, strict=False)
    ]
    present = [reader for reader in readers if reader is not None]
    if len(present) < len(readers):
        return lambda exchange: fill_path(uri, entries, Reading(exchange, None, exchange.body), route, {})
    if len(present) == 1 and not others[0]:
        return present[0]
    return join_parts([b"", *others], present)


def compile_query(uri: Uri, entries: Mapping[str, Entry]) -> MakePath | None:
    """None where the URI asks for nothing."""
    if uri.query.names:
        return lambda exchange: fill_query(uri, entries, Reading(exchange, None, exchange.body), {})
    whole = uri.query.constants[0]
    return (lambda _: whole) if whole else None


def raw_reader(entry: Entry, route: str, before: bytes = b"") -> MakePath | None:
    """Reads a path variable as the client encoded it; None for anything else, or a variable that the route has not."""
    name = entry.expression.name
    segments = route.split("/")
    if entry.expression.kind != "method.request.path":
        return None
    if segments[-1] == "{" + name + "+}":
        return raw_rest_reader(len(segments) - 1, before)
    variable = "{" + name + "}"
    return raw_segment_reader(segments.index(variable), before) if variable in segments else None


def in_words_of_rest(error: GatewayError) -> GatewayError:
    """What writing paths and queries raises, as a failure of REST APIs."""
    return GatewayError(MALFORMED_PATH, error.reason) if error.failure is BAD_REQUEST else error


def _split(text: str, encode: Callable[[str], bytes]) -> Parts:
    constants, names = [], []
    end = 0
    for match in PATH_VARIABLE.finditer(text):
        constants.append(encode(text[end : match.start()]))
        names.append(match[1])
        end = match.end()
    constants.append(encode(text[end:]))
    return Parts(tuple(constants), tuple(names))


def _get_entry(uri: Uri, entries: Mapping[str, Entry], name: str) -> Entry:
    if name not in entries:
        raise _unfilled(uri, name)
    return entries[name]


def _unfilled(uri: Uri, name: str) -> GatewayError:
    position = uri.text.find("{" + name)
    return GatewayError(API_CONFIGURATION_ERROR, f"Illegal character in path at index {position}: {uri.text}")
