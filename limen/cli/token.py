"""`limen token`: a token of a user pool, signed by the running server, for tests and scripts."""

import json
from typing import Annotated

import typer

from limen.cli.failure import CommandError
from limen.cli.options import takes_settings
from limen.cli.pools import find_pool
from limen.config import Settings


@takes_settings("data_dir", "host", "admin_port")
def token(
    settings: Settings,
    pool: Annotated[str | None, typer.Option("--pool", metavar="NAME", help="Name or id; not needed for one")] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="Without one the client itself is the subject")
    ] = None,
    client: Annotated[
        str | None, typer.Option("--client", metavar="NAME", help="Name or id; not needed for one")
    ] = None,
    scopes: Annotated[list[str] | None, typer.Option("--scope", metavar="SCOPE", help="Such as orders/read")] = None,
    is_access: Annotated[
        bool | None, typer.Option("--access/--id", help="Which token [default: access with a scope, else id]")
    ] = None,
    claims: Annotated[
        list[str] | None, typer.Option("--claim", metavar="NAME=VALUE", help="One more claim; the value may be JSON")
    ] = None,
) -> None:
    """Print a token of a user pool; nobody has to sign in for it."""
    from limen.cli.admin_port import AdminPort

    port = AdminPort(settings)
    wants_access = bool(scopes) or user is None if is_access is None else is_access
    asked = {
        "userPoolId": find_pool(port, pool)["Id"],
        "user": user,
        "client": client,
        "scopes": scopes or [],
        "use": "access" if wants_access else "id",
        "claims": dict(_read_claim(each) for each in claims or []),
    }
    typer.echo(port.ask("/_limen/tokens", method="POST", body=json.dumps(asked).encode())["token"])


def _read_claim(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise CommandError(f"--claim must be NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
