"""Calls of authorizer functions: like those of integrations, but their answers are for the authorizer."""

from collections.abc import Awaitable, Callable
from time import monotonic

from limen.gateway.exchange import Exchange
from limen.gateway.ports import AskFunction, AuthorizerUse, FunctionReply
from limen.gateway.run import waiting
from limen.integrations.authorizer_functions.events import compile_authorizer_event
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.noting import describe_invocation
from limen.integrations.functions.refusal import NO_PERMISSION, find_refusal, request_id
from limen.integrations.functions.target import FunctionTarget, FunctionUse, compile_function_target, source_arn
from limen.integrations.service_place import NoCredentialsError
from limen.upstream.call import Call
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.wire import Header, find_header


class LambdaAuthorizers:
    """Owned by a worker."""

    def __init__(self, upstream: Upstream, backends: FunctionBackends) -> None:
        self._upstream = upstream
        self._backends = backends

    def compile(self, use: AuthorizerUse) -> AskFunction:
        """Raises PlanError, and LookupError for a stage variable."""
        function_use = FunctionUse(
            uri=use.uri,
            credentials=use.credentials,
            source_arn=source_arn(use.region, use.account, use.api_id, f"authorizers/{use.authorizer_id}"),
            region=use.region,
            account=use.account,
            is_streamed=False,
        )
        target = compile_function_target(function_use, use.variables, self._backends)
        make_event, upstream, timeout = compile_authorizer_event(use), self._upstream, use.timeout

        def ask(exchange: Exchange, arn: str, identity: list[str], hear: Callable[[FunctionReply], None]) -> None:
            call = AuthorizerCall(target, make_event(exchange, arn, identity), timeout, hear)
            _invoke(upstream, call, exchange)

        return ask


class AuthorizerCall(Call):
    """One call on behalf of all who wait for its answer."""

    __slots__ = ("hear", "sent", "target")

    def __init__(
        self, target: FunctionTarget, event: bytes, timeout: float, hear: Callable[[FunctionReply], None]
    ) -> None:
        Call.__init__(self, target.origin, b"POST", b"", event, timeout, False)
        self.target = target
        self.hear = hear
        self.sent = monotonic()

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        refusal = find_refusal(status, headers, body)
        problem = ""
        if refusal is not None:
            said = refusal.message or refusal.kind or f"Lambda answered {status}"
            problem = f"{NO_PERMISSION}: {said}" if status == 403 else said
        self.hear(
            FunctionReply(
                payload=bytes(body),
                is_error=find_header(headers, b"x-amz-function-error") is not None,
                problem=problem,
                status=status,
                request_id=request_id(headers).decode("utf-8", "replace"),
                latency=monotonic() - self.sent,
            )
        )

    def failed(self, error: UpstreamError) -> None:
        self.give_up(error.message)

    def give_up(self, problem: str) -> None:
        self.hear(FunctionReply(problem=problem, latency=monotonic() - self.sent))


def _invoke(upstream: Upstream, call: AuthorizerCall, exchange: Exchange) -> None:
    headers: list[Header] = []
    if exchange.trace_id:
        headers.append((b"x-amzn-trace-id", b"X-Amzn-Trace-Id", exchange.trace_id))
    try:
        head = call.target.make_head(call.body, headers, exchange)
    except NoCredentialsError as error:
        call.give_up(str(error))
        return
    if isinstance(head, bytes):
        _send(upstream, call, head, exchange)
    else:
        waiting.start(_send_signed(upstream, call, head, exchange), "sign")


async def _send_signed(upstream: Upstream, call: AuthorizerCall, signing: Awaitable[bytes], exchange: Exchange) -> None:
    try:
        head = await signing
    except Exception as error:  # whoever waits has to hear of it
        call.give_up(str(error) or type(error).__name__)
    else:
        _send(upstream, call, head, exchange)


def _send(upstream: Upstream, call: AuthorizerCall, head: bytes, exchange: Exchange) -> None:
    call.head = head
    if exchange.trace is not None:
        backend, values = describe_invocation(call.target, head, call.body)
        exchange.trace.note("authorizer_request", backend=backend, **values)
    upstream.send(call)
