"""`limen routes`: what is served, with URLs to call."""

from typing import Annotated, Any

import typer

from limen.cli.listing import callable_urls, print_columns, print_json
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
    print_columns(list(COLUMNS), [_row(route) for route in answer])


def _row(route: dict[str, Any]) -> list[object]:
    """With URLs on domain names before that on the API's own host, which may be closed."""
    cells = [route.get(member) for member in COLUMNS.values()]
    return [*cells[:-1], callable_urls(route)]
