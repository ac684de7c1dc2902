"""Filters of ListUsers: `attribute = "value"` or, for what begins with it, `attribute ^= "value"`."""

import re
from collections.abc import Callable

from limen.control.pools.accounts import User
from limen.control.pools.errors import invalid_parameter

_FILTER = re.compile(r'\s*"?([A-Za-z_:]{1,64})"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ATTRIBUTES = ("email", "phone_number", "name", "given_name", "family_name", "preferred_username", "sub")


def compile_filter(text: str) -> Callable[[User], bool]:
    """An empty filter lets all through; InvalidParameterException for what is none."""
    if not text.strip():
        return lambda user: True
    found = _FILTER.fullmatch(text)
    if found is None:
        raise invalid_parameter("One or more requested attributes do not exist or the filter is not well-formed.")
    name, operator, quoted = found.groups()
    wanted = re.sub(r"\\(.)", r"\1", quoted)
    read, is_folded = _reader(name)
    if is_folded:
        wanted = wanted.lower()

    def matches(user: User) -> bool:
        value = read(user)
        if value is None:
            return False
        value = value.lower() if is_folded else value
        return value.startswith(wanted) if operator == "^=" else value == wanted

    return matches


def _reader(name: str) -> tuple[Callable[[User], str | None], bool]:
    """What to compare, and whether case does not count."""
    if name == "username":
        return lambda user: user.name, False
    if name in ("cognito:user_status", "user_status"):
        return lambda user: user.status, True
    if name == "status":
        return lambda user: "Enabled" if user.is_enabled else "Disabled", False
    if name in _ATTRIBUTES:
        return lambda user: user.attributes.get(name), False
    raise invalid_parameter("One or more requested attributes do not exist or cannot be searched.")
