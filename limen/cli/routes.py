"""`limen routes`: what is served, with URLs to call."""

from typing import Annotated

import typer

from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings

COLUMNS = {
    "API": "apiId",
    "NAME": "apiName",
    "STAGE": "stage",
    "ROUTE": "routeKey",
    "INTEGRATION": "integration",
    "AUTHORIZER": "authorizer",
    "URL": "url",
}


@takes_settings("data_dir", "host", "admin_port")
def routes(
    settings: Settings, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")] = False
) -> None:
    """List the routes that are served, with URLs to call."""
    from limen.cli.admin_port import AdminPort

    answer = AdminPort(settings).ask("/_limen/routes")
    if as_json:
        print_json(answer)
        return
    print_columns(list(COLUMNS), [[route.get(member) for member in COLUMNS.values()] for route in answer])
