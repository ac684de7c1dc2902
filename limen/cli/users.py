"""`limen users`: user pools and their users, over Cognito's API of the running server."""

import sys
from typing import Annotated, Any

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.cli.pools import Port, find_pool, find_urls, list_all
from limen.config import Settings

FLOWS = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]

PoolOption = Annotated[str | None, typer.Option("--pool", metavar="NAME", help="Name or id; not needed for one")]
PasswordOption = Annotated[str | None, typer.Option("--password", help="Asked for where it is not given")]
GroupsOption = Annotated[list[str] | None, typer.Option("--group", metavar="NAME", help="Made where it is missing")]
AttributesOption = Annotated[
    list[str] | None, typer.Option("--attribute", metavar="NAME=VALUE", help="Such as email=ana@example.com")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")]

users = typer.Typer(help="User pools and their users.", no_args_is_help=True)


@users.command("create-pool")
@takes_settings("data_dir", "host", "admin_port")
def create_pool(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    clients: Annotated[list[str] | None, typer.Option("--client", metavar="NAME", help="App client to make")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="User to make")] = None,
    password: PasswordOption = None,
    groups: GroupsOption = None,
    attributes: AttributesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a user pool, with app clients, a user and groups."""
    port = _port(settings)
    if any(pool["Name"] == name for pool in list_all(port, "ListUserPools", "UserPools", MaxResults=60)):
        raise CommandError(f"there is a user pool {name} already; limen users add makes more users")
    wanted = _read_password(password) if user is not None else ""
    pool = port.call_users("CreateUserPool", {"PoolName": name})["UserPool"]
    made = [
        port.call_users(
            "CreateUserPoolClient",
            {
                "UserPoolId": pool["Id"],
                "ClientName": client,
                "ExplicitAuthFlows": FLOWS,
                "PreventUserExistenceErrors": "ENABLED",
            },
        )["UserPoolClient"]
        for client in clients or []
    ]
    if user is not None:
        _add_user(port, pool["Id"], user, wanted, attributes or [])
    _put_into_groups(port, pool["Id"], user, groups or [])
    rows = [["pool", name, pool["Id"]], *(["client", each["ClientName"], each["ClientId"]] for each in made)]
    urls = find_urls(port, pool["Id"])
    if as_json:
        named = {each["ClientName"]: each["ClientId"] for each in made}
        print_json({"userPoolId": pool["Id"], "clients": named, **urls})
        return
    print_columns(["MADE", "NAME", "ID"], [*rows, *([["user", user, None]] if user else [])])
    _print_urls(urls)


@users.command("urls")
@takes_settings("data_dir", "host", "admin_port")
def urls_of(settings: Settings, pool: PoolOption = None, as_json: JsonOption = False) -> None:
    """Print where a pool is found: as an issuer of tokens, and its sign-in pages and OAuth endpoints."""
    port = _port(settings)
    urls = find_urls(port, find_pool(port, pool)["Id"])
    if as_json:
        print_json(urls)
    else:
        _print_urls(urls)


@users.command("list")
@takes_settings("data_dir", "host", "admin_port")
def list_users(settings: Settings, pool: PoolOption = None, as_json: JsonOption = False) -> None:
    """List the users of a pool, or all pools where there are several and none is named."""
    port = _port(settings)
    pools = list(list_all(port, "ListUserPools", "UserPools", MaxResults=60))
    if pool is None and len(pools) != 1:
        rows = [[each["Name"], each["Id"], len(_clients(port, each["Id"])), _count(port, each["Id"])] for each in pools]
        if as_json:
            print_json([dict(zip(("name", "id", "clients", "users"), row, strict=True)) for row in rows])
        else:
            print_columns(["POOL", "ID", "CLIENTS", "USERS"], rows)
        return
    found = _users(port, find_pool(port, pool)["Id"])
    if as_json:
        print_json(found)
        return
    columns = ["USER", "STATUS", "ENABLED", "EMAIL"]
    print_columns(columns, [[user["Username"], user["UserStatus"], user["Enabled"], _email(user)] for user in found])


@users.command("add")
@takes_settings("data_dir", "host", "admin_port")
def add(
    settings: Settings,
    user: Annotated[str, typer.Argument(metavar="USER")],
    pool: PoolOption = None,
    password: PasswordOption = None,
    groups: GroupsOption = None,
    attributes: AttributesOption = None,
) -> None:
    """Make a user with a password, who can sign in at once."""
    port = _port(settings)
    pool_id = find_pool(port, pool)["Id"]
    _add_user(port, pool_id, user, _read_password(password), attributes or [])
    _put_into_groups(port, pool_id, user, groups or [])


@users.command("delete")
@takes_settings("data_dir", "host", "admin_port")
def delete(settings: Settings, user: Annotated[str, typer.Argument(metavar="USER")], pool: PoolOption = None) -> None:
    """Delete a user."""
    port = _port(settings)
    port.call_users("AdminDeleteUser", {"UserPoolId": find_pool(port, pool)["Id"], "Username": user})


@users.command("set-password")
@takes_settings("data_dir", "host", "admin_port")
def set_password(
    settings: Settings,
    user: Annotated[str, typer.Argument(metavar="USER")],
    pool: PoolOption = None,
    password: PasswordOption = None,
) -> None:
    """Give a user another password."""
    port = _port(settings)
    _set_password(port, find_pool(port, pool)["Id"], user, _read_password(password))


@users.command("groups")
@takes_settings("data_dir", "host", "admin_port")
def groups_of(
    settings: Settings,
    user: Annotated[str | None, typer.Argument(metavar="[USER]")] = None,
    pool: PoolOption = None,
    added: Annotated[list[str] | None, typer.Option("--add", metavar="GROUP", help="Put the user into it")] = None,
    removed: Annotated[list[str] | None, typer.Option("--remove", metavar="GROUP", help="Take the user out")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the groups of a pool with their users, or change and list those of a user."""
    port = _port(settings)
    pool_id = find_pool(port, pool)["Id"]
    if user is None and (added or removed):
        raise CommandError("say which user to put into groups or take out")
    if user is not None:
        _put_into_groups(port, pool_id, user, added or [])
        for name in removed or []:
            port.call_users("AdminRemoveUserFromGroup", {"UserPoolId": pool_id, "Username": user, "GroupName": name})
        asked = {"UserPoolId": pool_id, "Username": user}
        found = {each["GroupName"]: [user] for each in port.call_users("AdminListGroupsForUser", asked)["Groups"]}
    else:
        groups = list_all(port, "ListGroups", "Groups", UserPoolId=pool_id)
        found = {each["GroupName"]: _members(port, pool_id, each["GroupName"]) for each in groups}
    if as_json:
        print_json(found)
        return
    print_columns(["GROUP", "USERS"], [[name, ", ".join(members)] for name, members in found.items()])


def _print_urls(urls: dict[str, str]) -> None:
    print(f"\nissuer: {urls['issuer']}\npages:  {urls['pages']}")  # noqa: T201


def _port(settings: Settings) -> Port:
    from limen.cli.admin_port import AdminPort

    return AdminPort(settings)


def _add_user(port: Port, pool_id: str, user: str, password: str, attributes: list[str]) -> None:
    given = [_read_attribute(each) for each in attributes]
    members = {"UserPoolId": pool_id, "Username": user, "UserAttributes": given, "MessageAction": "SUPPRESS"}
    port.call_users("AdminCreateUser", members)
    try:
        _set_password(port, pool_id, user, password)
    except CommandError:
        port.call_users("AdminDeleteUser", {"UserPoolId": pool_id, "Username": user})
        raise


def _set_password(port: Port, pool_id: str, user: str, password: str) -> None:
    members = {"UserPoolId": pool_id, "Username": user, "Password": password, "Permanent": True}
    port.call_users("AdminSetUserPassword", members)


def _put_into_groups(port: Port, pool_id: str, user: str | None, groups: list[str]) -> None:
    known = {each["GroupName"] for each in list_all(port, "ListGroups", "Groups", UserPoolId=pool_id)} if groups else ()
    for name in groups:
        if name not in known:
            port.call_users("CreateGroup", {"UserPoolId": pool_id, "GroupName": name})
        if user is not None:
            port.call_users("AdminAddUserToGroup", {"UserPoolId": pool_id, "Username": user, "GroupName": name})


def _read_attribute(text: str) -> dict[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"--attribute must be NAME=VALUE, not {text!r}")
    return {"Name": name, "Value": value}


def _read_password(given: str | None) -> str:
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise CommandError("give a password with --password")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _users(port: Port, pool_id: str) -> list[dict[str, Any]]:
    return list(list_all(port, "ListUsers", "Users", "PaginationToken", UserPoolId=pool_id))


def _clients(port: Port, pool_id: str) -> list[dict[str, Any]]:
    return list(list_all(port, "ListUserPoolClients", "UserPoolClients", UserPoolId=pool_id))


def _count(port: Port, pool_id: str) -> int:
    return int(port.call_users("DescribeUserPool", {"UserPoolId": pool_id})["UserPool"]["EstimatedNumberOfUsers"])


def _members(port: Port, pool_id: str, group: str) -> list[str]:
    found = list_all(port, "ListUsersInGroup", "Users", UserPoolId=pool_id, GroupName=group)
    return [str(user["Username"]) for user in found]


def _email(user: dict[str, Any]) -> str | None:
    return next((each["Value"] for each in user["Attributes"] if each["Name"] == "email"), None)
