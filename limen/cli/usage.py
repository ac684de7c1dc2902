"""`limen usage`: what API keys used under their plans, and whether the counters agree with the ledger."""

import csv
import sys
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings

PATH = "/_limen/usage"
TIMEOUT = 120.0
"""Seconds: a month of many keys is read at once."""
COLUMNS = (
    *("time", "planId", "plan", "productCode", "keyId", "key", "customerId", "apiId", "stage", "method", "calls"),
)
"""Of an export."""

AS_JSON = typer.Option("--json", help="Print JSON")
PLAN = typer.Option(metavar="PLAN", help="Only this plan: name or id")
KEY = typer.Option(metavar="KEY", help="Only this key: name or id")
START = typer.Option("--start", metavar="DAY", help="First day, in UTC [default: that of --end]")
END = typer.Option("--end", metavar="DAY", help="Last day, in UTC [default: today]")

usage = typer.Typer(help="What API keys used under their usage plans.", no_args_is_help=True)


@usage.command("show")
@takes_settings("data_dir", "host", "admin_port")
def show(
    settings: Settings,
    plan: Annotated[str | None, PLAN] = None,
    key: Annotated[str | None, KEY] = None,
    start: Annotated[str | None, START] = None,
    end: Annotated[str | None, END] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show by day what keys used, and what they had left of their quota at its end."""
    rows = _ask(settings, "", plan=plan, key=key, start=start, end=end)
    if as_json:
        print_json(rows)
        return
    shown = [
        [row["day"], row["plan"], row["key"] or row["keyId"], row["customerId"], row["used"], row["remaining"]]
        for row in rows
    ]
    print_columns(["DAY", "PLAN", "KEY", "CUSTOMER", "USED", "LEFT"], shown)


@usage.command("export")
@takes_settings("data_dir", "host", "admin_port")
def export(
    settings: Settings,
    plan: Annotated[str | None, PLAN] = None,
    key: Annotated[str | None, KEY] = None,
    start: Annotated[str | None, START] = None,
    end: Annotated[str | None, END] = None,
    by: Annotated[str, typer.Option(metavar="day|hour", help="What is added up")] = "day",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of CSV")] = False,
) -> None:
    """Print calls by key, plan, stage, method, and day or hour, as CSV."""
    rows = _ask(settings, "/rows", plan=plan, key=key, start=start, end=end, by=by)
    if as_json:
        print_json(rows)
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([[_cell(row[name]) for name in COLUMNS] for row in rows])


@usage.command("verify")
@takes_settings("data_dir", "host", "admin_port")
def verify(
    settings: Settings,
    start: Annotated[str | None, START] = None,
    end: Annotated[str | None, END] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Compare the counters with the ledger, which each admitted call is written to; exit code 1 where they differ."""
    found = _ask(settings, "/verification", start=start, end=end)
    differences = found["differences"]
    if as_json:
        print_json(found)
    elif differences:
        titles = ["HOUR", "PLAN", "KEY", "API", "STAGE", "METHOD", "COUNTERS", "LEDGER"]
        members = ("hour", "planId", "keyId", "apiId", "stage", "method", "counters", "ledger")
        print_columns(titles, [[row[name] for name in members] for row in differences])
    else:
        typer.echo(f"{found['calls']} calls from {found['start']} to {found['end']}: counters and ledger agree")
    if differences:
        raise CommandError(f"counters and ledger differ in {len(differences)} places")


def _ask(settings: Settings, path: str, **query: str | None) -> Any:
    from limen.cli.admin_port import AdminPort

    given = {name: value for name, value in query.items() if value is not None}
    return AdminPort(settings).ask(PATH + path, query=urlencode(given), timeout=TIMEOUT)


def _cell(value: object) -> object:
    """Names begin with no character that a spreadsheet takes for the beginning of a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return "" if value is None else value
