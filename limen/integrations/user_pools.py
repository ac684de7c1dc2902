"""What is asked of user pools on the port of APIs: handed to the control process over its Unix socket.

Of the client's headers only those go along that something there reads. Who the client is stands in a header of
Limen's own, which no client can set: it is not among them.
"""

import re
from typing import Literal

from limen.gateway.errors import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    REQUEST_TOO_LARGE,
    GatewayError,
)
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure
from limen.gateway.route_plan import WAITS, Record, RoutePlan, Step
from limen.integrations.exchange_call import ExchangeCall
from limen.integrations.forwarding import render_lines
from limen.integrations.target import HOST
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import HOP_BY_HOP, Header

KEY = "user pools"
"""As metrics and logs name it."""
CLIENT_HEADER = b"X-Limen-Client"
TIMEOUT = 20.0
"""Seconds; an operation with a password waits in line for its turn."""
MOST_BODY = 256 << 10
MOST_HEAD = 32 << 10
"""Bytes; a link to a sign-in page holds all that an app asks for."""

_PASSED = frozenset(
    {
        b"accept",
        b"access-control-request-headers",
        b"access-control-request-method",
        b"amz-sdk-invocation-id",
        b"amz-sdk-request",
        b"authorization",
        b"content-type",
        b"cookie",
        b"origin",
        b"referer",
        b"sec-fetch-site",
        b"user-agent",
        b"x-amz-target",
        b"x-amz-user-agent",
    }
)
_BROKEN = re.compile(rb"[\x00-\x20\x7f]")
_NOT_ANSWERED = HOP_BY_HOP | {b"content-length", b"date", b"server"}
_NOT_ANSWERED_TO_HEAD = _NOT_ANSWERED - {b"content-length"}


def compile_user_pools(upstream: Upstream, socket: str, records: tuple[Record, ...] = ()) -> RoutePlan:
    """`socket`: the path of the control process's."""
    return RoutePlan(
        key=KEY,
        inbound=(_compile_forward(upstream, Origin("unix", socket, 0)),),
        outbound=(),
        records=records,
        failure_response=answer_failure,
    )


def _compile_forward(upstream: Upstream, origin: Origin) -> Step:
    def forward(exchange: Exchange) -> Literal[True]:
        if exchange.is_too_large or len(exchange.body) > MOST_BODY:
            raise GatewayError(REQUEST_TOO_LARGE)
        if exchange.head_size > MOST_HEAD:
            raise GatewayError(HEADERS_TOO_LARGE)
        upstream.send(PoolsCall(exchange, origin, _render_head(exchange)))
        return WAITS

    return forward


def _render_head(exchange: Exchange) -> bytes:
    """Raises GatewayError for what would be no request, or two."""
    method, target, host = exchange.method, exchange.target, exchange.host or b"localhost"
    if HOST.fullmatch(host) is None or _BROKEN.search(target):
        raise GatewayError(BAD_REQUEST)
    passed = [header for header in exchange.headers if header[0] in _PASSED and header[0] != b"cookie"]
    # HTTP/2 may send each cookie as a header of its own (RFC 9113, section 8.2.3).
    cookies = [value for name, _, value in exchange.headers if name == b"cookie"]
    if cookies:
        passed.append((b"cookie", b"Cookie", b"; ".join(cookies)))
    passed.append((b"", CLIENT_HEADER, exchange.client.source_ip.encode("latin-1")))
    return b"%b %b HTTP/1.1\r\nHost: %b\r\n%bContent-Length: %d\r\n\r\n" % (
        method,
        target,
        host,
        render_lines(passed),
        len(exchange.body),
    )


class PoolsCall(ExchangeCall):
    """One request to the control process."""

    __slots__ = ()

    def __init__(self, exchange: Exchange, origin: Origin, head: bytes) -> None:
        ExchangeCall.__init__(self, exchange, origin, exchange.method, head, exchange.body, TIMEOUT)

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        left_out = _NOT_ANSWERED_TO_HEAD if self.method == b"HEAD" else _NOT_ANSWERED
        return Response(status, [header for header in headers if header[0] not in left_out], body)

    def make_failure(self, error: UpstreamError) -> GatewayError:
        """While the control process is away, 503."""
        return GatewayError(INTEGRATION_TIMEOUT if error.kind == "timeout" else INTEGRATION_FAILURE, error.message)
