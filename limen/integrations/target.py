"""Where a call goes: an integration's URI compiled to an origin and a function that makes the path of each request.

The host is decided when the plan is compiled; what a client sends can only ever fill segments of the path or values of
the query string, and is written so that it stays one (RFC 3986, section 3.3).
"""

import re

from msgspec import Struct

from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.paths import DEFAULT, parse_route_key
from limen.integrations.segments import (
    MakePath,
    encode_path,
    encode_query,
    join_parts,
    query_value_reader,
    rest_reader,
    segment_reader,
    whole_route_path,
)
from limen.upstream.origin import Origin

_URI = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<ipv6>[0-9A-Fa-f:.]+)\])(?::(?P<port>\d{1,5}))?")
HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]+")
"""What the value of a Host header can be."""
PATH_VARIABLE = re.compile(r"\{([^{}+]+)\+?\}")


class Target(Struct, frozen=True):
    """`host` is the value of the Host header; `query` is what the URI itself asks for, without the `?`."""

    origin: Origin
    host: bytes
    make_path: MakePath
    make_query: MakePath | None


def compile_target(uri: str, route_key: str) -> Target:
    """`uri` has its stage variables filled in. Raises PlanError."""
    origin, host, path, query = split_url(uri)
    positions = _variable_positions(route_key)
    if route_key == DEFAULT and not PATH_VARIABLE.search(path):
        # "API Gateway sends the full request path" (developer guide, the $default route).
        make_path: MakePath = _below(constant_path(path.rstrip("/"), uri))
    elif path in ("", "/") and route_key.endswith("+}"):
        make_path = whole_route_path
    else:
        make_path = _compile_path(path or "/", positions, uri, route_key)
    return Target(origin, host, make_path, _compile_query(query, positions, uri, route_key) if query else None)


def _below(base: bytes) -> MakePath:
    """The whole path of a request, behind that of a URI."""
    if not base:
        return whole_route_path
    return lambda exchange: base + encode_path(exchange.route_path)


def compile_private_target(address: str, stage_prefix: bytes, server_name: str | None) -> Target:
    """Private integrations pass the whole path on, below the stage's name where the stage has one."""
    origin, host, path, query = split_url(address)
    if query or path not in ("", "/"):
        raise PlanError(f"the address {address!r} of a VPC link is more than scheme, host and port")
    if server_name is not None:
        # A server name asks for HTTPS (API reference, TlsConfig), whatever the address says.
        origin = Origin("https", origin.host, origin.port, server_name)
        host = server_name.encode()

    def make_path(exchange: Exchange) -> bytes:
        return stage_prefix + encode_path(exchange.route_path)

    return Target(origin, host, make_path if stage_prefix else whole_route_path, None)


def path_variable_reader(name: str, route_key: str) -> MakePath | None:
    """A variable of the route's as the client encoded it; None where the route has no such variable."""
    found = _variable_positions(route_key).get(name)
    if found is None:
        return None
    position, is_greedy = found
    return rest_reader(position) if is_greedy else segment_reader(position)


def split_url(uri: str) -> tuple[Origin, bytes, str, str]:
    """Origin, value of the Host header, path and query. Raises PlanError."""
    match = _URI.fullmatch(uri.partition("#")[0])
    if match is None:
        raise PlanError(f"integration URI {uri!r} is not an http:// or https:// URL")
    authority = _AUTHORITY.fullmatch(match["authority"])
    if authority is None:
        raise PlanError(f"integration URI {uri!r}: {match['authority']!r} is not a host with an optional port")
    scheme = match["scheme"].lower()
    port = int(authority["port"] or (443 if scheme == "https" else 80))
    if not 0 < port < 65536:
        raise PlanError(f"integration URI {uri!r}: {port} is not a port")
    origin = Origin(scheme, (authority["name"] or authority["ipv6"]).lower(), port)
    return origin, match["authority"].encode(), match["path"], match["query"] or ""


def _variable_positions(route_key: str) -> dict[str, tuple[int, bool]]:
    """For each path variable of a route, the number of its segment and whether it takes all that follow."""
    if route_key == DEFAULT:
        return {}
    _, statics, names, is_greedy = parse_route_key(route_key)
    positions = [index for index, static in enumerate(statics, 1) if static is None]
    found = {name: (position, False) for name, position in zip(names, positions, strict=False)}
    if is_greedy:
        found[names[-1]] = (len(statics) + 1, True)
    return found


def _compile_path(path: str, positions: dict[str, tuple[int, bool]], uri: str, route_key: str) -> MakePath:
    constants, readers = [], []
    end = 0
    for match in PATH_VARIABLE.finditer(path):
        position, is_greedy = _position(match[1], positions, uri, route_key)
        constants.append(constant_path(path[end : match.start()], uri))
        readers.append(rest_reader(position) if is_greedy else segment_reader(position))
        end = match.end()
    constants.append(constant_path(path[end:], uri))
    if not readers:
        whole = constants[0]
        return lambda _: whole
    if len(readers) == 1 and not constants[1]:
        before, read = constants[0], readers[0]
        return lambda exchange: before + read(exchange)
    return join_parts(constants, readers)


def _compile_query(query: str, positions: dict[str, tuple[int, bool]], uri: str, route_key: str) -> MakePath:
    constants, readers = [], []
    end = 0
    for match in PATH_VARIABLE.finditer(query):
        _position(match[1], positions, uri, route_key)
        constants.append(encode_query(query[end : match.start()].encode()))
        readers.append(query_value_reader(match[1]))
        end = match.end()
    constants.append(encode_query(query[end:].encode()))
    return join_parts(constants, readers)


def _position(name: str, positions: dict[str, tuple[int, bool]], uri: str, route_key: str) -> tuple[int, bool]:
    found = positions.get(name)
    if found is None:
        raise PlanError(f"integration URI {uri!r}: route {route_key!r} has no path variable {{{name}}}")
    return found


def constant_path(text: str, uri: str) -> bytes:
    """Raises PlanError."""
    try:
        return encode_path(text.encode())
    except GatewayError:
        raise PlanError(f"integration URI {uri!r} has a segment of dots") from None
