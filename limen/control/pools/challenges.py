"""Challenges: what is sealed into a Session or a SECRET_BLOCK, so that whoever answers need not be remembered."""

import hashlib
from typing import TypeVar

import msgspec
from msgspec import Struct

from limen.control.call import Call
from limen.control.pools.documents import Client
from limen.control.pools.errors import not_authorized, wrong_password
from limen.identity.sealing import SealError

T = TypeVar("T")


class NewPassword(Struct, frozen=True):
    """Somebody who gave a temporary password; `password`: fingerprint of what was kept of it."""

    client: str
    user: str
    expires: int
    password: str


class PasswordProof(Struct, frozen=True):
    """An exchange of SRP; `user` is None where there is none, and no answer is right."""

    client: str
    user: str | None
    name: str
    """As the user is called in the exchange, and counted for lock-outs."""
    expires: int
    client_public: str
    secret: str
    password: str
    """Fingerprint of what is kept of the password that it is about."""


def seal_challenge(call: Call, client: Client, challenge: Struct) -> str:
    purpose = _purpose(client, type(challenge))
    return call.settings.pool_tools.sealer.seal(msgspec.json.encode(challenge), purpose)


def open_challenge(call: Call, client: Client, sealed: str | None, kind: type[T]) -> T:
    if not sealed:
        raise not_authorized("Invalid session for the user.")
    try:
        content = call.settings.pool_tools.sealer.open(sealed, _purpose(client, kind))
    except SealError:
        raise (wrong_password() if kind is PasswordProof else not_authorized("Invalid session for the user.")) from None
    return msgspec.json.decode(content, type=kind)


def check_age(call: Call, expires: int) -> None:
    if expires <= call.settings.pool_tools.now():
        raise not_authorized("Invalid session for the user, session is expired.")


def use_up(call: Call, sealed: str, expires: int) -> None:
    """A challenge is answered once: who listened in cannot answer it again."""
    if not call.settings.pool_tools.used.use(hashlib.sha256(sealed.encode()).digest(), expires):
        raise not_authorized("Invalid session for the user, session can only be used once.")


def expiry(call: Call, client: Client) -> int:
    return call.settings.pool_tools.now() + 60 * int(client.document.get("AuthSessionValidity", 3))


def _purpose(client: Client, kind: type) -> str:
    return f"challenge {kind.__name__} {client.pool.id}"
