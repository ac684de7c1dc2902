"""`limen functions`: the Lambda functions that there are, with the URLs that lead to them."""

from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings

FUNCTIONS_PATH = "/2015-03-31/functions"
COLUMNS = {
    "NAME": "FunctionName",
    "RUNTIME": "Runtime",
    "HANDLER": "Handler",
    "STATE": "State",
    "TIMEOUT": "Timeout",
    "MEMORY": "MemorySize",
    "MODIFIED": "LastModified",
    "URLS": "Urls",
}


@takes_settings("data_dir", "host", "admin_port")
def functions(
    settings: Settings, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")] = False
) -> None:
    """List the Lambda functions, with the URLs of the routes that call them."""
    from limen.cli.admin_port import AdminPort

    port = AdminPort(settings)
    routes = port.ask("/_limen/routes")
    found = [each | {"Urls": urls_of(each, routes)} for each in list_functions(port)]
    if as_json:
        print_json(found)
        return
    shown = [each | {"State": each.get("State", "Active"), "Urls": ", ".join(each["Urls"])} for each in found]
    print_columns(list(COLUMNS), [[each.get(member) for member in COLUMNS.values()] for each in shown])


def list_functions(port: Any) -> Iterator[dict[str, Any]]:
    """All pages of ListFunctions; `port` is the AdminPort."""
    query = ""
    while True:
        answer = port.call_lambda(FUNCTIONS_PATH, query)
        yield from answer.get("Functions", [])
        marker = answer.get("NextMarker")
        if not marker:
            return
        query = urlencode({"Marker": marker}, quote_via=quote)


def urls_of(function: dict[str, Any], routes: list[dict[str, Any]]) -> list[str]:
    """Those whose integration names the function, whatever its qualifier."""
    arn = str(function.get("FunctionArn", ""))
    return [
        str(route["url"])
        for route in routes
        if any(part.partition("/")[0] == arn or part.startswith(arn + ":") for part in _arns(str(route["integration"])))
    ]


def _arns(integration: str) -> Iterator[str]:
    """The ARNs of Lambda functions in the text of an integration: whole, or in the URI of an invocation."""
    begin = integration.find("arn:aws:lambda:")
    while begin >= 0:
        following = integration.find("arn:aws:lambda:", begin + 1)
        yield integration[begin : following if following >= 0 else None]
        begin = following
