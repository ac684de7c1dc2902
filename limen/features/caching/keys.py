"""What of a request a kept response is found by: the values of the parameters that its method declares, no more.

An absent value is no empty one. What a backend may read differently never gives the same key: all values of a name
count, not the last alone; a header in another case than declared counts with its name; a path that is
percent-encoded counts as it was sent.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.method_request import compile_source
from limen.gateway.request_view import parse_query
from limen.wire import LONGEST_KEPT

Value: TypeAlias = Any
"""Of one parameter: None where it is absent, text or bytes, or a tuple that begins with what is odd about it."""

Key: TypeAlias = tuple[Value, ...]
ReadKey: TypeAlias = Callable[[Exchange], Key]
ReadValue: TypeAlias = Callable[[Exchange], Value]

SEVERAL, OTHER_CASE, ENCODED = "several", "other case", "encoded"
"""What is odd about a value."""

_METHOD, _INTEGRATION = "method.request.", "integration.request."
_PERCENT: Final = 0x25
"""Looked for as a number, which takes a tenth of the time."""
_QUERIES_KEPT = 1_024
_queries: dict[bytes, dict[str, list[str]]] = {}
"""Query strings that came before, parsed."""


def compile_key(
    parameters: Sequence[str],
    mapping: Mapping[str, str],
    resource_path: str,
    variables: Mapping[str, str],
    others: Sequence[ReadValue] = (),
) -> ReadKey:
    """`mapping`: the integration's requestParameters; `others`: what else tells responses apart.

    Raises PlanError for a parameter that there is not.
    """
    reads = [_compile(name, mapping, resource_path, variables) for name in parameters]
    reads += others
    if not reads:
        return lambda _: ()
    if len(reads) == 1:
        (read,) = reads
        return lambda exchange: (read(exchange),)
    if len(reads) == 2:
        first, second = reads
        return lambda exchange: (first(exchange), second(exchange))
    return lambda exchange: tuple([read(exchange) for read in reads])


def encode_key(key: Value) -> bytes:
    """Bytes that no other key encodes to: each value with its kind and length."""
    if key is None:
        return b"n"
    if isinstance(key, bool):
        return b"t" if key else b"f"
    if isinstance(key, bytes):
        return b"b%d:%b" % (len(key), key)
    if isinstance(key, str):
        encoded = key.encode("utf-8", "surrogatepass")
        return b"s%d:%b" % (len(encoded), encoded)
    return b"(%d:%b)" % (len(key), b"".join([encode_key(each) for each in key]))


def show_key(names: Sequence[str], key: Key) -> dict[str, Any]:
    """For whoever wants to know: values by parameter, without those that are absent."""
    return {name: _show(value) for name, value in zip(names, key, strict=False) if value is not None}


def _show(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_show(each) for each in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _compile(parameter: str, mapping: Mapping[str, str], resource_path: str, variables: Mapping[str, str]) -> ReadValue:
    source = mapping.get(parameter, "") if parameter.startswith(_INTEGRATION) else parameter
    place, _, name = source.removeprefix(_METHOD).partition(".")
    if source.startswith(_METHOD):
        if place == "body":
            return _read_body
        make = _READERS.get(place)
        if make is not None and name:
            return make(name)
        if place == "path" and name:
            return _path_reader(name, resource_path)
    read = compile_source(source, variables)
    if read is None:
        raise PlanError(f"the cache key parameter {parameter} is no parameter of the method or its integration")
    return read


def _header_reader(name: str) -> ReadValue:
    sent, lower = name.encode(), name.lower().encode()

    def read_header(exchange: Exchange) -> Value:
        found: Value = None
        for header in exchange.headers:
            if header[0] == lower:
                value: Value = header[2]
                if header[1] != sent and exchange.protocol != "HTTP/2.0":
                    value = (OTHER_CASE, header[1], value)
                found = value if found is None else (SEVERAL, found, value)
        return found

    return read_header


def _query_reader(name: str) -> ReadValue:
    def read_query(exchange: Exchange) -> Value:
        raw = exchange.query
        if not raw:
            return None
        parsed = _queries.get(raw)
        if parsed is None:
            parsed = _parse(raw)
        values = parsed.get(name)
        if values is None:
            return None
        return values[0] if len(values) == 1 else (SEVERAL, *values)

    return read_query


def _parse(raw: bytes) -> dict[str, list[str]]:
    parsed = parse_query(raw)
    if len(raw) <= LONGEST_KEPT:
        if len(_queries) >= _QUERIES_KEPT:
            _queries.clear()
        _queries[raw] = parsed
    return parsed


def _path_reader(name: str, resource_path: str) -> ReadValue:
    """A greedy variable is as it was sent anyway."""
    segments = resource_path.split("/")
    index = segments.index("{" + name + "}") if "{" + name + "}" in segments else -1

    def read_path(exchange: Exchange) -> Value:
        path = exchange.route_path
        if _PERCENT not in path or index < 0:
            return exchange.path_parameters.get(name)
        if path.startswith(b"//"):
            path = b"/" + path.lstrip(b"/")
        sent = path.split(b"/")[index]
        return (ENCODED, sent) if _PERCENT in sent else exchange.path_parameters.get(name)

    return read_path


def _read_body(exchange: Exchange) -> Value:
    """All of it, whatever part a mapping reads."""
    body = exchange.body
    return sha256(body).digest() if len(body) > LONGEST_KEPT else bytes(body)


_READERS: dict[str, Callable[[str], ReadValue]] = {
    "querystring": _query_reader,
    "header": _header_reader,
    "multivaluequerystring": _query_reader,
    "multivalueheader": _header_reader,
}
