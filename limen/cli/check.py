"""`limen check`: what Limen would do with each property of a file, before it is served."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.listing import printable
from limen.cli.options import read_parameter_options, takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.control.coverage import Report


@takes_settings("type", "account_id", "region")
def check(
    settings: Settings,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An OpenAPI file or a template", exists=True, dir_okay=False)
    ],
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", help="Value of a parameter of a template", metavar="NAME=VALUE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines")] = False,
) -> None:
    """Say what is enforced, stored or refused. Exits with 1 when serve would refuse the file."""
    report = _check(settings, file, parameters or [])
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        _print(report)
    raise typer.Exit(1 if report.is_refused else 0)


def _check(settings: Settings, file: Path, parameters: list[str]) -> "Report":
    from limen.control.stacks.text import is_template_file

    given = read_parameter_options(parameters)
    if is_template_file(file):
        from limen.control.stacks.check import check_template

        return check_template(file, given, settings.account_id, settings.region)
    from limen.control.coverage import check_file

    return check_file(file, settings.type)


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
    for advice in report.advice_lines():
        typer.echo(printable(advice))
