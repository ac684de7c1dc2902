"""An invocation on behalf of an exchange, whose payload becomes the exchange's response or failure."""

from mypy_extensions import mypyc_attr

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.integrations.exchange_call import ExchangeCall
from limen.integrations.functions.refusal import Refusal, find_refusal, request_id
from limen.integrations.functions.target import FunctionTarget
from limen.wire import Header, find_header


@mypyc_attr(allow_interpreted_subclasses=True)
class FunctionCall(ExchangeCall):
    """Subclassed by each kind of API, which says what payloads, refusals and failures become; sent by `invoke`."""

    __slots__ = ("answered", "target")

    def __init__(self, exchange: Exchange, target: FunctionTarget, payload: bytes, timeout: float) -> None:
        ExchangeCall.__init__(self, exchange, target.origin, b"POST", b"", payload, timeout)
        self.target = target
        self.answered: list[Header] = []
        """The headers of the answer."""

    def make_answer(self, payload: bytes, is_error: bool) -> Response:
        """Of a function that was called; `is_error`: it failed, and `payload` says how. May raise GatewayError."""
        raise NotImplementedError

    def make_refusal(self, refusal: Refusal) -> GatewayError:
        """Of a function that was not called."""
        raise NotImplementedError

    def misconfigured(self, reason: str) -> GatewayError:
        """Nobody can be asked; `reason` is for the operator."""
        raise NotImplementedError

    def make_response(self, status: int, headers: list[Header], body: bytes) -> Response:
        self.answered = headers
        self.exchange.endpoint_request_id = request_id(headers)
        if status != 200:
            refusal = find_refusal(status, headers, body)
            if refusal is not None:
                raise self.make_refusal(refusal)
        return self.make_answer(body, find_header(headers, b"x-amz-function-error") is not None)
