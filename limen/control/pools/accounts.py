"""The documents of users: found by name or alias, put with all their aliases, deleted with all that is theirs."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from limen.control.call import Call
from limen.control.pools.documents import ALIAS, MEMBER, USER, Pool
from limen.control.pools.errors import alias_exists, no_user, user_exists
from limen.control.pools.schema import as_list
from limen.store.documents import Document


class User(Struct, frozen=True):
    """`key`: of its document; the name, whose case may not count."""

    pool: Pool
    key: str
    document: Document

    @property
    def name(self) -> str:
        return str(self.document["Username"])

    @property
    def subject(self) -> str:
        return str(self.document["_sub"])

    @property
    def status(self) -> str:
        return str(self.document["UserStatus"])

    @property
    def is_enabled(self) -> bool:
        return bool(self.document["Enabled"])

    @property
    def attributes(self) -> dict[str, str]:
        return {"sub": self.subject, **self.document["Attributes"]}

    @property
    def groups(self) -> list[str]:
        return list(self.document.get("_groups", []))

    def described(self) -> dict[str, Any]:
        """As lists show it."""
        names = ("Username", "UserCreateDate", "UserLastModifiedDate", "Enabled", "UserStatus")
        return {name: self.document[name] for name in names} | {"Attributes": as_list(self.attributes)}


def find_account(call: Call, pool: Pool, name: str) -> User | None:
    """By the user's name, its sub, or an alias."""
    folded = fold(pool, name)
    found = call.documents.get(USER, pool.id, folded)
    if found is not None:
        return User(pool, folded, found)
    for kind in ("sub", *pool.username_attributes, *pool.alias_attributes):
        alias = call.documents.get(ALIAS, pool.id, f"{kind}:{folded if kind != 'sub' else name}")
        if alias is not None:
            return User(pool, alias["user"], call.documents.get(USER, pool.id, alias["user"]) or {})
    return None


def get_account(call: Call, pool: Pool, name: str) -> User:
    found = find_account(call, pool, name)
    if found is None:
        raise no_user()
    return found


def put_account(call: Call, user: User, before: User | None, *, takes_aliases: bool = False) -> User:
    """Stores a user with its aliases; `takes_aliases`: one that another user has goes over to this one."""
    pool = user.pool
    old = set(_aliases(before)) if before is not None else set()
    new = set(_aliases(user))
    for alias in sorted(new - old):
        _claim_alias(call, user, alias, takes_aliases)
    for alias in old - new:
        call.documents.delete(ALIAS, pool.id, alias)
    for alias in new:
        call.documents.put(ALIAS, pool.id, alias, {"user": user.key})
    call.documents.put(USER, pool.id, user.key, user.document)
    return user


def change(call: Call, user: User, **changes: Any) -> User:
    """Stores a user with other fields; None takes a field away."""
    document = user.document | changes | {"UserLastModifiedDate": call.now}
    kept = {name: value for name, value in document.items() if value is not None}
    return put_account(call, User(user.pool, user.key, kept), user)


def delete_account(call: Call, user: User) -> None:
    pool = user.pool
    for group in user.groups:
        call.documents.delete(MEMBER, pool.members_parent(group), user.key)
    for alias in _aliases(user):
        call.documents.delete(ALIAS, pool.id, alias)
    call.documents.delete_children(pool.sessions_parent(user.subject))
    call.documents.delete(USER, pool.id, user.key)


def fold(pool: Pool, name: str) -> str:
    return name if pool.is_case_sensitive else name.lower()


def _aliases(user: User) -> Iterator[str]:
    """An email or telephone number is an alias once it is verified; where it is the user's name, from the start."""
    attributes, pool = user.document["Attributes"], user.pool
    yield f"sub:{user.subject}"
    for name in pool.username_attributes:
        if attributes.get(name):
            yield f"{name}:{fold(pool, attributes[name])}"
    for name in pool.alias_attributes:
        if attributes.get(name) and (name == "preferred_username" or attributes.get(f"{name}_verified") == "true"):
            yield f"{name}:{fold(pool, attributes[name])}"


def _claim_alias(call: Call, user: User, alias: str, takes: bool) -> None:
    pool = user.pool
    holder = call.documents.get(ALIAS, pool.id, alias)
    if holder is None or holder["user"] == user.key:
        return
    kind = alias.partition(":")[0]
    if kind in pool.username_attributes:
        raise user_exists(f"An account with the given {kind} already exists.")
    if not takes:
        raise alias_exists(kind)
    other = call.documents.get(USER, pool.id, holder["user"])
    if other is not None:
        unverified = other["Attributes"] | {f"{kind}_verified": "false"}
        if kind == "preferred_username":
            unverified = {name: value for name, value in other["Attributes"].items() if name != kind}
        call.documents.put(USER, pool.id, holder["user"], other | {"Attributes": unverified})
