"""`limen version`."""

import typer

from limen import __version__


def version() -> None:
    """Print the version."""
    typer.echo(f"limen {__version__}")
