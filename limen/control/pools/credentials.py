"""What is kept of a user's password: a slow hash, and the verifier of SRP, both sealed.

The verifier is as good as a fast hash to whoever steals it: sealed, it is worth nothing without the key of the data
directory, which is not in the store.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from limen.control.call import Answer, Aside, Call
from limen.control.pools.accounts import User
from limen.control.pools.documents import Pool
from limen.control.pools.errors import weak_password
from limen.identity.passwords import find_weakness, hash_password, is_password
from limen.identity.sealing import Sealer
from limen.identity.srp import Verifier, make_verifier

PURPOSE = "password"


class Kept(Struct, frozen=True):
    hashed: str
    verifier: Verifier


def check_password_policy(pool: Pool, password: str) -> None:
    weakness = find_weakness(password, pool.policy)
    if weakness is not None:
        raise weak_password(weakness)


def with_password(call: Call, pool: Pool, username: str, password: str, go_on: Callable[[Call, str], Answer]) -> Aside:
    """Goes on with what is to be kept of a password, as text."""
    sealer = call.settings.pool_tools.sealer

    def work() -> str:
        kept = Kept(hash_password(password), make_verifier(pool.id, username, password))
        return sealer.seal(msgspec.json.encode(kept), f"{PURPOSE} {pool.id}")

    return Aside(work, go_on)


def when_checked(call: Call, user: User, password: str, go_on: Callable[[Call, bool], Answer]) -> Aside:
    """Goes on with whether it is the user's password."""
    kept = find_kept(call.settings.pool_tools.sealer, user)

    def work() -> bool:
        return kept is not None and is_password(password, kept.hashed)

    return Aside(work, go_on)


def find_kept(sealer: Sealer, user: User) -> Kept | None:
    """None for a user without a password."""
    sealed: Any = user.document.get("_password")
    if sealed is None:
        return None
    return msgspec.json.decode(sealer.open(sealed, f"{PURPOSE} {user.pool.id}"), type=Kept)


def fingerprint(user: User) -> str:
    """Other for each password that was ever set; empty where there is none."""
    sealed = user.document.get("_password")
    return "" if sealed is None else hashlib.sha256(sealed.encode()).hexdigest()
