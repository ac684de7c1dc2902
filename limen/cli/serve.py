"""`limen serve`: all of Limen in one command."""

import ssl
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.options import read_parameter_options, takes_settings
from limen.config import Settings, SettingsError


@takes_settings()
def serve(
    settings: Settings,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE", help="OpenAPI files or templates to deploy", exists=True, dir_okay=False, readable=True
        ),
    ] = None,
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", help="Value of a parameter of a template", metavar="NAME=VALUE")
    ] = None,
) -> None:
    """Serve APIs of the store and of files. Runs until SIGTERM or Ctrl-C."""
    from limen.supervisor import serve as run

    if settings.watch and not files:
        raise SettingsError("--watch needs a FILE to watch")
    if files and settings.role == "gateway":
        raise SettingsError("a gateway node deploys no FILE: give it to a node that is control, or to limen deploy")
    _check_upstream_ca(settings.upstream_ca)
    raise typer.Exit(run(settings, files or [], read_parameter_options(parameters or [])))


def _check_upstream_ca(path: str | None) -> None:
    """Said here in one line: workers would say it again and again."""
    if path is None:
        return
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise SettingsError(f"upstream_ca: {path} holds no certificates in PEM form") from None
    except OSError as error:
        raise SettingsError(f"upstream_ca: {path}: {error.strerror}") from None
