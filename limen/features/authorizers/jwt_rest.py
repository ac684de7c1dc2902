"""JWT authorizers of REST APIs (2026): several issuers, their audiences, claims that must be, RSA and ECDSA."""

from typing import Any

from limen.features.authorizers.cognito_names import with_own_name
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwt_rules import (
    ClaimRule,
    IssuerRules,
    RefusedError,
    TokenRules,
    check_audience,
    check_claims,
    check_times,
    scopes_of,
)
from limen.features.authorizers.jwt_step import compile_token_step
from limen.features.authorizers.jwt_texts import claims_of_token
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.caller import Caller
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.rest_errors import SCOPE_FORBIDDEN, UNAUTHORIZED
from limen.gateway.route_plan import Step
from limen.jose.algorithms import ALGORITHMS

LONGEST_AGE = 3600.0
"""Seconds that keys are kept."""


def compile_jwt_of_method(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Raises PlanError."""
    authorizer = guarded.authorizer or {}
    if authorizer.get("type") != "JWT":
        raise PlanError(f"{guarded.where} has no JWT authorizer")
    configuration = authorizer.get("jwtConfiguration") or {}
    named = {rules.name: rules for each in configuration.get("issuers") or () for rules in _read(each, guarded, tools)}
    issuers = tuple(named.values())
    algorithms = frozenset(configuration.get("defaultAlgorithms") or ()).intersection(ALGORITHMS)
    if not issuers or not algorithms:
        raise PlanError(f"the JWT authorizer of {guarded.where} names no issuer or no algorithm")
    rules = TokenRules("jwt", issuers, algorithms, LONGEST_AGE)
    return compile_token_step(rules, authorizer.get("identitySource") or "", RestJwt(), guarded, tools)


def _read(issuer: dict[str, Any], guarded: Guarded, tools: AuthorizerTools) -> list[IssuerRules]:
    audiences = frozenset(issuer.get("audiences") or ())
    if not issuer.get("issuer") or not audiences:
        raise PlanError(f"the JWT authorizer of {guarded.where} has an issuer without a name or audiences")
    claims = tuple(
        ClaimRule(each["claimName"], bool(each.get("required")), frozenset(each.get("expectedValues") or ()))
        for each in issuer.get("additionalClaims") or ()
    )
    names = with_own_name(issuer["issuer"], tools.authority)
    return [IssuerRules(name, is_own=is_own, audiences=audiences, claims=claims) for name, is_own in names]


class RestJwt:
    """A TokenKind."""

    def check(self, claims: dict[str, Any], issuer: IssuerRules, now: float) -> float:
        check_audience(claims, issuer)
        expires = check_times(claims, now)
        check_claims(claims, issuer)
        return expires

    def make_callers(self, claims: dict[str, Any]) -> tuple[Caller, Caller, frozenset[str]]:
        scopes, texts = scopes_of(claims), claims_of_token(claims)
        principal = texts.get("sub", "")
        return (
            Caller("jwt", principal_id=principal, claims=texts),
            Caller("jwt", principal_id=principal, claims=texts, scopes=scopes),
            frozenset(scopes),
        )

    def missing(self) -> GatewayError:
        return GatewayError(UNAUTHORIZED, "there is no token")

    def refused(self, refused: RefusedError) -> GatewayError:
        return GatewayError(UNAUTHORIZED, refused.reason)

    def lacks_scope(self) -> GatewayError:
        return GatewayError(SCOPE_FORBIDDEN, "the token has none of the scopes")
