"""What a parameter mapping reads, compiled: functions from a reading of an exchange to text, None where it is missing.

Text is UTF-8 with surrogate escapes, so that any bytes of a header come out as they went in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

import orjson

from limen.gateway.context import find_variable
from limen.gateway.exchange import Exchange
from limen.integrations.json_path import compile_json_path
from limen.integrations.mapping_grammar import Source, Value
from limen.wire import Header, find_headers

EVALUATED_BODY = 100 * 1024
"""Bytes of a body that a JSON path is applied to (developer guide); what a cut leaves is mostly no JSON any more."""

_UNREAD = object()


class Reading:
    """One exchange while its parameters are mapped: a body is parsed once for all paths into it."""

    __slots__ = ("_document", "body", "exchange", "headers")

    def __init__(self, exchange: Exchange, headers: Sequence[Header], body: bytes) -> None:
        self.exchange = exchange
        self.headers = headers
        self.body = body
        self._document: Any = _UNREAD

    @property
    def document(self) -> Any:
        if self._document is _UNREAD:
            try:
                self._document = orjson.loads(self.body[:EVALUATED_BODY])
            except orjson.JSONDecodeError:
                self._document = None
        return self._document


Read: TypeAlias = Callable[[Reading], str | None]


def compile_value(value: Value, stage_variables: Mapping[str, str]) -> Read:
    """A value of one variable is missing where the variable is; among other text a missing variable is empty."""
    reads = [compile_part(part, stage_variables) for part in value]
    if len(reads) == 1:
        return reads[0]
    return lambda reading: "".join(read(reading) or "" for read in reads)


def compile_part(part: str | Source, stage_variables: Mapping[str, str]) -> Read:
    if isinstance(part, str):
        return lambda _: part
    name = part.name
    match part.kind:
        case "request.header" | "response.header":
            return _header_reader(name.lower().encode())
        case "request.querystring":
            return _query_reader(name)
        case "request.path":
            return _path_parameter_reader(name) if name else _read_path
        case "request.body" | "response.body":
            return _body_reader(name) if name else _read_body
        case "context":
            read_variable = find_variable(name).read
            return lambda reading: read_variable(reading.exchange)
        case "stageVariables":
            constant = stage_variables.get(name)
            return lambda _: constant
    raise ValueError(f"{part.kind} is no source")


def to_text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def decode_query_text(raw: bytes) -> str:
    return to_text(unquote_to_bytes(raw.replace(b"+", b" ")))


def _header_reader(lower: bytes) -> Read:
    def read(reading: Reading) -> str | None:
        values = find_headers(reading.headers, lower)
        return to_text(b",".join(values)) if values else None

    return read


def _query_reader(name: str) -> Read:
    def read(reading: Reading) -> str | None:
        values = []
        for pair in reading.exchange.query.split(b"&"):
            key, _, value = pair.partition(b"=")
            if pair and decode_query_text(key) == name:
                values.append(decode_query_text(value))
        return ",".join(values) if values else None

    return read


def _path_parameter_reader(name: str) -> Read:
    return lambda reading: reading.exchange.path_parameters.get(name)


def _read_path(reading: Reading) -> str:
    return to_text(reading.exchange.route_path)


def _read_body(reading: Reading) -> str | None:
    return to_text(reading.body) if reading.body else None


def _body_reader(path: str) -> Read:
    select = compile_json_path(path)

    def read(reading: Reading) -> str | None:
        value = select(reading.document)
        if value is None or isinstance(value, str):
            return value
        return orjson.dumps(value).decode()

    return read
