"""`limen check`: what Limen would do with each property of a file, before it is served."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.listing import printable
from limen.cli.options import takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.control.coverage import Report


@takes_settings("type")
def check(
    settings: Settings,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An OpenAPI file", exists=True, dir_okay=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines")] = False,
) -> None:
    """Say what is enforced, stored or refused. Exits with 1 when serve would refuse the file."""
    from limen.control.coverage import check_file

    report = check_file(file, settings.type)
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _print(report)
    raise typer.Exit(1 if report.is_refused else 0)


def _print(report: "Report") -> None:
    for error in report.errors:
        typer.echo(printable(f"{report.path}:{error.line}:{error.column}: {error.message}"))
    for line in report.summary_lines() if report.rows else ():
        typer.echo(printable(line))
    if report.rest_mark:
        typer.echo(printable(f"a REST API for its {report.rest_mark[-1]}, line {report.rest_line}"))
    concerns = [row for row in report.rows if row.classification.value != "enforced"]
    for row in sorted(concerns, key=lambda row: row.classification.value):  # refused before stored
        line = f" (line {row.line})" if row.line else ""
        typer.echo(printable(f"{row.classification.value}: {row.pointer}{line}: {row.reason}"))
