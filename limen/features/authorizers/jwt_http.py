"""JWT authorizers of HTTP APIs (guide, "Controlling access to HTTP APIs with JWT authorizers").

Refusals say in `www-authenticate` what is wrong, in AWS's words as far as they are known.
"""

from typing import Any

from limen.features.authorizers.cognito_names import with_own_name
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwt_rules import (
    IssuerRules,
    RefusedError,
    TokenRules,
    check_audience,
    check_times,
    scopes_of,
)
from limen.features.authorizers.jwt_step import compile_token_step
from limen.features.authorizers.jwt_texts import claims_of_token
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.caller import Caller
from limen.gateway.errors import FORBIDDEN, UNAUTHORIZED, GatewayError, PlanError
from limen.gateway.route_plan import Step
from limen.jose.algorithms import RSA_ALGORITHMS
from limen.wire import header

LONGEST_AGE = 7200.0
"""Seconds that keys are kept."""

_CHALLENGE = b"www-authenticate"


def compile_jwt_of_route(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Raises PlanError."""
    authorizer = guarded.authorizer or {}
    if authorizer.get("authorizerType") != "JWT":
        raise PlanError(f"{guarded.where} has no JWT authorizer")
    configuration = authorizer.get("jwtConfiguration") or {}
    audiences = frozenset(configuration.get("audience") or ())
    if not configuration.get("issuer") or not audiences:
        raise PlanError(f"the JWT authorizer of {guarded.where} names no issuer or no audience")
    sources = authorizer.get("identitySource") or []
    issuers = tuple(
        IssuerRules(name, is_own=is_own, audiences=audiences, takes_client_id=True)
        for name, is_own in with_own_name(configuration["issuer"], tools.authority)
    )
    rules = TokenRules("jwt", issuers, RSA_ALGORITHMS, LONGEST_AGE)
    kind = HttpJwt(guarded.method.get("authorizationScopes") or [])
    return compile_token_step(rules, sources[0] if len(sources) == 1 else "", kind, guarded, tools)


class HttpJwt:
    """A TokenKind."""

    def __init__(self, scopes: list[str]) -> None:
        self._scopes = " ".join(scopes)

    def check(self, claims: dict[str, Any], issuer: IssuerRules, now: float) -> float:
        check_audience(claims, issuer)
        return check_times(claims, now)

    def make_callers(self, claims: dict[str, Any]) -> tuple[Caller, Caller, frozenset[str]]:
        scopes, texts = scopes_of(claims), claims_of_token(claims)
        principal = texts.get("sub", "")
        return (
            Caller("jwt", principal_id=principal, claims=texts),
            Caller("jwt", principal_id=principal, claims=texts, scopes=scopes),
            frozenset(scopes),
        )

    def missing(self) -> GatewayError:
        return GatewayError(UNAUTHORIZED, "Unauthorized", headers=(header(_CHALLENGE, b"Bearer"),))

    def refused(self, refused: RefusedError) -> GatewayError:
        return self._challenge(UNAUTHORIZED, "invalid_token", refused.description)

    def lacks_scope(self) -> GatewayError:
        description = "the token does not have a required scope"
        return self._challenge(FORBIDDEN, "insufficient_scope", description)

    def _challenge(self, failure: Any, error: str, description: str) -> GatewayError:
        text = f'Bearer scope="{self._scopes}" error="{error}" error_description="{_quotable(description)}"'
        return GatewayError(
            failure, f"{error}: {description}", headers=(header(_CHALLENGE, text.encode("ascii", "replace")),)
        )


def _quotable(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
