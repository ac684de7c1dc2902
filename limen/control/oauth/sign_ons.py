"""Sign-ons: a browser that has signed in to a pool need not do so again for an hour, for whatever app of the pool.

The cookie is opaque, and counts as long as its document is there: with the user's sessions it goes. A password that
has changed ends it too.
"""

import hmac
from collections.abc import Mapping
from uuid import uuid4

from msgspec import Struct

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.oauth.places import Place
from limen.control.pools.accounts import User, find_account
from limen.control.pools.credentials import fingerprint
from limen.control.pools.documents import SIGN_ON, Pool
from limen.control.pools.first_factor import check_state
from limen.identity.refresh import new_refresh_token, read_refresh_token

LIFETIME = 3600
"""Seconds from the sign-in, as on AWS."""
MOST_SIGN_ONS = 100
"""Of one user: past it the oldest ends."""


class SignOn(Struct, frozen=True):
    user: User
    authenticated: int


def begin_sign_on(call: Call, user: User) -> str:
    """What the cookie holds."""
    parent, key, now = user.pool.sessions_parent(user.subject), str(uuid4()), call.settings.pool_tools.now()
    token = new_refresh_token(user.subject, key)
    read = read_refresh_token(token)
    assert read is not None
    if call.documents.count(SIGN_ON, parent) >= MOST_SIGN_ONS:
        call.documents.delete(SIGN_ON, parent, call.documents.list(SIGN_ON, parent, limit=1)[0][0])
    document = {
        "digest": read.digest,
        "authenticated": now,
        "expires": now + LIFETIME,
        "password": fingerprint(user),
    }
    call.documents.put(SIGN_ON, parent, key, document)
    return token


def find_sign_on(call: Call, pool: Pool, place: Place, cookies: Mapping[str, str]) -> SignOn | None:
    read = read_refresh_token(cookies.get(_name(place), ""))
    if read is None:
        return None
    document = call.documents.get(SIGN_ON, pool.sessions_parent(read.subject), read.origin)
    if document is None or not hmac.compare_digest(document["digest"], read.digest):
        return None
    user = find_account(call, pool, read.subject)
    if user is None or document["expires"] <= call.settings.pool_tools.now():
        return None
    if not hmac.compare_digest(document["password"], fingerprint(user)) or user.status == "FORCE_CHANGE_PASSWORD":
        return None
    try:
        check_state(call, user)
    except AwsError:
        return None
    return SignOn(user, document["authenticated"])


def end_sign_on(call: Call, pool: Pool, place: Place, cookies: Mapping[str, str]) -> None:
    read = read_refresh_token(cookies.get(_name(place), ""))
    if read is None:
        return
    parent = pool.sessions_parent(read.subject)
    document = call.documents.get(SIGN_ON, parent, read.origin)
    if document is not None and hmac.compare_digest(document["digest"], read.digest):
        call.documents.delete(SIGN_ON, parent, read.origin)


def sign_on_cookie(place: Place, value: str) -> tuple[str, str]:
    """A header; an empty value takes the cookie away. APIs below the same host are not sent it, nor can scripts see
    it."""
    age = LIFETIME if value else 0
    path = f"{place.base}/"
    return "Set-Cookie", f"{_name(place)}={value}; Path={path}; Max-Age={age}; Secure; HttpOnly; SameSite=Lax"


def _name(place: Place) -> str:
    """On a host of its own, nobody else's page can set it: browsers see to that by the prefix."""
    return "__Secure-limen-sign-on" if place.base else "__Host-limen-sign-on"
