"""Passwords as administrators set and reset them."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.accounts import change, get_account
from limen.control.pools.codes import FORGOTTEN, find_recovery, send_code
from limen.control.pools.credentials import check_password_policy, with_password
from limen.control.pools.documents import find_pool
from limen.control.pools.errors import invalid_parameter, not_authorized
from limen.control.pools.users import temporary


def admin_set_user_password(call: Call, members: dict[str, Any]) -> Answer:
    pool = find_pool(call, members["UserPoolId"])
    user = get_account(call, pool, members["Username"])
    check_password_policy(pool, members["Password"])
    is_permanent = bool(members.get("Permanent"))

    def go_on(then: Call, kept: str) -> Answer:
        current = get_account(then, pool, user.subject)
        if is_permanent:
            change(then, current, _password=kept, _temporaryUntil=None, UserStatus="CONFIRMED")
        else:
            change(then, current, UserStatus="FORCE_CHANGE_PASSWORD", **temporary(then, pool, kept))
        then.settings.pool_tools.passwords.succeed((pool.id, current.key))
        return {}

    return with_password(call, pool, user.name, members["Password"], go_on)


def admin_reset_user_password(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """The old password is of no use any more; a code is sent to set a new one."""
    pool = find_pool(call, members["UserPoolId"])
    user = get_account(call, pool, members["Username"])
    if not user.is_enabled:
        raise not_authorized("User is disabled.")
    if user.status == "FORCE_CHANGE_PASSWORD":
        raise not_authorized("User password cannot be reset in the current state.")
    attribute = find_recovery(pool, user.attributes)
    if attribute is None:
        raise invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
    send_code(call, change(call, user, UserStatus="RESET_REQUIRED"), FORGOTTEN, attribute)
    return {}
