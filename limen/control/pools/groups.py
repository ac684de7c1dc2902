"""Groups of users; which groups a user is in stands in its tokens."""

from typing import Any

from limen.aws.errors import AwsError
from limen.control.call import Call
from limen.control.pools.accounts import User, change, get_account
from limen.control.pools.documents import GROUP, MEMBER, USER, Pool, find_pool
from limen.control.pools.errors import invalid_parameter, not_found, refused
from limen.control.pools.pages import DEFAULT_SIZE, page, read_token, render_token
from limen.store.documents import Document

MOST_GROUPS = 100
"""That one user is in (AWS quotas)."""


def create_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, name = find_pool(call, members["UserPoolId"]), members["GroupName"]
    if call.documents.get(GROUP, pool.groups_parent, name) is not None:
        raise refused("GroupExistsException", "A group with the name already exists.")
    document = _settings(members) | {
        "GroupName": name,
        "UserPoolId": pool.id,
        "LastModifiedDate": call.now,
        "CreationDate": call.now,
    }
    call.documents.put(GROUP, pool.groups_parent, name, document)
    return {"Group": document}


def get_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    return {"Group": find_group(call, pool, members["GroupName"])}


def list_groups(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool = find_pool(call, members["UserPoolId"])
    shown, token = page(call, GROUP, pool.groups_parent, members)
    return {"Groups": [document for _, document in shown], "NextToken": token}


def update_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """What is not given stays."""
    pool = find_pool(call, members["UserPoolId"])
    group = find_group(call, pool, members["GroupName"])
    document = group | _settings(members) | {"LastModifiedDate": call.now}
    call.documents.put(GROUP, pool.groups_parent, members["GroupName"], document)
    return {"Group": document}


def delete_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, name = find_pool(call, members["UserPoolId"]), members["GroupName"]
    find_group(call, pool, name)
    for key, _ in call.documents.list(MEMBER, pool.members_parent(name)):
        document = call.documents.get(USER, pool.id, key)
        if document is not None:
            user = User(pool, key, document)
            change(call, user, _groups=[each for each in user.groups if each != name])
    call.documents.delete_children(pool.members_parent(name))
    call.documents.delete(GROUP, pool.groups_parent, name)
    return {}


def delete_all(call: Call, pool: Pool) -> None:
    """Of a pool that goes with its users."""
    for name, _ in call.documents.list(GROUP, pool.groups_parent):
        call.documents.delete_children(pool.members_parent(name))
    call.documents.delete_children(pool.groups_parent)


def admin_add_user_to_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, name = find_pool(call, members["UserPoolId"]), members["GroupName"]
    user = get_account(call, pool, members["Username"])
    find_group(call, pool, name)
    if name in user.groups:
        return {}
    if len(user.groups) >= MOST_GROUPS:
        raise refused("LimitExceededException", f"A user can be in {MOST_GROUPS} groups at most.")
    change(call, user, _groups=[*user.groups, name])
    call.documents.put(MEMBER, pool.members_parent(name), user.key, {})
    return {}


def admin_remove_user_from_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, name = find_pool(call, members["UserPoolId"]), members["GroupName"]
    user = get_account(call, pool, members["Username"])
    find_group(call, pool, name)
    if name in user.groups:
        change(call, user, _groups=[each for each in user.groups if each != name])
        call.documents.delete(MEMBER, pool.members_parent(name), user.key)
    return {}


def admin_list_groups_for_user(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    """In pages, whose token is the name of the last group shown: it may have left the user since."""
    pool = find_pool(call, members["UserPoolId"])
    names = sorted(get_account(call, pool, members["Username"]).groups)
    if members.get("NextToken"):
        after = read_token(members["NextToken"])
        names = [name for name in names if name > after]
    shown = names[: members.get("Limit") or DEFAULT_SIZE]
    token = render_token(shown[-1]) if len(shown) < len(names) else None
    return {"Groups": [find_group(call, pool, name) for name in shown], "NextToken": token}


def list_users_in_group(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    pool, name = find_pool(call, members["UserPoolId"]), members["GroupName"]
    find_group(call, pool, name)
    shown, token = page(call, MEMBER, pool.members_parent(name), members)
    found = [(key, call.documents.get(USER, pool.id, key)) for key, _ in shown]
    users = [User(pool, key, document).described() for key, document in found if document is not None]
    return {"Users": users, "NextToken": token}


def find_group(call: Call, pool: Pool, name: str) -> Document:
    found = call.documents.get(GROUP, pool.groups_parent, name)
    if found is None:
        raise _no_group()
    return found


def _no_group() -> AwsError:
    return not_found("Group not found.")


def _settings(members: dict[str, Any]) -> dict[str, Any]:
    if members.get("RoleArn") and ":role/" not in members["RoleArn"]:
        raise invalid_parameter("Role ARN is not valid.")
    names = ("Description", "RoleArn", "Precedence")
    return {name: members[name] for name in names if members.get(name) is not None}
