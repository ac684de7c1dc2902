"""A user that comes to be: what it may be called, with which attributes."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from limen.control.call import Call
from limen.control.pools.accounts import User, fold, put_account
from limen.control.pools.documents import USER, Pool
from limen.control.pools.errors import invalid_parameter, user_exists
from limen.control.pools.schema import is_email, is_phone_number

_KINDS = {"email": (is_email, "an email"), "phone_number": (is_phone_number, "a phone number")}


class Names:
    """What a user is called, and what its attributes become by that."""

    def __init__(self, pool: Pool, given: str, attributes: Mapping[str, str]) -> None:
        self.subject = str(uuid4())
        self.attributes = dict(attributes)
        self.name = given
        if pool.username_attributes:
            kind = _kind_of(pool, given)
            self.name = self.subject
            self.attributes = {kind: given} | self.attributes
        else:
            _check_no_alias(pool, given)
        self.key = fold(pool, self.name)


def add_account(
    call: Call, pool: Pool, names: Names, *, exists: str, takes_aliases: bool = False, **fields: Any
) -> User:
    """Raises UsernameExistsException with the message `exists` where there is one of that name."""
    if call.documents.get(USER, pool.id, names.key) is not None:
        raise user_exists(exists)
    document = {
        "Username": names.name,
        "_sub": names.subject,
        "Attributes": names.attributes,
        "Enabled": True,
        "UserCreateDate": call.now,
        "UserLastModifiedDate": call.now,
        **fields,
    }
    return put_account(call, User(pool, names.key, document), None, takes_aliases=takes_aliases)


def _kind_of(pool: Pool, given: str) -> str:
    allowed = pool.username_attributes
    for kind in allowed:
        if _KINDS[kind][0](given):
            return kind
    words = [_KINDS[kind][1] for kind in allowed]
    raise invalid_parameter(f"Username should be {'either ' if len(words) > 1 else ''}{' or '.join(words)}.")


def _check_no_alias(pool: Pool, given: str) -> None:
    """A name that looks like an alias could be somebody else's."""
    for kind in pool.alias_attributes:
        if kind in _KINDS and _KINDS[kind][0](given):
            word = "email" if kind == "email" else "phone number"
            raise invalid_parameter(
                f"Username cannot be of {word} format, since user pool is configured for {word} alias."
            )
