"""What a token has to be like, and whether it is: checked in API Gateway's order (guide, "Controlling access to HTTP
APIs with JWT authorizers")."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from limen.jose.compact import Token
from limen.jose.key_set import KeySet

_SHOWN = re.compile(r"[A-Za-z0-9._:/+=@-]{1,64}")


class RefusedError(Exception):
    """Raised for a token that is not good; the message is what its bearer is told, in printable ASCII."""

    def __init__(self, description: str, *, reason: str = "", has_expired: bool = False) -> None:
        super().__init__(description)
        self.description = description
        self.reason = reason or description
        """For logs."""
        self.has_expired = has_expired


class ClaimRule(Struct, frozen=True):
    """One of `additionalClaims` of a REST API's authorizer."""

    name: str
    is_required: bool
    expected: frozenset[str]
    """Empty: any text, but one text alone (`format` SINGLE_STRING)."""


class IssuerRules(Struct, frozen=True):
    name: str
    audiences: frozenset[str] = frozenset()
    """Empty: not asked for."""
    takes_client_id: bool = False
    """In place of an audience where a token has none."""
    claims: tuple[ClaimRule, ...] = ()
    token_use: str = ""
    """Of user pools: `id` or `access`."""
    audience_pattern: str = ""
    """Of user pools: an expression of RE2 that the audience has to match as a whole."""
    is_own: bool = False
    """Only where the keys are Limen's own: nothing of that name is fetched."""


class TokenRules(Struct, frozen=True):
    """Equal rules take equal tokens."""

    kind: str
    issuers: tuple[IssuerRules, ...]
    algorithms: frozenset[str]
    longest_age: float
    """Seconds that the keys of an issuer may be old."""


def check_algorithm(token: Token, rules: TokenRules) -> None:
    if token.algorithm not in rules.algorithms:
        raise RefusedError(f"signing method {shown(token.algorithm)} is invalid")


def check_signature(token: Token, keys: KeySet, problem: str, rules: TokenRules) -> None:
    """`problem`: why there may be keys that are not known."""
    if token.key_id not in keys:
        raise RefusedError(problem or f"kid {shown(token.key_id)} not found")
    if token.algorithm not in keys.algorithms_of(token.key_id):
        raise RefusedError(f"signing method {shown(token.algorithm)} is invalid", reason="the key is of another type")
    if keys.find_signer(token) is None:
        raise RefusedError("signature is invalid")


def check_times(claims: Mapping[str, Any], now: float) -> float:
    """When the token expires, in epoch seconds. To the second, without leeway."""
    expires = _time(claims, "exp")
    if expires is None:
        raise RefusedError('unable to decode "exp" from payload', reason="it has no exp")
    if expires <= now:
        raise RefusedError("the token has expired", has_expired=True)
    begins = _time(claims, "nbf")
    if begins is not None and begins > now:
        raise RefusedError("the token is not valid yet")
    issued = _time(claims, "iat")
    if issued is not None and issued > now:
        raise RefusedError("the token was issued in the future")
    return expires


def check_audience(claims: Mapping[str, Any], rules: IssuerRules) -> None:
    if not rules.audiences:
        return
    audience = claims.get("aud")
    if audience is None and rules.takes_client_id:
        audience = claims.get("client_id")
        if isinstance(audience, list):
            audience = None
    if rules.audiences.isdisjoint(_texts("aud", audience)):
        raise RefusedError("the token does not have a valid audience")


def check_claims(claims: Mapping[str, Any], rules: IssuerRules) -> None:
    """Those that a REST API asks for beside the usual ones."""
    for rule in rules.claims:
        value = claims.get(rule.name)
        if value is None:
            if rule.is_required:
                raise RefusedError(f"the token does not have the claim {shown(rule.name)}")
            continue
        if not isinstance(value, str) or (rule.expected and value not in rule.expected):
            raise RefusedError(f"the claim {shown(rule.name)} of the token is not valid")


def scopes_of(claims: Mapping[str, Any]) -> list[str]:
    """`scope`, else `scp`: a text with spaces between, or a list of texts."""
    value = claims.get("scope")
    name = "scope"
    if value is None:
        value, name = claims.get("scp"), "scp"
    if isinstance(value, str):
        return value.split(" ") if " " in value else [value] if value else []
    return _texts(name, value)


def shown(text: str) -> str:
    """What a client chose, where it is harmless in a header."""
    return text if _SHOWN.fullmatch(text) else "(not shown)"


def _texts(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise RefusedError(f'unable to decode "{name}" from payload')


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if type(value) is not int and type(value) is not float:
        raise RefusedError(f'unable to decode "{name}" from payload')
    return float(value)
