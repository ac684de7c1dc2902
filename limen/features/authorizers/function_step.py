"""Lambda authorizers: a function says who calls and what they may do, or an answer that is kept says so.

A request with an identity that was answered for waits for nothing; one whose identity is being asked about waits for
that answer; every other one asks. Each is then weighed by itself: what one may do says nothing about another path.
"""

from collections.abc import Callable
from time import monotonic
from typing import Literal

from limen.features.authorizers.function_output import (
    Answer,
    MalformedOutputError,
    error_message,
    is_unauthorized,
)
from limen.features.authorizers.function_settings import FunctionSettings, read_http_settings, read_rest_settings
from limen.features.authorizers.granted import EFFECTS, VERDICTS, Verdict
from limen.features.authorizers.guarded import Guarded, Settle
from limen.features.authorizers.identity_sources import Identity, compile_identity, read_texts, text_of
from limen.features.authorizers.kept_answers import Flight, KeptAnswers, Scope
from limen.features.authorizers.tools import AuthorizerTools
from limen.features.redaction import mask
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.method_arn import LONGEST, MethodArn, compile_method_arn
from limen.gateway.ports import AskFunction, AuthorizerUse, FunctionReply
from limen.gateway.rest_errors import REQUEST_URI_TOO_LONG
from limen.gateway.route_plan import WAITS, Step
from limen.gateway.run import resume

EXPLICIT = "User is not authorized to access this resource with an explicit deny in an identity-based policy"
"""What a client of a REST API reads where a statement denies (observed)."""


def compile_method_function(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Of methods of REST APIs, with TOKEN and REQUEST authorizers. Raises PlanError."""
    return _compile(read_rest_settings(guarded), guarded, tools)


def compile_route_function(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Of routes of HTTP APIs, with REQUEST authorizers. Raises PlanError."""
    return _compile(read_http_settings(guarded), guarded, tools)


def _compile(settings: FunctionSettings, guarded: Guarded, tools: AuthorizerTools) -> Step:
    use = AuthorizerUse(
        kind=settings.kind,
        uri=settings.uri,
        credentials=settings.credentials,
        authorizer_id=settings.authorizer_id,
        account=guarded.account,
        region=guarded.region,
        api_id=guarded.api_id,
        stage_name=guarded.stage_name,
        route_key=guarded.method.get("routeKey", ""),
        variables=guarded.variables,
        timeout=settings.timeout,
    )
    try:
        ask = tools.functions.compile(use)
    except LookupError as error:
        raise PlanError(f"authorizer {settings.authorizer_id}: {error.args[0]}") from None
    name_method = compile_method_arn(
        guarded.region, guarded.account, guarded.api_id, guarded.stage_name, is_rest=settings.is_rest
    )
    scope = tools.answers.scope(
        (guarded.api_id, guarded.stage_name, settings.authorizer_id, settings.configuration),
    )
    return FunctionAuthorizer(settings, ask, name_method, tools.answers, scope, guarded.settle).authorize


class FunctionAuthorizer:
    """One authorizer of one route or method; `authorize` is its step."""

    __slots__ = ("_ask", "_kept", "_name_method", "_read", "_scope", "_settings", "_settle")

    def __init__(
        self,
        settings: FunctionSettings,
        ask: AskFunction,
        name_method: MethodArn,
        kept: KeptAnswers,
        scope: Scope,
        settle: Settle | None = None,
    ) -> None:
        self._settings = settings
        self._settle = settle
        self._ask = ask
        self._name_method = name_method
        self._kept = kept
        self._scope = scope
        self._read = compile_identity(settings.sources)

    def authorize(self, exchange: Exchange) -> Literal[True] | None:
        identity = self._read(exchange)
        answer = self._scope.answers.get(identity) if identity is not None else None
        if answer is not None:
            if answer.expires > monotonic():
                exchange.authorizer_latency = 0.0
                if exchange.trace is not None:
                    self._note_start(exchange)
                self._admit(exchange, answer)
                return None
            assert identity is not None
            self._kept.forget(self._scope, identity)
        self._ask_or_join(exchange, identity)
        return WAITS

    def _ask_or_join(self, exchange: Exchange, identity: Identity | None) -> None:
        if exchange.trace is not None:
            self._note_start(exchange)
        self._check(exchange, identity)
        arn = self._name(exchange)
        scope = self._scope
        if not self._settings.ttl or identity is None:
            # Without keeping nothing is shared: the function may look at whatever is in the request.
            self._send(exchange, arn, None, Flight(exchange, scope.epoch))
            return
        flight = scope.flights.get(identity)
        if flight is None:
            flight = scope.flights[identity] = Flight(exchange, scope.epoch)
            self._send(exchange, arn, identity, flight)
            return
        flight.waiting.append(exchange)
        if exchange.trace is not None:
            exchange.trace.note("authorizer_joined", requests=len(flight.waiting) - 1)

    def _check(self, exchange: Exchange, identity: Identity | None) -> None:
        settings = self._settings
        if identity is None:
            if settings.requires_identity:
                raise self._unauthorized(exchange, "an identity source is missing or empty")
            return
        if settings.takes_one_value and isinstance(identity, tuple):
            raise self._unauthorized(exchange, f"{settings.sources[0].name} came {len(identity)} times")
        if settings.expression is not None and settings.expression.fullmatch(_token(identity)) is None:
            raise self._unauthorized(exchange, "the token does not match the identityValidationExpression")

    def _name(self, exchange: Exchange) -> str:
        """Raises GatewayError where it is too long to be asked about."""
        arn = self._name_method(exchange)
        if self._settings.is_rest and len(arn.encode("utf-8", "surrogateescape")) > LONGEST:
            raise GatewayError(REQUEST_URI_TOO_LONG)
        return arn

    def _send(self, exchange: Exchange, arn: str, identity: Identity | None, flight: Flight) -> None:
        try:
            self._ask(exchange, arn, read_texts(self._settings.sources, exchange), self._hearer(identity, flight))
        except BaseException:
            self._land(identity, flight)  # nobody would ever hear
            raise

    def _hearer(self, identity: Identity | None, flight: Flight) -> Callable[[FunctionReply], None]:
        def hear(reply: FunctionReply) -> None:
            self._land(identity, flight)
            try:
                answer = self._read_reply(reply)
            except Exception as error:
                for exchange in flight.waiting:
                    self._note_reply(exchange, reply)
                    resume(exchange, self._fail(exchange, error))
                return
            if identity is not None and flight.scope_epoch == self._scope.epoch:
                self._kept.keep(self._scope, identity, answer, self._settings.ttl, len(reply.payload))
            for exchange in flight.waiting:
                self._note_reply(exchange, reply)
                try:
                    self._admit(exchange, answer)
                except Exception as error:
                    resume(exchange, error)
                else:
                    resume(exchange)

        return hear

    def _land(self, identity: Identity | None, flight: Flight) -> None:
        if identity is not None and self._scope.flights.get(identity) is flight:
            del self._scope.flights[identity]

    # --- what is said

    def _read_reply(self, reply: FunctionReply) -> Answer:
        """Raises GatewayError."""
        failures = self._settings.failures
        if reply.problem:
            raise GatewayError(failures.misconfigured, self._say(reply.problem))
        if is_unauthorized(reply.payload):
            raise GatewayError(failures.unauthorized)
        if reply.is_error:
            raise GatewayError(failures.failed, self._say(f"the function failed: {error_message(reply.payload)}"))
        try:
            return self._settings.parse(reply.payload)
        except MalformedOutputError as error:
            raise GatewayError(failures.misconfigured, self._say(f"what the function returned: {error}")) from None

    def _say(self, problem: str) -> str:
        return f"authorizer {self._settings.name!r} ({self._settings.authorizer_id}): {problem}"

    def _admit(self, exchange: Exchange, answer: Answer) -> None:
        """Raises GatewayError where what the exchange asks for is not granted."""
        exchange.caller = answer.caller
        exchange.authorizer_status = 200
        if answer.granted is not None and answer.granted.is_conditional:
            self._name(exchange)
        own = verdict = answer.weigh(exchange, self._name)
        if self._settle is not None:
            verdict = VERDICTS[self._settle(exchange, EFFECTS[own])]
        if exchange.trace is not None:
            self._note_verdict(exchange, answer, own, verdict)
        if verdict is Verdict.ALLOWED:
            return
        exchange.authorizer_status = 403
        is_explicit = verdict is Verdict.DENIED_EXPLICITLY and self._settings.is_rest
        raise GatewayError(self._settings.failures.denied, message=EXPLICIT if is_explicit else None)

    def _unauthorized(self, exchange: Exchange, reason: str) -> GatewayError:
        exchange.authorizer_status = 401
        exchange.authorizer_error = reason
        return GatewayError(self._settings.failures.unauthorized, reason)

    def _fail(self, exchange: Exchange, error: Exception) -> Exception:
        """One for each exchange: what is raised belongs to it."""
        if not isinstance(error, GatewayError):
            return error
        exchange.authorizer_status = error.failure.status
        exchange.authorizer_error = error.reason or error.message
        return GatewayError(error.failure, error.reason)

    # --- what whoever looks is told

    def _note_start(self, exchange: Exchange) -> None:
        assert exchange.trace is not None
        settings = self._settings
        exchange.trace.note(
            "authorizer",
            id=settings.authorizer_id,
            authorizer=settings.name,
            kind=settings.kind,
            identity={source.name: mask(text_of(source.read(exchange))) for source in settings.sources},
        )

    def _note_reply(self, exchange: Exchange, reply: FunctionReply) -> None:
        exchange.authorizer_latency = reply.latency
        exchange.authorizer_integration_status = reply.status
        exchange.authorizer_request_id = reply.request_id
        if exchange.trace is not None:
            exchange.trace.note(
                "authorizer_response",
                status=reply.status,
                latency_ms=int(reply.latency * 1000),
                body=reply.payload.decode("utf-8", "replace"),
                problem=reply.problem,
            )

    def _note_verdict(self, exchange: Exchange, answer: Answer, own: Verdict, settled: Verdict) -> None:
        assert exchange.trace is not None
        granted = answer.granted
        arn = self._name_method(exchange)
        is_kept = exchange.authorizer_request_id == ""
        exchange.trace.note(
            "authorized",
            verdict=own.value,
            settled=settled.value,
            principal=answer.caller.principal_id,
            arn=arn,
            cached_s=round(monotonic() - answer.kept_since, 3) if is_kept else None,
            statement=None if granted is None else granted.find_statement(arn, exchange),
            policy=None if granted is None else granted.document,
        )


def _token(identity: Identity) -> str:
    return text_of(identity) if isinstance(identity, bytes | str) else ""
