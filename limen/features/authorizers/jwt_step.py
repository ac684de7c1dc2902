"""The step of all authorizers that take tokens: known ones at once, others once their issuer's keys are there."""

from time import monotonic, time
from typing import Any, Literal, Protocol

from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwks_issuers import Issuer
from limen.features.authorizers.jwt_cache import Verified
from limen.features.authorizers.jwt_rules import IssuerRules, RefusedError, TokenRules, check_algorithm, check_signature
from limen.features.authorizers.jwt_source import ReadToken, bare_token, compile_source
from limen.features.authorizers.tools import AuthorizerTools
from limen.features.redaction import mask
from limen.gateway.caller import Caller
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import WAITS, Step
from limen.gateway.run import resume
from limen.jose.compact import Token, parse_token
from limen.jose.errors import TokenError


class TokenKind(Protocol):
    """What differs between kinds of authorizers, one object for each that is compiled."""

    def check(self, claims: dict[str, Any], issuer: IssuerRules, now: float) -> float:
        """When a token of that issuer expires, in epoch seconds. Raises RefusedError."""

    def make_callers(self, claims: dict[str, Any]) -> tuple[Caller, Caller, frozenset[str]]:
        """Who its bearer is, for routes without and with scopes, and the scopes. Raises RefusedError."""

    def missing(self) -> GatewayError:
        """There is no token."""

    def refused(self, refused: RefusedError) -> GatewayError: ...

    def lacks_scope(self) -> GatewayError: ...


def compile_token_step(
    rules: TokenRules, source: str, kind: TokenKind, guarded: Guarded, tools: AuthorizerTools
) -> Step:
    """A token needs one of the scopes that the route or method has, where it has some. Raises PlanError."""
    name, read = compile_source(source)
    required = frozenset(guarded.method.get("authorizationScopes") or ())
    authorizer = guarded.authorizer or {}
    told = {
        "id": guarded.method.get("authorizerId", ""),
        "authorizer": authorizer.get("name", ""),
        "kind": authorizer.get("authorizerType") or authorizer.get("type", ""),
    }
    return _TokenStep(rules, required, _Source(name, read, told), kind, tools).authorize


class _Source:
    """Where the token is, and what traces tell of the authorizer that takes it."""

    __slots__ = ("name", "read", "told")

    def __init__(self, name: str, read: ReadToken, told: dict[str, str]) -> None:
        self.name = name
        self.read = read
        self.told = told


class _TokenStep:
    """Called for each request, so its way for known tokens is short."""

    __slots__ = ("_issuers", "_kind", "_prefix", "_read", "_required", "_rules", "_source", "_space", "_tokens")

    def __init__(
        self, rules: TokenRules, required: frozenset[str], source: _Source, kind: TokenKind, tools: AuthorizerTools
    ) -> None:
        self._rules = rules
        self._required = required
        self._source = source
        self._read = source.read
        self._kind = kind
        self._tokens = tools.tokens
        self._space = tools.tokens.space_of(rules)
        self._prefix = self._space.prefix
        self._issuers = {each.name: (each, tools.issuers.get(each.name)) for each in rules.issuers}

    def authorize(self, exchange: Exchange) -> Literal[True] | None:
        value = self._read(exchange)
        if exchange.trace is not None:
            identity = {self._source.name: mask((value or b"").decode("utf-8", "replace"))}
            exchange.trace.note("authorizer", **self._source.told, identity=identity)
        if value is None:
            raise self._note_failure(exchange, self._kind.missing(), "there is no token")
        known = self._tokens.find(self._prefix + value, time())
        if known is None:
            return self._authorize_anew(exchange, value)
        self._admit(exchange, known, "known")
        return None

    def _authorize_anew(self, exchange: Exchange, value: bytes) -> Literal[True] | None:
        began = monotonic()
        try:
            token = _parse(value)
            check_algorithm(token, self._rules)
            rules, issuer = self._choose_issuer(token)
        except RefusedError as refused:
            raise self._refuse(exchange, refused, began) from None

        def go_on() -> None:
            try:
                self._verify(exchange, value, token, rules, issuer, began)
            except Exception as error:
                resume(exchange, error)
            else:
                resume(exchange)

        if issuer.must_wait(token.key_id, self._rules.longest_age, go_on):
            return WAITS
        self._verify(exchange, value, token, rules, issuer, began)
        return None

    def _choose_issuer(self, token: Token) -> tuple[IssuerRules, Issuer]:
        """The only one; of several, the one that the token names, which its signature has to bear out."""
        if len(self._issuers) == 1:
            return next(iter(self._issuers.values()))
        name = token.claims.get("iss")
        chosen = self._issuers.get(name) if isinstance(name, str) else None
        if chosen is None or (chosen[0].is_own and not chosen[1].is_local):
            raise RefusedError("the token does not have a valid issuer")
        return chosen

    def _verify(
        self, exchange: Exchange, value: bytes, token: Token, rules: IssuerRules, issuer: Issuer, began: float
    ) -> None:
        try:
            check_signature(token, issuer.keys, issuer.problem, self._rules)
            if token.claims.get("iss") != issuer.name:
                raise RefusedError("the token does not have a valid issuer")
            now = time()
            expires = self._kind.check(token.claims, rules, now)
            caller, with_scopes, scopes = self._kind.make_callers(token.claims)
        except RefusedError as refused:
            raise self._refuse(exchange, refused, began) from None
        until = min(expires, now + issuer.fresh_for(self._rules.longest_age))
        verified = Verified(caller, with_scopes, scopes, until, issuer)
        self._tokens.put(self._prefix + value, verified)
        exchange.authorizer_latency = monotonic() - began
        self._admit(exchange, verified, "verified")

    def _admit(self, exchange: Exchange, verified: Verified, how: str) -> None:
        exchange.authorizer_status = 200
        if self._required:
            if self._required.isdisjoint(verified.scopes):
                raise self._note_failure(exchange, self._kind.lacks_scope(), "the token has none of the scopes")
            exchange.caller = verified.with_scopes
        else:
            exchange.caller = verified.caller
        if exchange.trace is not None:
            left = int(verified.until - time())
            exchange.trace.note("token", outcome=how, issuer=verified.issuer.name, known_for=left, **_shown(verified))

    def _refuse(self, exchange: Exchange, refused: RefusedError, began: float) -> GatewayError:
        exchange.authorizer_latency = monotonic() - began
        return self._note_failure(exchange, self._kind.refused(refused), refused.reason)

    def _note_failure(self, exchange: Exchange, error: GatewayError, reason: str) -> GatewayError:
        exchange.authorizer_status = error.failure.status
        exchange.authorizer_error = error.reason
        if exchange.trace is not None:
            exchange.trace.note("token", outcome="refused", reason=reason)
        return error


def _shown(verified: Verified) -> dict[str, Any]:
    """Of the claims, those that say nothing about a person."""
    claims = verified.caller.claims or {}
    return {"subject": claims.get("sub", ""), "expires": claims.get("exp", ""), "scopes": sorted(verified.scopes)}


def _parse(value: bytes) -> Token:
    try:
        return parse_token(bare_token(value))
    except TokenError as error:
        if error.part == "token":
            raise RefusedError("token contains an invalid number of segments", reason=str(error)) from None
        raise RefusedError(f"unable to decode the {error.part} of the token", reason=str(error)) from None
