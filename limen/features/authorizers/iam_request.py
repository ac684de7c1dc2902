"""A request as its signature covers it: what came over the wire, before anything here made something else of it.

Two spellings that mean two things to an API never share a signature, although signers put paths into a normal form:
what they leave out of it (dot segments, empty segments) is left out here where routing leaves it out as well.
"""

import re
from urllib.parse import quote

from limen.aws.request import AwsRequest
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import without_ignored_slashes
from limen.wire import header

_PLAIN = re.compile(rb"[A-Za-z0-9\-._~/]*")
_SLASHES = re.compile(rb"//+")


def signed_path(exchange: Exchange, *, is_rest: bool) -> bytes:
    """The path as sent, to which a signer applied the percent-encoding once more."""
    path = exchange.target.partition(b"?")[0]
    if b"//" in path and b"//" not in (
        without_ignored_slashes(exchange.route_path) if is_rest else exchange.route_path
    ):
        path = _SLASHES.sub(b"/", path)
    return path if _PLAIN.fullmatch(path) else quote(path, safe="/~").encode("ascii")


def request_of(exchange: Exchange) -> AwsRequest:
    headers = [each for each in exchange.headers if each[0] != b"host"]
    if exchange.host:
        headers.append(header(b"Host", exchange.host))  # HTTP/2 has it in :authority
    path, _, query = exchange.target.decode("latin-1").partition("?")
    return AwsRequest(exchange.sent_method.decode("latin-1"), path, query, headers, bytes(exchange.body))
