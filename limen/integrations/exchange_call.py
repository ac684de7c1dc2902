"""A call to a backend on behalf of an exchange: what becomes of it becomes the exchange's response or failure."""

from time import monotonic

from mypy_extensions import mypyc_attr

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.run import resume
from limen.integrations.noting import note_response
from limen.upstream.call import Call
from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import Header

IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})


@mypyc_attr(allow_interpreted_subclasses=True)
class ExchangeCall(Call):
    """Subclassed by each kind of integration, which says what its responses and failures are."""

    __slots__ = ("exchange", "sent")

    def __init__(
        self, exchange: Exchange, origin: Origin, method: bytes, head: bytes, body: bytes, timeout: float
    ) -> None:
        # Not by super(): a call saved on every request.
        Call.__init__(self, origin, method, head, body, timeout, method in IDEMPOTENT)
        self.exchange = exchange
        self.sent = monotonic()

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        """What the client is answered; hop-by-hop headers are still among `headers`. May raise GatewayError."""
        raise NotImplementedError

    def make_failure(self, error: UpstreamError) -> GatewayError:
        raise NotImplementedError

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        exchange = self.exchange
        exchange.integration_latency = monotonic() - self.sent
        exchange.integration_status = status
        try:
            if exchange.trace is not None:
                note_response(exchange, status, headers, body)
            exchange.response = self.make_response(status, headers, body)
        except Exception as error:
            if isinstance(error, GatewayError):
                exchange.integration_error = error.reason
            resume(exchange, error)
        else:
            resume(exchange)

    def failed(self, error: UpstreamError) -> None:
        exchange = self.exchange
        exchange.integration_latency = monotonic() - self.sent
        exchange.integration_error = error.message
        resume(exchange, self.make_failure(error))
