"""`limen version`, and `limen --version`."""

from typing import Annotated

import typer

from limen import __version__


def version() -> None:
    """Print the version."""
    typer.echo(f"limen {__version__}")


def _version_and_end(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


def version_option(
    _: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=_version_and_end, is_eager=True)
    ] = False,
) -> None:
    """Limen, a self-hosted API gateway that speaks Amazon API Gateway."""
