"""`requestParameters` of an integration, compiled: what goes into its headers, its query string and its path."""

import re
from collections.abc import Mapping

from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, MALFORMED_PATH
from limen.integrations.forwarding import hyphened
from limen.integrations.rest.expressions import (
    TOKEN,
    Expression,
    Target,
    find_request_mapping_problems,
    parse_request_expression,
    parse_request_target,
)
from limen.integrations.rest.mapping_settings import Entry, RequestMapping
from limen.integrations.rest.reading import Reading, compile_expression, compile_header_expression, joined, to_bytes
from limen.integrations.segments import encode_query_value
from limen.wire import HOP_BY_HOP, Header

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ILLEGAL = frozenset({"content-length", "transfer-encoding", "x-amzn-trace-id", "x-amzn-apigateway-api-id"})
_ILLEGAL_FOR_SERVICES = _ILLEGAL | {"authorization", "connection", "expect", "proxy-authenticate", "te"}
_DROPPED = (frozenset(name.decode() for name in HOP_BY_HOP) - {"proxy-authorization"}) | {"expect", "via"}
"""Some silently (observed), the others because framing is the gateway's own business."""
_DROPPED_FOR_SERVICES = (_DROPPED - {"via"}) | {"referer"}


def compile_request_mapping(
    parameters: Mapping[str, str], variables: Mapping[str, str], *, is_service: bool = False
) -> RequestMapping:
    """Raises PlanError."""
    problems = find_request_mapping_problems(parameters)
    if problems:
        raise PlanError("; ".join(problems))
    headers: list[Entry] = []
    query: list[Entry] = []
    path: dict[str, Entry] = {}
    for key, text in parameters.items():
        target, expression = parse_request_target(key), parse_request_expression(text)
        compile_read = compile_header_expression if target.place == "header" else compile_expression
        read = compile_read(expression, variables)
        is_illegal = target.place == "header" and is_illegal_header(target.name, is_service)
        constant = _constant_header(target, expression, variables) if not is_illegal else None
        entry = Entry(target.name, read, expression, text, key, is_illegal, constant)
        if target.place == "path":
            path[target.name] = entry
        elif target.place == "querystring":
            query.append(entry)
        elif is_illegal or not is_dropped_header(target.name, is_service):
            headers.append(entry)
    return RequestMapping(
        tuple(headers),
        tuple(query),
        path,
        frozenset(hyphened(entry.name.lower().encode()) for entry in headers if entry.expression.kind == "context"),
        frozenset(entry.name for entry in query if entry.expression.kind == "context"),
    )


def _constant_header(target: Target, expression: Expression, variables: Mapping[str, str]) -> Header | None:
    if target.place != "header" or expression.kind not in ("literal", "stageVariables"):
        return None
    value = expression.name if expression.kind == "literal" else variables.get(expression.name)
    try:
        return request_header(target.name, value) if value else None
    except GatewayError:
        return None


def is_illegal_header(name: str, is_service: bool) -> bool:
    """One that nothing may set: a request that tries to fails."""
    return name.lower() in (_ILLEGAL_FOR_SERVICES if is_service else _ILLEGAL)


def is_dropped_header(name: str, is_service: bool) -> bool:
    """One that may be set but is not sent."""
    return name.lower() in (_DROPPED_FOR_SERVICES if is_service else _DROPPED)


def read_entry(entry: Entry, reading: Reading) -> str | list[str] | None:
    """The value, None where nothing is to be set: an empty one sets nothing either (observed). Raises GatewayError."""
    value = entry.read(reading) or None
    trace = reading.exchange.trace
    if trace is not None:
        place = "request" if reading.headers is None else "response"
        text = None if value is None else joined(value)
        trace.note("mapped", place=place, target=entry.target, source=entry.source, value=text)
    if value is not None and entry.is_illegal:
        raise illegal_header(entry.name)
    return value


def illegal_header(name: str) -> GatewayError:
    return GatewayError(API_CONFIGURATION_ERROR, f"Illegal mapping to the header {name}")


def map_headers(mapping: RequestMapping, reading: Reading) -> list[Header]:
    """The headers that are set, one for each name. Raises GatewayError."""
    headers: list[Header] = []
    is_traced = reading.exchange.trace is not None
    for entry in mapping.headers:
        if entry.constant is not None and not is_traced:
            headers.append(entry.constant)
            continue
        value = read_entry(entry, reading)
        if value is not None:
            headers.append(request_header(entry.name, joined(value)))
    return headers


def map_query(mapping: RequestMapping, reading: Reading) -> list[tuple[str, str]]:
    """The parameters that are set, repeated where they have several values. Raises GatewayError."""
    pairs: list[tuple[str, str]] = []
    for entry in mapping.query:
        value = read_entry(entry, reading)
        if isinstance(value, str):
            pairs.append((entry.name, value))
        elif value is not None and entry.expression.kind == "method.request.multivaluequerystring":
            pairs += [(entry.name, one) for one in value]
        elif value is not None:
            pairs.append((entry.name, joined(value)))
    return pairs


def request_header(name: str, text: str) -> Header:
    """Raises GatewayError for a name or a value that no message can carry."""
    if not TOKEN.fullmatch(name):
        raise illegal_header(name)
    value = to_bytes(text).strip(b" \t")
    if _CONTROL.search(value):
        raise GatewayError(MALFORMED_PATH, f"the value for header {name} has a control character")
    return (name.lower().encode(), name.encode(), value)


def overwrite(headers: list[Header], mapped: list[Header], vouched: frozenset[bytes] = frozenset()) -> list[Header]:
    """`headers`, those of the same name replaced, whichever of `_` and `-` it is written with; not changed in place.

    Those whose names are `vouched` go even where nothing takes their place.
    """
    names = {hyphened(header[0]) for header in mapped} | vouched
    return [header for header in headers if hyphened(header[0]) not in names] + mapped


def render_query(pairs: list[tuple[str, str]]) -> bytes:
    return b"&".join(
        [encode_query_value(to_bytes(name)) + b"=" + encode_query_value(to_bytes(value)) for name, value in pairs]
    )
