"""`limen keys`: API keys of the running server, with the usage plans that they are in."""

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode

import typer

from limen.cli.durations import parse_duration
from limen.cli.failure import CommandError, RefusedError
from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.cli.admin_port import AdminPort

PATH = "/_limen/keys"
AS_JSON = typer.Option("--json", help="Print JSON")
KEY = typer.Argument(metavar="KEY", help="Id of a key, or its name where only one has it")

keys = typer.Typer(help="API keys and the usage plans that they are in.", no_args_is_help=True)


@keys.command("list")
@takes_settings("data_dir", "host", "admin_port")
def list_keys(
    settings: Settings,
    name: Annotated[str, typer.Option(metavar="TEXT", help="Only those whose name begins so")] = "",
    plan: Annotated[str | None, typer.Option(metavar="PLAN", help="Only those in this plan: name or id")] = None,
    values: Annotated[bool, typer.Option("--values", help="Show the values too")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """List keys."""
    found = [
        key
        for key in _all_keys(_port(settings), values)
        if str(key.get("name", "")).startswith(name) and (plan is None or _is_in(key, plan))
    ]
    if as_json:
        print_json(found)
        return
    titles = ["KEY", "NAME", "CUSTOMER", "ENABLED", "PLANS", "CREATED", "ENDS", *(["VALUE"] if values else [])]
    print_columns(titles, [_row(key) for key in found])


@keys.command("create")
@takes_settings("data_dir", "host", "admin_port")
def create(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the key")],
    plans: Annotated[
        list[str] | None, typer.Option("--plan", metavar="PLAN", help="Usage plan that it joins: name or id")
    ] = None,
    value: Annotated[str | None, typer.Option(metavar="VALUE", help="Its value [default: a random one]")] = None,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="The customer that it is for")] = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for")] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="NAME=VALUE", help="A tag")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="It does not work yet")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Create a key, and print its value."""
    port = _port(settings)
    plan_ids = [_find_plan(port, plan) for plan in plans or []]
    optional = {"value": value, "customerId": customer, "description": description, "tags": _read_tags(tags or [])}
    members = {"name": name, "enabled": not disabled} | {each: given for each, given in optional.items() if given}
    key = port.call_aws("POST", "/apikeys", members=members)
    try:
        for plan_id in plan_ids:
            port.call_aws("POST", f"/usageplans/{plan_id}/keys", members={"keyId": key["id"], "keyType": "API_KEY"})
    except CommandError:
        port.call_aws("DELETE", f"/apikeys/{key['id']}")
        raise
    _print_value(key, as_json)


@keys.command("rotate")
@takes_settings("data_dir", "host", "admin_port")
def rotate(
    settings: Settings,
    key: Annotated[str, KEY],
    grace: Annotated[
        str, typer.Option(metavar="TIME", help="For how long the old key goes on: 30m, 12h, 7d or PT2H")
    ] = "0",
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Make a key in place of another, with its name, tags and plans, and print the value of the new one."""
    port = _port(settings)
    asked = {"graceSeconds": parse_duration(grace, "--grace")}
    path, query = f"{PATH}/{_find_key(port, key)}/rotation", urlencode({"region": port.region})
    _print_value(port.ask(path, method="POST", query=query, body=json.dumps(asked).encode()), as_json)


@keys.command("revoke")
@takes_settings("data_dir", "host", "admin_port")
def revoke(settings: Settings, key: Annotated[str, KEY]) -> None:
    """Delete a key; what it used stays counted."""
    port = _port(settings)
    key_id = _find_key(port, key)
    port.call_aws("DELETE", f"/apikeys/{key_id}")
    typer.echo(f"revoked key {key_id}")


def _port(settings: Settings) -> "AdminPort":
    from limen.cli.admin_port import AdminPort

    return AdminPort(settings)


def _all_keys(port: "AdminPort", with_values: bool = False) -> list[dict[str, Any]]:
    query = urlencode({"region": port.region, "values": "true" if with_values else "false"})
    found: list[dict[str, Any]] = port.ask(PATH, query=query)
    return found


def _find_key(port: "AdminPort", wanted: str) -> str:
    """The id, encoded for a path."""
    encoded = quote(wanted, safe="")
    try:
        port.call_aws("GET", f"/apikeys/{encoded}")
        return encoded
    except RefusedError as error:
        if error.code != "NotFoundException":
            raise
    found = [key["id"] for key in _all(port, "/apikeys", name=wanted) if key.get("name") == wanted]
    if len(found) != 1:
        reason = f"{len(found)} keys have the name {wanted}: give an id" if found else f"there is no key {wanted}"
        raise CommandError(reason)
    return quote(found[0], safe="")


def _find_plan(port: "AdminPort", wanted: str) -> str:
    found: list[str] = [plan["id"] for plan in _all(port, "/usageplans") if wanted in (plan["id"], plan["name"])]
    if len(found) != 1:
        raise CommandError(f"{len(found) or 'no'} usage plans have the name or id {wanted}")
    return found[0]


def _all(port: "AdminPort", path: str, **query: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    position: dict[str, str] = {}
    while True:
        page = port.call_aws("GET", path, urlencode({"limit": "500", **query, **position}))
        found += page["item"]
        if "position" not in page:
            return found
        position = {"position": page["position"]}


def _read_tags(options: list[str]) -> dict[str, str]:
    tags = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name:
            raise CommandError(f"--tag must be NAME=VALUE, not {option!r}")
        tags[name] = value
    return tags


def _is_in(key: dict[str, Any], plan: str) -> bool:
    return any(plan in (each["id"], each["name"]) for each in key["plans"])


def _row(key: dict[str, Any]) -> list[object]:
    plans = ", ".join(each["name"] for each in key["plans"])
    row = [key["id"], key.get("name"), key.get("customerId"), "yes" if key.get("enabled") else "no", plans]
    return [*row, key["createdDate"], key["expires"], *([key["value"]] if "value" in key else [])]


def _print_value(key: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(key)
        return
    typer.echo(key["value"])
    typer.echo(f"key {key['id']}", err=True)
