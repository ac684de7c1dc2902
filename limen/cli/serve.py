"""`limen serve`: all of Limen in one command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.options import takes_settings
from limen.config import Settings, SettingsError, find_unused


@takes_settings()
def serve(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="OpenAPI files to deploy", exists=True, dir_okay=False, readable=True),
    ] = None,
) -> None:
    """Serve APIs of the store and of files. Runs until SIGTERM or Ctrl-C."""
    from limen.supervisor import serve as run

    if settings.watch and not files:
        raise SettingsError("--watch needs a FILE to watch")
    for name in find_unused(settings):
        print(f"limen: setting {name} is stored: this version does not act on it", file=sys.stderr)  # noqa: T201
    raise typer.Exit(run(settings, files or []))
