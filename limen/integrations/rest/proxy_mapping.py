"""What `requestParameters` add to a request that is otherwise passed whole: headers overwrite, values are appended."""

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import parse_query
from limen.gateway.rest_errors import MALFORMED_PATH
from limen.integrations.forwarding import hyphened, render_lines
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import map_headers, map_query, overwrite, render_query
from limen.integrations.rest.settings import ProxySettings
from limen.integrations.rest.treatment import Forwarded
from limen.integrations.target import HOST
from limen.wire import Header, Headers

_OWN = frozenset({b"x-forwarded-for", b"x-forwarded-port", b"x-forwarded-proto"})


class Mapped:
    """The header lines of a request and what to know of them; `host` None where it is not mapped."""

    __slots__ = ("has_agent", "has_type", "host", "lines", "query", "says_own")

    def __init__(
        self,
        forwarded: Forwarded,
        headers: list[Header],
        host: bytes | None,
        query: bytes,
        vouched: frozenset[bytes] = frozenset(),
    ) -> None:
        names = {hyphened(header[0]) for header in headers}
        self.has_agent = forwarded.has_agent or b"user-agent" in names
        self.has_type = forwarded.has_type or b"content-type" in names
        self.says_own = not names.isdisjoint(_OWN)
        """It says for the gateway who called."""
        self.host = host
        self.query = query
        if names.isdisjoint(forwarded.names) and vouched.isdisjoint(forwarded.names):
            self.lines = forwarded.lines + render_lines(headers)
        else:
            self.lines = render_lines(overwrite(forwarded.passed, headers, vouched))


def map_proxied(settings: ProxySettings, exchange: Exchange, forwarded: Forwarded) -> Mapped:
    """Raises GatewayError."""
    mapping = settings.mapping
    if mapping is None:
        return Mapped(forwarded, [], None, b"")
    reading = Reading(exchange, None, exchange.body)
    headers, host = take_host(map_headers(mapping, reading))
    query = render_query(map_query(mapping, reading)) if mapping.query else b""
    return Mapped(forwarded, headers, host, query, mapping.vouched_headers)


def without_parameters(query: bytes, names: frozenset[str]) -> bytes:
    """A query string without parameters that the gateway alone may say, however their names are encoded."""
    pairs = [pair for pair in query.split(b"&") if pair and names.isdisjoint(parse_query(pair))]
    return b"&".join(pairs)


def leave_out(own: bytes, mapped: Mapped) -> bytes:
    """The gateway's own lines without those that are mapped."""
    sent = b"\n" + mapped.lines.lower()
    lines = own.splitlines(keepends=True)
    return b"".join([line for line in lines if b"\n" + line.partition(b":")[0].lower() + b":" not in sent])


def without_authorization(exchange: Exchange) -> Forwarded:
    """For methods that authorize callers by their signatures: what is left is no business of the backend."""
    return Forwarded(Headers([header for header in exchange.headers if header[0] != b"authorization"]))


def take_host(headers: list[Header]) -> tuple[list[Header], bytes | None]:
    """The Host header may be mapped; it stays the first line, and stays one. Raises GatewayError."""
    hosts = [value for lower, _, value in headers if lower == b"host"]
    if not hosts:
        return headers, None
    if not HOST.fullmatch(hosts[-1]):
        raise GatewayError(MALFORMED_PATH, "the value for header Host is not a host")
    return [header for header in headers if header[0] != b"host"], hosts[-1]
