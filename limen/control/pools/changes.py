"""Attributes of a user that is there, changed: by the user or an administrator."""

from collections.abc import Mapping

from limen.control.call import Call
from limen.control.pools.accounts import User, change
from limen.control.pools.errors import invalid_parameter
from limen.control.pools.schema import check_changed


def changed_attributes(call: Call, user: User, given: Mapping[str, str], *, is_admin: bool) -> tuple[User, list[str]]:
    """The user, and the attributes that have to be verified anew. An empty value takes an attribute away."""
    check_changed(user.pool.schema, given)
    before = user.document["Attributes"]
    attributes = before | dict(given)
    unverified: list[str] = []
    for name in ("email", "phone_number"):
        if name in given and given[name] != before.get(name) and f"{name}_verified" not in given:
            attributes[f"{name}_verified"] = "false"
            if given[name] and name in user.pool.auto_verified:
                unverified.append(name)
    _check_names(user, given)
    kept = {name: value for name, value in attributes.items() if value != ""}
    return change(call, user, Attributes=kept), [] if is_admin else unverified


def _check_names(user: User, given: Mapping[str, str]) -> None:
    """What a user is found by, alone, cannot be taken away."""
    for name in user.pool.username_attributes:
        if given.get(name) == "" and not any(
            user.document["Attributes"].get(other) for other in user.pool.username_attributes if other != name
        ):
            raise invalid_parameter(f"User is found by its {name} alone: it cannot be empty")
