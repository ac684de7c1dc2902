"""Forgotten passwords: a code sent to an address that the user has verified, and a new password for it."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.accounts import User, change, find_account
from limen.control.pools.codes import FORGOTTEN, find_recovery, send_code, take_code
from limen.control.pools.credentials import check_password_policy, with_password
from limen.control.pools.documents import find_client
from limen.control.pools.errors import expired_code, invalid_parameter, not_authorized
from limen.control.pools.guards import check_secret_hash
from limen.control.pools.sign_up import imagined_delivery, no_combination


def forgot_password(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    client = find_client(call, members["ClientId"])
    check_secret_hash(call, client, [members["Username"]], members.get("SecretHash"))
    user = find_account(call, client.pool, members["Username"])
    if user is None:
        if client.hides_users:
            return {"CodeDeliveryDetails": imagined_delivery(call, client, members["Username"])}
        raise no_combination()
    attribute = find_recovery(client.pool, user.attributes)
    problem = _find_problem(user, attribute)
    if problem is not None or attribute is None:
        if client.hides_users:
            return {"CodeDeliveryDetails": imagined_delivery(call, client, members["Username"])}
        raise problem or expired_code()
    return {"CodeDeliveryDetails": send_code(call, user, FORGOTTEN, attribute)}


def confirm_forgot_password(call: Call, members: dict[str, Any]) -> Answer:
    client = find_client(call, members["ClientId"])
    check_secret_hash(call, client, [members["Username"]], members.get("SecretHash"))
    user = find_account(call, client.pool, members["Username"])
    if user is None:
        raise expired_code() if client.hides_users else no_combination()
    check_password_policy(client.pool, members["Password"])
    take_code(call, user, FORGOTTEN, members["ConfirmationCode"])
    if not user.is_enabled:
        raise not_authorized("User is disabled.")

    def go_on(then: Call, kept: str) -> Answer:
        """The code is taken here, so that of two answers with it one counts."""
        current = find_account(then, client.pool, user.subject)
        if current is None:
            raise expired_code()
        attribute, left = take_code(then, current, FORGOTTEN, members["ConfirmationCode"])
        attributes = dict(current.document["Attributes"])
        if attribute:
            attributes[f"{attribute}_verified"] = "true"
        change(then, current, _password=kept, _codes=left, UserStatus="CONFIRMED", Attributes=attributes)
        return {}

    return with_password(call, client.pool, user.name, members["Password"], go_on)


def _find_problem(user: User, attribute: str | None) -> Exception | None:
    """Why no code can be sent."""
    if not user.is_enabled:
        return not_authorized("User is disabled.")
    if user.pool.is_recovery_for_admins:
        return not_authorized("Contact administrator to reset password.")
    if user.status == "FORCE_CHANGE_PASSWORD":
        return not_authorized("User password cannot be reset in the current state.")
    if attribute is None:
        return invalid_parameter(
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        )
    return None
