"""Sessions: begun by a sign-in, continued by a refresh token, ended by a revocation, a sign-out or their age."""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from limen.control.call import Call
from limen.control.pools.accounts import User, find_account
from limen.control.pools.documents import GROUP, KEYS, SESSION, Client, find_client_of, find_pool
from limen.control.pools.errors import not_authorized
from limen.control.pools.keys import sign
from limen.identity.refresh import new_refresh_token, read_refresh_token
from limen.identity.scopes import attributes_for
from limen.identity.tokens import SIGN_IN_SCOPE, Grant, access_claims, half_hash, id_claims, validity_of
from limen.jose.compact import parse_token
from limen.jose.errors import TokenError
from limen.jose.key_set import make_key_set
from limen.store.documents import Document

MOST_SESSIONS = 1000
"""Of one user: past it the oldest ends."""


class Session(Struct, frozen=True):
    origin: str
    document: Document

    @property
    def scopes(self) -> list[str]:
        return list(self.document["scopes"])


class Bearer(Struct, frozen=True):
    """Whose access token came with a call."""

    user: User
    client: Client
    claims: dict[str, Any]


def begin_session(
    call: Call,
    client: Client,
    user: User,
    *,
    scopes: Sequence[str] = (SIGN_IN_SCOPE,),
    more: Mapping[str, Any] = {},
    nonce: str | None = None,
    authenticated: int | None = None,
) -> dict[str, Any]:
    """AuthenticationResult of somebody who has signed in; `more`: further claims of its tokens.

    `nonce`: of whoever asked for an id token; `authenticated`: when the user did, where that was before.
    """
    tools = call.settings.pool_tools
    origin, parent = str(uuid4()), client.pool.sessions_parent(user.subject)
    token = new_refresh_token(user.subject, origin)
    read = read_refresh_token(token)
    assert read is not None
    now = tools.now()
    document = {
        "ClientId": client.id,
        "digest": read.digest,
        "authenticated": now if authenticated is None else authenticated,
        "expires": now + validity_of(client.document).refresh,
        "scopes": list(scopes),
    }
    if call.documents.count(SESSION, parent) >= MOST_SESSIONS:
        call.documents.delete(SESSION, parent, call.documents.list(SESSION, parent, limit=1)[0][0])
    call.documents.put(SESSION, parent, origin, document)
    return _tokens(call, client, user, Session(origin, document), more, nonce) | {"RefreshToken": token}


def refreshed(call: Call, client: Client, refresh_token: str) -> tuple[User, Session]:
    """Whose session a refresh token continues; NotAuthorizedException where it does not."""
    read = read_refresh_token(refresh_token)
    if read is None:
        raise not_authorized("Invalid Refresh Token")
    document = call.documents.get(SESSION, client.pool.sessions_parent(read.subject), read.origin)
    user = find_account(call, client.pool, read.subject)
    if document is None:
        raise not_authorized("Refresh Token has been revoked" if user is not None else "Invalid Refresh Token")
    if document["ClientId"] != client.id or not hmac.compare_digest(document["digest"], read.digest):
        raise not_authorized("Invalid Refresh Token")
    if document["expires"] <= call.settings.pool_tools.now():
        raise not_authorized("Refresh Token has expired")
    if user is None:
        raise not_authorized("Invalid Refresh Token")
    if not user.is_enabled:
        raise not_authorized("User is disabled.")
    return user, Session(read.origin, document)


def tokens_again(call: Call, client: Client, user: User, session: Session) -> dict[str, Any]:
    """AuthenticationResult of a session that goes on."""
    return _tokens(call, client, user, session, {})


def end_session(call: Call, client: Client, refresh_token: str) -> None:
    """Whatever is no token of this client's is ended already."""
    read = read_refresh_token(refresh_token)
    if read is None:
        return
    parent = client.pool.sessions_parent(read.subject)
    document = call.documents.get(SESSION, parent, read.origin)
    if document is None or document["ClientId"] != client.id:
        return
    if hmac.compare_digest(document["digest"], read.digest):
        call.documents.delete(SESSION, parent, read.origin)


def end_all_sessions(call: Call, user: User) -> None:
    call.documents.delete_children(user.pool.sessions_parent(user.subject))


def bearer_of(call: Call, access_token: str, *, scope: str = SIGN_IN_SCOPE) -> Bearer:
    """Who an access token was given to; NotAuthorizedException where it does not count any more.

    `scope`: one that it has to have; none where that is empty.
    """
    claims = _verified_claims(call, access_token)
    if claims.get("token_use") != "access" or "username" not in claims:
        raise not_authorized("Invalid Access Token")
    if claims["exp"] <= call.settings.pool_tools.now():
        raise not_authorized("Access Token has expired")
    if scope and scope not in claims["scope"].split(" "):
        raise not_authorized("Access Token does not have required scopes")
    pool = find_pool(call, claims["iss"].rpartition("/")[2])
    user = find_account(call, pool, claims["sub"])
    if user is None:
        raise not_authorized("Invalid Access Token")
    if not user.is_enabled:
        raise not_authorized("User is disabled.")
    origin = claims.get("origin_jti")
    parent = pool.sessions_parent(user.subject)
    if origin is None:
        is_over = claims["iat"] <= user.document.get("_signedOut", 0)
    else:
        is_over = call.documents.get(SESSION, parent, origin) is None
    if is_over:
        raise not_authorized("Access Token has been revoked")
    return Bearer(user, find_client_of(call, pool, claims["client_id"]), claims)


def _verified_claims(call: Call, text: str) -> dict[str, Any]:
    """Of a token that one of our pools signed."""
    try:
        token = parse_token(text.encode("ascii", "replace"))
    except TokenError:
        raise not_authorized("Invalid Access Token") from None
    issuer = token.claims.get("iss")
    pool_id = issuer.rpartition("/")[2] if isinstance(issuer, str) else ""
    keys = call.documents.get(KEYS, pool_id, "keys") if pool_id else None
    if keys is None or issuer != call.settings.issuer_of(pool_id) or make_key_set(keys).find_signer(token) is None:
        raise not_authorized("Invalid Access Token")
    return token.claims


def _tokens(
    call: Call, client: Client, user: User, session: Session, more: Mapping[str, Any], nonce: str | None = None
) -> dict[str, Any]:
    now, validity = call.settings.pool_tools.now(), validity_of(client.document)
    grant = grant_of(call, client, user, session.scopes, session.document["authenticated"])
    if client.can_revoke:
        grant = replace(grant, origin=session.origin)
    grant = replace(grant, more=more)
    access = sign(call, client.pool.id, "access", access_claims(grant, now, validity.access))
    answer: dict[str, Any] = {"AccessToken": access, "ExpiresIn": validity.access, "TokenType": "Bearer"}
    if {SIGN_IN_SCOPE, "openid"} & set(session.scopes):
        claims = id_claims(grant, now, validity.id)
        if "openid" in session.scopes:
            claims["at_hash"] = half_hash(access)
        if nonce is not None:
            claims["nonce"] = nonce
        answer["IdToken"] = sign(call, client.pool.id, "id", claims)
    return answer


def grant_of(call: Call, client: Client, user: User, scopes: Sequence[str], authenticated: int) -> Grant:
    """What a client's tokens say of a user."""
    readable = client.document.get("ReadAttributes")
    attributes = {
        name: value
        for name, value in user.document["Attributes"].items()
        if value and (readable is None or name in readable) and not name.startswith("dev:")
    }
    groups = _groups_of(call, user)
    attributes = attributes_for(scopes, attributes)
    roles = [group["RoleArn"] for group in groups if group.get("RoleArn")]
    return Grant(
        issuer=call.settings.issuer_of(client.pool.id),
        client_id=client.id,
        username=user.name,
        subject=user.subject,
        authenticated=authenticated,
        attributes=attributes,
        groups=[group["GroupName"] for group in groups],
        roles=list(dict.fromkeys(roles)),
        preferred_role=_preferred_role(groups),
        scopes=scopes,
        event=str(uuid4()),
    )


def _groups_of(call: Call, user: User) -> list[Document]:
    """The most important first."""
    found = [call.documents.get(GROUP, user.pool.groups_parent, name) for name in user.groups]
    return sorted((group for group in found if group is not None), key=_precedence)


def _preferred_role(groups: list[Document]) -> str | None:
    """That of the most important group, unless two of the same importance have different ones."""
    with_role = [group for group in groups if group.get("RoleArn")]
    if not with_role:
        return None
    best = {group["RoleArn"] for group in with_role if _precedence(group) == _precedence(with_role[0])}
    return best.pop() if len(best) == 1 else None


def _precedence(group: Document) -> float:
    precedence = group.get("Precedence")
    return float("inf") if precedence is None else float(precedence)
