"""The claims of id and access tokens as Cognito writes them, and how long tokens of an app client are good for.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from msgspec import Struct

from limen.jose import base64url

SIGN_IN_SCOPE = "aws.cognito.signin.user.admin"
"""Of tokens that a sign-in by API gave: they may ask for and change the user's own data."""
TRUTHS = ("email_verified", "phone_number_verified")
"""Attributes that are no text in a token."""

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_DEFAULTS = {"AccessToken": (1, "hours"), "IdToken": (1, "hours"), "RefreshToken": (30, "days")}


class Validity(Struct, frozen=True):
    """Seconds."""

    access: int
    id: int
    refresh: int


class Grant(Struct, frozen=True):
    """What a sign-in gives tokens for."""

    issuer: str
    client_id: str
    username: str
    subject: str
    """The user's sub, which never changes."""
    authenticated: int
    """Epoch seconds of the sign-in that the session began with."""
    attributes: Mapping[str, str] = {}
    """Those that the client may read."""
    groups: Sequence[str] = ()
    """By precedence."""
    roles: Sequence[str] = ()
    preferred_role: str | None = None
    scopes: Sequence[str] = (SIGN_IN_SCOPE,)
    origin: str | None = None
    """Id of the session; None where the client's tokens cannot be revoked."""
    event: str = ""
    more: Mapping[str, Any] = {}
    """Claims that somebody asks for; they cannot take the place of those that say who signs for whom."""


def validity_of(client: Mapping[str, Any]) -> Validity:
    """Of the document of an app client."""
    access, identity, refresh = (_seconds(client, name) for name in _DEFAULTS)
    return Validity(access, identity, refresh)


def id_claims(grant: Grant, now: int, validity: int) -> dict[str, Any]:
    own = {
        "iss": grant.issuer,
        "cognito:username": grant.username,
        "aud": grant.client_id,
        "event_id": grant.event,
        "token_use": "id",
        "auth_time": grant.authenticated,
    }
    attributes = {name: value == "true" if name in TRUTHS else value for name, value in grant.attributes.items()}
    roles: dict[str, Any] = {"cognito:roles": list(grant.roles)} if grant.roles else {}
    if grant.preferred_role:
        roles["cognito:preferred_role"] = grant.preferred_role
    return {**grant.more, **attributes, **_common(grant, now, validity), **roles, **own}


def access_claims(grant: Grant, now: int, validity: int) -> dict[str, Any]:
    """Tokens that OAuth gives tell their version, those of a sign-in by API do not."""
    own = {
        "iss": grant.issuer,
        "client_id": grant.client_id,
        "event_id": grant.event,
        "token_use": "access",
        "scope": " ".join(grant.scopes),
        "auth_time": grant.authenticated,
        "username": grant.username,
    }
    version = {} if list(grant.scopes) == [SIGN_IN_SCOPE] else {"version": 2}
    return {**grant.more, **_common(grant, now, validity), **own, **version}


def half_hash(token: str) -> str:
    """`at_hash` of an access token by RS256 (OpenID Connect Core, section 3.1.3.6)."""
    return base64url.encode(hashlib.sha256(token.encode("ascii")).digest()[:16]).decode("ascii")


def client_claims(issuer: str, client_id: str, scopes: Sequence[str], now: int, validity: int) -> dict[str, Any]:
    """Of an access token that a client gets for itself (client_credentials): its subject is the client."""
    return {
        "sub": client_id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": issuer,
        "exp": now + validity,
        "iat": now,
        "version": 2,
        "jti": str(uuid4()),
        "client_id": client_id,
    }


def _common(grant: Grant, now: int, validity: int) -> dict[str, Any]:
    claims: dict[str, Any] = {"sub": grant.subject}
    if grant.groups:
        claims["cognito:groups"] = list(grant.groups)
    if grant.origin is not None:
        claims["origin_jti"] = grant.origin
    return claims | {"exp": now + validity, "iat": now, "jti": str(uuid4())}


def _seconds(client: Mapping[str, Any], name: str) -> int:
    """Zero, which the model allows for refresh tokens, is their default."""
    amount, unit = _DEFAULTS[name]
    given = client.get(f"{name}Validity")
    if given:
        amount, unit = given, client.get("TokenValidityUnits", {}).get(name, unit)
    return amount * _SECONDS[unit]
