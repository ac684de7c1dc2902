"""An invocation whose response is streamed: a prelude of JSON that says status and headers, then the body as it comes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

import logging
from time import monotonic

import orjson
from mypy_extensions import mypyc_attr

from limen.aws.eventstream import Event, EventDecoder, EventStreamError
from limen.clock import Clock
from limen.gateway.body_stream import BodyStream
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.run import resume
from limen.integrations.functions.refusal import Refusal, find_refusal, request_id
from limen.integrations.functions.target import FunctionTarget
from limen.integrations.noting import note_response
from limen.upstream.errors import UpstreamError
from limen.upstream.streamed_call import StreamedCall
from limen.wire import Header

log = logging.getLogger("limen.integrations")

DELIMITER = b"\0" * 8
"""Between the prelude and the body."""
LONGEST_PRELUDE = 16 * 1024
"""Bytes within which the delimiter has to come."""
_LONGEST_REFUSAL = 64 * 1024


@mypyc_attr(allow_interpreted_subclasses=True)
class FunctionStream(StreamedCall):
    """Subclassed by each kind of API that streams; sent by `invoke`. `clock` is the upstream's."""

    __slots__ = (
        "_begun",
        "_clock",
        "_decoder",
        "_head",
        "_is_complete",
        "_is_over",
        "_refused",
        "_sent",
        "_stream",
        "exchange",
        "target",
    )

    def __init__(
        self, exchange: Exchange, target: FunctionTarget, clock: Clock, payload: bytes, timeout: float
    ) -> None:
        super().__init__(target.origin, b"POST", b"", payload, timeout, False)
        self.exchange = exchange
        self.target = target
        self._clock = clock
        self._sent = monotonic()
        self._decoder = EventDecoder()
        self._begun = b""
        """What came before the body did."""
        self._head: tuple[int, list[Header]] = (0, [])
        self._refused = False
        self._is_complete = False
        """The function has ended well."""
        self._is_over = False
        """The exchange was told how it ended, or that its body is broken."""
        self._stream: BodyStream | None = None

    # What differs between kinds of APIs

    def make_head(self, prelude: bytes) -> tuple[int, list[Header]]:
        """Status and headers of the response. Raises GatewayError for a prelude that is none."""
        raise NotImplementedError

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        """Of a function that was not called."""
        raise NotImplementedError

    def make_error(self, code: str, details: str) -> GatewayError:
        """Of a function that failed before its body began."""
        raise NotImplementedError

    def make_failure(self, error: UpstreamError) -> GatewayError:
        raise NotImplementedError

    def misconfigured(self, reason: str) -> GatewayError:
        """Nobody can be asked, or what was answered is no stream; `reason` is for the operator."""
        raise NotImplementedError

    # What the upstream tells

    def abandon(self) -> None:
        if self.pool is not None:
            self.exchange.integration_latency = monotonic() - self._sent
        super().abandon()

    def started(self, status: int, headers: list[Header]) -> None:
        exchange = self.exchange
        exchange.integration_status = status
        exchange.endpoint_request_id = request_id(headers)
        exchange.integration_latency = monotonic() - self._sent
        if exchange.trace is not None:
            note_response(exchange, status, headers, b"")
        self._head = status, headers
        self._refused = find_refusal(status, headers, b"") is not None

    def received(self, piece: bytes) -> None:
        if self._is_over:
            return
        if self._refused:
            self._begun = (self._begun + piece)[:_LONGEST_REFUSAL]
            return
        try:
            for event in self._decoder.feed(piece):
                self._take(event)
        except EventStreamError as error:
            self._break(self.misconfigured(f"{self.target.backend} answered no event stream: {error}"))

    def ended(self) -> None:
        self.exchange.integration_latency = monotonic() - self._sent
        refusal = find_refusal(*self._head, self._begun) if self._refused else None
        if self._is_over:
            return
        if refusal is not None:
            self._break(self.make_refusal(refusal))
        elif not self._is_complete or not self._decoder.is_between_events:
            self._break(self.misconfigured(f"{self.target.backend} ended an event stream before it was complete"))
        elif self._stream is None:
            self._break(self.misconfigured(f"no delimiter of {len(DELIMITER)} NUL bytes behind the prelude"))
        else:
            self._stream.finish()

    def broke(self, error: UpstreamError) -> None:
        self.exchange.integration_latency = monotonic() - self._sent
        if not self._is_over:
            self._break(self.make_failure(error))

    # Events

    def _take(self, event: Event) -> None:
        if self._is_over:
            return
        headers, payload, kind = event.headers, event.payload, event.type
        if headers.get(":message-type", "event") != "event":
            named = headers.get(":exception-type") or headers.get(":error-code") or "an error"
            self._break(self.make_error(named, payload.decode("utf-8", "replace")))
        elif kind == "PayloadChunk":
            self._take_payload(payload)
        elif kind == "InvokeComplete":
            code, details = _read_end(payload)
            if code:
                self._break(self.make_error(code, details))
            self._is_complete = True

    def _take_payload(self, payload: bytes) -> None:
        if self._stream is not None:
            self._push(payload)
            return
        self._begun += payload
        ends = self._begun.find(DELIMITER, 0, LONGEST_PRELUDE + len(DELIMITER))
        if ends >= 0:
            self._begin(self._begun[:ends], self._begun[ends + len(DELIMITER) :])
        elif len(self._begun) >= LONGEST_PRELUDE + len(DELIMITER):
            self._break(self.misconfigured(f"no delimiter within the first {LONGEST_PRELUDE} bytes of the response"))

    def _begin(self, prelude: bytes, body: bytes) -> None:
        exchange = self.exchange
        exchange.time_to_all_headers = monotonic() - self._sent
        try:
            status, headers = self.make_head(prelude)
        except GatewayError as error:
            self._break(error)
            return
        self._begun = b""
        stream = self._stream = BodyStream(self, self._clock)
        exchange.response = Response(status, headers, stream=stream)
        resume(exchange)
        stream.close_unless_attached()  # an outbound step may have failed
        if body:
            self._push(body)

    def _push(self, body: bytes) -> None:
        if self.exchange.time_to_first_content is None:
            self.exchange.time_to_first_content = monotonic() - self._sent
        if self._stream is not None:
            self._stream.push(body)

    def _break(self, error: GatewayError) -> None:
        """Ends the exchange with a failure, or its body in a way that nobody takes for the end."""
        exchange = self.exchange
        exchange.integration_error = error.reason
        self._is_over = True
        if self._stream is None:
            self.abandon()
            resume(exchange, error)
        else:
            log.info("request %s: a streamed response broke: %s", exchange.request_id.decode(), error.reason)
            self._stream.break_off()
            self.abandon()


def _read_end(payload: bytes) -> tuple[str, str]:
    """ErrorCode and ErrorDetails, empty where the function ended well."""
    try:
        document = orjson.loads(payload) if payload else {}
    except orjson.JSONDecodeError:
        raise EventStreamError("what tells the end of an invocation is not JSON") from None
    if not isinstance(document, dict):
        raise EventStreamError("what tells the end of an invocation is no object")
    return str(document.get("ErrorCode") or ""), str(document.get("ErrorDetails") or "")
