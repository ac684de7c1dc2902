"""Answers an exchange with what a backend sends, piece by piece (`responseTransferMode: STREAM` of REST APIs).

Status and headers go to the client as soon as the backend's head is complete; an error before that ends the exchange
with a failure, one after it breaks the client's connection or stream off.
"""

import logging
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from msgspec import Struct

from limen.clock import Clock
from limen.gateway.body_stream import AWS, Bandwidth, BodyStream
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.run import resume
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.upstream.streamed_call import IDLE_TIMEOUT, StreamedCall
from limen.wire import Header, find_header

log = logging.getLogger("limen.integrations")

MakeHead: TypeAlias = Callable[[Exchange, int, list[Header]], tuple[int, list[Header]]]
"""Status and headers of the client's response from those of the backend's, hop-by-hop ones still among them; raises
GatewayError. A response to HEAD keeps its content-length: nothing else knows it."""

MakeFailure: TypeAlias = Callable[[Exchange, UpstreamError], GatewayError]
"""What ends an exchange whose backend sent no head."""


class StreamSettings(Struct, frozen=True):
    """What a streaming integration compiles to; times in seconds, `timeout` from the request to the last byte."""

    origin: Origin
    timeout: float
    make_head: MakeHead
    make_failure: MakeFailure
    idle_timeout: float = IDLE_TIMEOUT
    bandwidth: Bandwidth = AWS


class StreamedProxyCall(StreamedCall):
    """A call for an exchange that waits; its response is the exchange's from the head on. `clock` is the upstream's."""

    __slots__ = ("_clock", "_sent", "_settings", "_stream", "exchange")

    def __init__(
        self,
        exchange: Exchange,
        settings: StreamSettings,
        clock: Clock,
        method: bytes,
        head: bytes,
        is_idempotent: bool,
    ) -> None:
        super().__init__(
            settings.origin, method, head, exchange.body, settings.timeout, is_idempotent, settings.idle_timeout
        )
        self.exchange = exchange
        self._settings = settings
        self._clock = clock
        self._sent = monotonic()
        self._stream: BodyStream | None = None

    def let_go_of_body(self) -> None:
        self.body = self.exchange.body = b""

    def abandon(self) -> None:
        if self.pool is not None:
            self.exchange.integration_latency = monotonic() - self._sent
        super().abandon()

    def started(self, status: int, headers: list[Header]) -> None:
        exchange = self.exchange
        exchange.integration_status = status
        exchange.time_to_all_headers = exchange.integration_latency = monotonic() - self._sent
        try:
            made_status, made_headers = self._settings.make_head(exchange, status, headers)
        except Exception as error:
            if isinstance(error, GatewayError):
                exchange.integration_error = error.reason
            self.abandon()
            resume(exchange, error)
            return
        stream = self._stream = BodyStream(self, self._clock, _length(headers), self._settings.bandwidth)
        exchange.response = Response(made_status, made_headers, stream=stream)
        resume(exchange)
        stream.close_unless_attached()  # an outbound step may have failed

    def received(self, piece: bytes) -> None:
        if self.exchange.time_to_first_content is None:
            self.exchange.time_to_first_content = monotonic() - self._sent
        if self._stream is not None:
            self._stream.push(piece)

    def ended(self) -> None:
        self.exchange.integration_latency = monotonic() - self._sent
        if self._stream is not None:
            self._stream.finish()

    def broke(self, error: UpstreamError) -> None:
        exchange = self.exchange
        exchange.integration_latency = monotonic() - self._sent
        exchange.integration_error = error.message
        log.info("request %s: %s: %s", exchange.request_id.decode(), error.kind, error.message)
        if self._stream is None:
            resume(exchange, self._settings.make_failure(exchange, error))
        else:
            self._stream.break_off()


def _length(headers: list[Header]) -> int | None:
    value = find_header(headers, b"content-length")
    return int(value) if value is not None and value.isdigit() else None
