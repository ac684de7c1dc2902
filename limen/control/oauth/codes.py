"""Authorization codes: for one client, one redirect URI, one challenge, once, within five minutes."""

import hashlib
import hmac
import re
from typing import Any
from uuid import uuid4

from msgspec import Struct

from limen.control.call import Call
from limen.control.oauth.asked import Asked
from limen.control.oauth.errors import OAuthError, invalid_grant
from limen.control.pools.accounts import User, find_account
from limen.control.pools.documents import CODE, SESSION, Client
from limen.identity.refresh import new_refresh_token, read_refresh_token
from limen.jose import base64url

LIFETIME = 300
MOST_CODES = 100
"""Of one user: past it the oldest counts no more."""

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Code(Struct, frozen=True):
    """One that was given back by its client; `document` says what it is for."""

    user: User
    parent: str
    key: str
    document: dict[str, Any]


def issue_code(call: Call, asked: Asked, user: User, authenticated: int) -> str:
    parent, key = user.pool.sessions_parent(user.subject), str(uuid4())
    text = new_refresh_token(user.subject, key)
    read = read_refresh_token(text)
    assert read is not None
    if call.documents.count(CODE, parent) >= MOST_CODES:
        call.documents.delete(CODE, parent, call.documents.list(CODE, parent, limit=1)[0][0])
    document = {
        "digest": read.digest,
        "ClientId": asked.client.id,
        "redirectUri": asked.redirect_uri,
        "scopes": asked.scopes,
        "nonce": asked.nonce,
        "challenge": asked.challenge,
        "authenticated": authenticated,
        "expires": call.settings.pool_tools.now() + LIFETIME,
    }
    call.documents.put(CODE, parent, key, document)
    return text


def take_code(call: Call, client: Client, text: str) -> Code:
    """Raises OAuthError for what is no code of the client's, and changes nothing then."""
    read = read_refresh_token(text)
    parent = "" if read is None else client.pool.sessions_parent(read.subject)
    document = None if read is None else call.documents.get(CODE, parent, read.origin)
    if read is None or document is None or not hmac.compare_digest(document["digest"], read.digest):
        raise invalid_grant("The code is not valid.")
    user = find_account(call, client.pool, read.subject)
    if document["ClientId"] != client.id or user is None:
        raise invalid_grant("The code is not valid.")
    return Code(user, parent, read.origin, document)


def find_refusal(call: Call, code: Code, redirect_uri: str | None, verifier: str | None) -> OAuthError | None:
    """Why a code gives no tokens. It counts no more then, and neither does what it was good for before: one that comes
    twice has been stolen (RFC 6749, section 4.1.2). The changes have to be kept."""
    document = code.document
    if "session" in document:
        call.documents.delete(SESSION, code.parent, document["session"])
        return invalid_grant("The code was used before.")
    if document["expires"] <= call.settings.pool_tools.now():
        refusal = invalid_grant("The code has expired.")
    elif redirect_uri != document["redirectUri"]:
        refusal = invalid_grant("redirect_uri is not the one that the code was asked for with.")
    elif not _is_verified(document["challenge"], verifier):
        refusal = invalid_grant("code_verifier does not match.")
    elif not code.user.is_enabled:
        refusal = invalid_grant("User is disabled.")
    else:
        return None
    call.documents.delete(CODE, code.parent, code.key)
    return refusal


def use_up(call: Call, code: Code, session: str) -> None:
    """The code stays until it would have expired, with the session that it has begun."""
    call.documents.put(CODE, code.parent, code.key, code.document | {"session": session})


def _is_verified(challenge: str | None, verifier: str | None) -> bool:
    """A verifier without a challenge is refused too: somebody may have taken the challenge out (RFC 9700, 4.8.2)."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())
    return hmac.compare_digest(challenge.encode("ascii"), digest)
