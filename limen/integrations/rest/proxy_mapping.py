"""What `requestParameters` add to a request that is otherwise passed whole: headers overwrite, values are appended."""

import re

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import MALFORMED_PATH
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import map_headers, map_query, overwrite, render_query
from limen.integrations.rest.settings import ProxySettings
from limen.integrations.rest.treatment import render_lines
from limen.wire import Header

HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]+")


class Mapped:
    """The header lines of a request and what to know of them; `host` None where it is not mapped."""

    __slots__ = ("has_agent", "has_type", "host", "lines", "query")

    def __init__(self, headers: list[Header], host: bytes | None, query: bytes) -> None:
        names = {header[0] for header in headers}
        self.has_agent = b"user-agent" in names
        self.has_type = b"content-type" in names
        self.lines = render_lines(headers)
        self.host = host
        self.query = query


def map_proxied(settings: ProxySettings, exchange: Exchange, passed: list[Header]) -> Mapped:
    """Raises GatewayError."""
    if settings.drops_authorization:
        passed = [header for header in passed if header[0] != b"authorization"]
    mapping = settings.mapping
    if mapping is None:
        return Mapped(passed, None, b"")
    reading = Reading(exchange, None, exchange.body)
    headers, host = take_host(map_headers(mapping, reading))
    return Mapped(overwrite(passed, headers), host, render_query(map_query(mapping, reading)))


def take_host(headers: list[Header]) -> tuple[list[Header], bytes | None]:
    """The Host header may be mapped; it stays the first line, and stays one. Raises GatewayError."""
    hosts = [value for lower, _, value in headers if lower == b"host"]
    if not hosts:
        return headers, None
    if not HOST.fullmatch(hosts[-1]):
        raise GatewayError(MALFORMED_PATH, "the value for header Host is not a host")
    return [header for header in headers if header[0] != b"host"], hosts[-1]
