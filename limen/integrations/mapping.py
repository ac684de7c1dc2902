"""Parameter mapping of HTTP APIs, compiled: what a request or a response becomes on its way through the gateway.

All values are read from the message as it came, then removals, overwrites and appends are applied in this order, so
that the order of keys in a document means nothing. A value that is missing overwrites by removing: what a client sent
never stands in for what the gateway was told to say. (AWS does not document either.)
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from limen.gateway.client_certificate import PEM, on_one_line
from limen.gateway.errors import BAD_REQUEST, INTERNAL, Failure, GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.integrations.forwarding import hyphened
from limen.integrations.mapping_grammar import (
    Action,
    Destination,
    Source,
    Value,
    find_mapping_problems,
    find_response_mapping_problems,
    parse_destination,
    parse_value,
)
from limen.integrations.segments import MakePath, encode_path, encode_query_value
from limen.integrations.sources import Read, Reading, compile_part, compile_value, decode_query_text, to_bytes
from limen.integrations.target import path_variable_reader
from limen.wire import Header

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_PEM = Source("context", PEM)
_ORDER: dict[Action, int] = {"remove": 0, "overwrite": 1, "append": 2}


class Edit(Struct, frozen=True):
    """One mapping of a header or a query string parameter; `read` is unused where it removes."""

    action: Action
    lower: bytes
    name: bytes
    read: Read


class RequestMapping(Struct, frozen=True):
    """What `requestParameters` compile to; `path` is None where the path stays."""

    headers: list[Edit]
    query: list[Edit]
    path: Callable[[Reading], bytes] | None


class ResponseMapping(Struct, frozen=True):
    headers: list[Edit]
    status: Read | None


ResponseMappings: TypeAlias = dict[int, ResponseMapping]


def compile_request_mapping(
    parameters: Mapping[str, str], route_key: str, stage_variables: Mapping[str, str]
) -> RequestMapping | None:
    """None where nothing is mapped. Raises PlanError."""
    _refuse(find_mapping_problems(parameters))
    headers: list[Edit] = []
    query: list[Edit] = []
    path: Callable[[Reading], bytes] | None = None
    for key, text in parameters.items():
        destination = parse_destination(key, is_response=False)
        value = () if destination.action == "remove" else parse_value(text, is_response=False)
        if destination.place == "path":
            path = _compile_path(value, route_key, stage_variables)
        elif destination.place == "querystring":
            query.append(_edit(destination, value, stage_variables))
        else:
            headers.append(_edit(destination, value, stage_variables))
    if not headers and not query and path is None:
        return None
    return RequestMapping(_in_order(headers), _in_order(query), path)


def compile_response_mappings(
    parameters: Mapping[str, Mapping[str, str]], stage_variables: Mapping[str, str]
) -> ResponseMappings:
    """By the status of the backend. Raises PlanError."""
    _refuse(find_response_mapping_problems(parameters))
    mappings: ResponseMappings = {}
    for status, of_status in parameters.items():
        headers: list[Edit] = []
        read_status: Read | None = None
        for key, text in of_status.items():
            destination = parse_destination(key, is_response=True)
            value = () if destination.action == "remove" else parse_value(text, is_response=True)
            if destination.place == "statuscode":
                read_status = compile_value(value, stage_variables)
            else:
                headers.append(_edit(destination, value, stage_variables))
        if headers or read_status is not None:
            mappings[int(status)] = ResponseMapping(_in_order(headers), read_status)
    return mappings


def map_request(
    mapping: RequestMapping, exchange: Exchange, headers: list[Header], path: bytes, query: bytes
) -> tuple[list[Header], bytes, bytes]:
    """Headers, path and query of a call. Raises GatewayError for a value that no message can carry."""
    reading = Reading(exchange, exchange.headers, exchange.body)
    header_values = _read_all(mapping.headers, reading)
    query_values = _read_all(mapping.query, reading)
    if mapping.path is not None:
        path = mapping.path(reading)
    if mapping.query:
        query = _edit_query(mapping.query, query_values, query)
    return _edit_headers(mapping.headers, header_values, headers, BAD_REQUEST), path, query


def map_response(
    mapping: ResponseMapping,
    exchange: Exchange,
    status: int,
    received: list[Header],
    passed: list[Header],
    body: bytes,
) -> tuple[int, list[Header]]:
    """Status and headers of the response: `passed`, edited with values from what was received.

    Raises GatewayError for a value that no message can carry.
    """
    reading = Reading(exchange, received, body)
    values = _read_all(mapping.headers, reading)
    if mapping.status is not None:
        text = mapping.status(reading) or ""
        if not (text.isascii() and text.isdigit() and 200 <= int(text) <= 599):
            raise GatewayError(INTERNAL, f"overwrite:statuscode: {text!r} is not a status code from 200 to 599")
        status = int(text)
    return status, _edit_headers(mapping.headers, values, passed, INTERNAL)


def _refuse(problems: list[str]) -> None:
    if problems:
        raise PlanError("; ".join(problems))


def _edit(destination: Destination, value: Value, stage_variables: Mapping[str, str]) -> Edit:
    name = destination.name.encode()
    action = destination.action
    lower = name.lower() if destination.place == "header" else name
    if lower == b"host" and action == "append":
        action = "overwrite"  # two Host headers make a request that every backend must refuse
    read = compile_value(value, stage_variables) if value else _nothing
    if destination.place == "header" and _PEM in value:
        read = _on_one_line(read)
    return Edit(action, lower, name, read)


def _on_one_line(read: Read) -> Read:
    def read_line(reading: Reading) -> str | None:
        text = read(reading)
        return None if text is None else on_one_line(text)

    return read_line


def _nothing(_: Reading) -> str | None:
    return None


def _in_order(edits: list[Edit]) -> list[Edit]:
    return sorted(edits, key=lambda edit: _ORDER[edit.action])


def _read_all(edits: list[Edit], reading: Reading) -> list[bytes | None]:
    values: list[bytes | None] = []
    for edit in edits:
        text = edit.read(reading)
        values.append(None if text is None else to_bytes(text))
    return values


def _edit_headers(
    edits: list[Edit], values: list[bytes | None], headers: list[Header], failure: Failure
) -> list[Header]:
    for edit, value in zip(edits, values, strict=True):
        if edit.action != "append":
            name = hyphened(edit.lower)  # to many backends `x_user` is `x-user`
            headers = [header for header in headers if hyphened(header[0]) != name]
        if value is not None:
            if _CONTROL.search(value):
                raise GatewayError(failure, f"the value for header {edit.name.decode()} has a control character")
            headers = [*headers, (edit.lower, edit.name, value.strip(b" \t"))]
    return headers


def _edit_query(edits: list[Edit], values: list[bytes | None], query: bytes) -> bytes:
    pairs = [pair for pair in query.split(b"&") if pair]
    for edit, value in zip(edits, values, strict=True):
        if edit.action != "append":
            name = edit.name.decode()
            pairs = [pair for pair in pairs if decode_query_text(pair.partition(b"=")[0]) != name]
        if value is not None:
            pairs.append(encode_query_value(edit.name) + b"=" + encode_query_value(value))
    return b"&".join(pairs)


def _compile_path(value: Value, route_key: str, stage_variables: Mapping[str, str]) -> Callable[[Reading], bytes]:
    parts = [_compile_path_part(part, route_key, stage_variables) for part in value]

    def make(reading: Reading) -> bytes:
        # Encoded once more as a whole: dots on both sides of a seam could climb where neither part does.
        path = encode_path(b"".join([part(reading) for part in parts]))
        return path if path.startswith(b"/") else b"/" + path

    return make


def _compile_path_part(
    part: str | Source, route_key: str, stage_variables: Mapping[str, str]
) -> Callable[[Reading], bytes]:
    """Path variables go in as the client encoded them; other values keep their slashes, as AWS writes them in."""
    if isinstance(part, Source) and part.kind == "request.path" and part.name:
        read_raw = path_variable_reader(part.name, route_key)
        return _from_exchange(read_raw) if read_raw is not None else lambda _: b""
    read = compile_part(part, stage_variables)
    return lambda reading: encode_path(to_bytes(read(reading) or ""))


def _from_exchange(make: MakePath) -> Callable[[Reading], bytes]:
    return lambda reading: make(reading.exchange)
