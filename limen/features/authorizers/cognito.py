"""Authorizers of REST APIs that take tokens of user pools.

Guide: "Control access to a REST API using Amazon Cognito user pools as authorizer". A method without scopes takes
identity tokens, one with scopes access tokens.
"""

from typing import Any

import re2

from limen.features.authorizers.cognito_names import issuers_of_pool
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.jwt_rules import IssuerRules, RefusedError, TokenRules, check_times, scopes_of
from limen.features.authorizers.jwt_step import compile_token_step
from limen.features.authorizers.jwt_texts import claims_of_pool
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway.caller import Caller
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.rest_errors import UNAUTHORIZED
from limen.gateway.route_plan import Step
from limen.jose.algorithms import RSA_ALGORITHMS

LONGEST_AGE = 3600.0
"""Seconds that keys are kept."""

EXPIRED = "The incoming token has expired"


def compile_pools_of_method(guarded: Guarded, tools: AuthorizerTools) -> Step:
    """Raises PlanError."""
    authorizer = guarded.authorizer or {}
    if authorizer.get("type") != "COGNITO_USER_POOLS":
        raise PlanError(f"{guarded.where} has no authorizer of user pools")
    pattern = authorizer.get("identityValidationExpression") or ""
    use = "access" if guarded.method.get("authorizationScopes") else "id"
    names = [name for arn in authorizer.get("providerARNs") or () for name in issuers_of_pool(arn, tools.authority)]
    issuers = tuple(
        IssuerRules(name, is_own=is_own, token_use=use, audience_pattern=pattern)
        for name, is_own in dict.fromkeys(names)
    )
    if not issuers:
        raise PlanError(f"the authorizer of {guarded.where} names no user pool")
    rules = TokenRules("cognito", issuers, RSA_ALGORITHMS, LONGEST_AGE)
    return compile_token_step(rules, authorizer.get("identitySource") or "", PoolTokens(pattern), guarded, tools)


class PoolTokens:
    """A TokenKind."""

    def __init__(self, pattern: str) -> None:
        self._pattern = _compile_pattern(pattern) if pattern else None

    def check(self, claims: dict[str, Any], issuer: IssuerRules, now: float) -> float:
        expires = check_times(claims, now)
        if claims.get("token_use") != issuer.token_use:
            raise RefusedError(f"token_use is not {issuer.token_use}")
        if self._pattern is not None:
            audience = claims.get("aud")  # access tokens have none, and match nothing
            if not isinstance(audience, str) or not self._pattern.fullmatch(audience):
                raise RefusedError("aud does not match the validation expression")
        return expires

    def make_callers(self, claims: dict[str, Any]) -> tuple[Caller, Caller, frozenset[str]]:
        texts = claims_of_pool(claims)
        caller = Caller("cognito", principal_id=texts.get("sub", ""), claims=texts)
        return caller, caller, frozenset(scopes_of(claims))

    def missing(self) -> GatewayError:
        return GatewayError(UNAUTHORIZED, "there is no token")

    def refused(self, refused: RefusedError) -> GatewayError:
        message = EXPIRED if refused.has_expired else None
        return GatewayError(UNAUTHORIZED, refused.reason, message=message)

    def lacks_scope(self) -> GatewayError:
        """401, unlike other authorizers (guide)."""
        return GatewayError(UNAUTHORIZED, "the token has none of the scopes")


def _compile_pattern(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)  # type: ignore[no-untyped-call]
    except re2.error:
        raise PlanError(f"the validation expression {pattern!r} is none") from None
