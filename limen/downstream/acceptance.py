"""What a request must look like to become an exchange, whatever protocol brought it.

RFC 9112 section 3, RFC 9113 section 8.3, narrowed to what an API can be asked: origin form, seven methods, one host.
"""

import re
from collections.abc import Iterable

from limen.wire import HOP_BY_HOP, Header, ProtocolError

METHODS = frozenset({b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PUT"})
"""What a route can be made of; CONNECT and TRACE are refused with all the rest."""

_HOST = re.compile(rb"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_HOST_SIZE = 255 + 6
_VISIBLE = bytes(code for code in range(0x21, 0x7F) if code != ord("#"))

_OWN_PREFIXES = (
    b"apigw-",
    b"x-amzn-apigateway-",
    b"x-amzn-mtls-",
    b"x-amzn-oidc-",
    b"x-amzn-vpc",
    b"x-amzn-waf-",
    b"x-forwarded-",
    b"x-limen-",
)
"""Of names that gateways, load balancers and firewalls say who calls by, for which they vouch."""
_FORWARDED_FOR = b"x-forwarded-for"
_FORGEABLE = frozenset(
    {b"forwarded", b"via", b"host", b"content-length", b"content-type", b"transfer-encoding", b"x-real-ip"}
)
_FORGEABLE_PREFIXES = (b"x-forwarded-", b"x-amzn-", b"x-amz-", b"x-apigw-", b"x-limen-", b"apigw-")
_NEVER_NOMINATED = HOP_BY_HOP | {b"host", b"content-length", b"content-type", _FORWARDED_FOR, b""}

_known_hosts: set[bytes] = set()
_KNOWN_HOSTS_MAX = 1_000


def check_method(method: bytes) -> None:
    if method not in METHODS:
        raise ProtocolError(400, "method not served")


def check_target(target: bytes, size_limit: int) -> None:
    """Origin form only, in visible ASCII: what other forms mean differs from server to server."""
    if len(target) > size_limit:
        raise ProtocolError(414, "request target too long")
    if not is_origin_form(target):
        raise ProtocolError(400, "request target not in origin form, or with a byte that no URI has")


def is_origin_form(target: bytes) -> bool:
    return target[:1] == b"/" and not target.translate(None, _VISIBLE)


def check_host(host: bytes) -> None:
    if host in _known_hosts:
        return
    if len(host) > _HOST_SIZE or _HOST.fullmatch(host) is None:
        raise ProtocolError(400, "invalid host")
    if len(_known_hosts) < _KNOWN_HOSTS_MAX:
        _known_hosts.add(host)


def is_forgery(lower: bytes) -> bool:
    """Whether a header is one that no client may say: it is left out before anybody sees it, authorizers among them.

    Such as `x-amzn-oidc-identity`, and `x_forwarded_for`, which many backends take for x-forwarded-for. The latter
    itself passes: what the gateway adds to it comes behind what the client said.
    """
    if b"_" in lower:
        meant = lower.replace(b"_", b"-")
        return meant in _FORGEABLE or meant.startswith(_FORGEABLE_PREFIXES)
    return lower.startswith(_OWN_PREFIXES) and lower != _FORWARDED_FOR


def without_nominated(headers: Iterable[Header], connection: bytes) -> Iterable[Header]:
    """Without the headers that `Connection` names as hop-by-hop (RFC 9110, section 7.6.1).

    Done before the gateway adds its own, so that a client cannot have those removed.
    """
    nominated = {token.strip(b" \t") for token in connection.lower().split(b",")} - _NEVER_NOMINATED
    if not nominated:
        return headers
    return [field for field in headers if field[0] not in nominated]
