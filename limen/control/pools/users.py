"""Users as administrators make, see, change and delete them."""

from typing import Any

from limen.control.call import Answer, Call
from limen.control.pools.accounts import User, change, delete_account, get_account
from limen.control.pools.changes import changed_attributes
from limen.control.pools.credentials import check_password_policy, with_password
from limen.control.pools.documents import USER, Pool, find_pool
from limen.control.pools.errors import invalid_parameter, refused
from limen.control.pools.filters import compile_filter
from limen.control.pools.new_users import Names, add_account
from limen.control.pools.own_user import sign_out, without_attributes
from limen.control.pools.pages import list_after, read_token, render_token
from limen.control.pools.schema import as_list, as_map, check_new
from limen.identity.passwords import temporary_password

DAY = 24 * 3600
MOST_SHOWN = 60
MOST_LOOKED_AT = 5000
"""Users that one call of ListUsers looks at; a page may end before it is full, as on AWS."""
_BATCH = 200


def admin_create_user(call: Call, members: dict[str, Any]) -> Answer:
    pool = find_pool(call, members["UserPoolId"])
    password = members.get("TemporaryPassword") or temporary_password(pool.policy)
    check_password_policy(pool, password)
    if members.get("MessageAction") == "RESEND":
        return _invite_again(call, pool, members["Username"], password)
    names = Names(pool, members["Username"], as_map(members.get("UserAttributes")))
    check_new(pool.schema, names.attributes, needs_required=False)

    def go_on(then: Call, kept: str) -> Answer:
        user = add_account(
            then,
            pool,
            names,
            exists="User account already exists",
            takes_aliases=bool(members.get("ForceAliasCreation")),
            UserStatus="FORCE_CHANGE_PASSWORD",
            **temporary(then, pool, kept),
        )
        if members.get("MessageAction") != "SUPPRESS":
            _send_invitation(then, user, password)
        return {"User": user.described()}

    return with_password(call, pool, names.name, password, go_on)


def temporary(call: Call, pool: Pool, kept: str) -> dict[str, Any]:
    """Fields of a user whose password is good until it is changed, for some days."""
    days = pool.policy.temporary_password_validity_days
    until = call.settings.pool_tools.now() + days * DAY if days else None
    return {"_password": kept, "_temporaryUntil": until}


def _invite_again(call: Call, pool: Pool, name: str, password: str) -> Answer:
    user = get_account(call, pool, name)
    if user.status != "FORCE_CHANGE_PASSWORD":
        message = f"Resend not possible. {user.status} status is not FORCE_CHANGE_PASSWORD"
        raise refused("UnsupportedUserStateException", message)

    def go_on(then: Call, kept: str) -> Answer:
        changed = change(then, get_account(then, pool, user.subject), **temporary(then, pool, kept))
        _send_invitation(then, changed, password)
        return {"User": changed.described()}

    return with_password(call, pool, user.name, password, go_on)


def _send_invitation(call: Call, user: User, password: str) -> None:
    to = user.attributes.get("email") or user.attributes.get("phone_number") or ""
    outbox = call.settings.pool_tools.outbox
    outbox.send(pool=user.pool.id, username=user.name, to=to, kind="temporary password", code=password)


def admin_get_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    described = _user(call, members).described()
    return described | {"UserAttributes": described["Attributes"]}


def list_users(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    matches = compile_filter(members.get("Filter", ""))
    if not set(members.get("AttributesToGet", [])) <= pool.schema.keys():
        raise invalid_parameter("One or more requested attributes do not exist.")
    limit = members.get("Limit") or MOST_SHOWN
    after = read_token(members["PaginationToken"]) if members.get("PaginationToken") else None
    shown: list[dict[str, Any]] = []
    for _ in range(MOST_LOOKED_AT // _BATCH):
        batch = list_after(call, USER, pool.id, after, _BATCH + 1)
        for key, document in batch[:_BATCH]:
            if len(shown) == limit:
                return {"Users": shown, "PaginationToken": render_token(after or "")}
            after = key
            user = User(pool, key, document)
            if matches(user):
                shown.append(_shown(user, members.get("AttributesToGet")))
        if len(batch) <= _BATCH:
            return {"Users": shown}
    return {"Users": shown, "PaginationToken": render_token(after or "")}


def _shown(user: User, wanted: list[str] | None) -> dict[str, Any]:
    described = user.described()
    if wanted is None:
        return described
    attributes = {name: value for name, value in user.attributes.items() if name in wanted}
    return described | {"Attributes": as_list(attributes)}


def admin_update_user_attributes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    changed_attributes(call, _user(call, members), as_map(members["UserAttributes"]), is_admin=True)
    return {}


def admin_delete_user_attributes(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    without_attributes(call, _user(call, members), members["UserAttributeNames"])
    return {}


def admin_enable_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    change(call, _user(call, members), Enabled=True)
    return {}


def admin_disable_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """Ends all sessions too."""
    user = _user(call, members)
    sign_out(call, user)
    change(call, get_account(call, user.pool, user.subject), Enabled=False)
    return {}


def admin_delete_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    delete_account(call, _user(call, members))
    return {}


def admin_user_global_sign_out(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    sign_out(call, _user(call, members))
    return {}


def _user(call: Call, members: dict[str, Any]) -> User:
    return get_account(call, find_pool(call, members["UserPoolId"]), members["Username"])
