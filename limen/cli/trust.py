"""`limen trust`: has this machine trust the local certificate authority, so that browsers and curl need no option."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from limen.cli.failure import CommandError
from limen.cli.options import takes_settings
from limen.config import Settings
from limen.data_dir import DataDirectory


@takes_settings("data_dir")
def trust(
    settings: Settings,
    remove: Annotated[bool, typer.Option("--remove", help="Take the certificate authority out again")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the commands, run none")] = False,
) -> None:
    """Trust the local certificate authority. Installs it in the trust store of this system."""
    from limen.cli.trust_stores import Certificate, TrustError, find_trust_store

    path = DataDirectory(settings.data_dir).certificate_authority.absolute()
    if not path.exists():
        raise CommandError(f"there is no {path}: start limen serve first, or give --data-dir")
    try:
        certificate = Certificate.read(path)
        store = find_trust_store(sys.platform, Path("/"))
        commands = store.commands_to_remove(certificate) if remove else store.commands_to_install(certificate)
        if only_print:
            for command in commands:
                typer.echo(str(command))
            return
        if remove and store.is_surely_absent(certificate):
            typer.echo(f"{path} is not installed")
            return
        for command in commands:
            typer.echo(str(command))
            command.run()
    except TrustError as error:
        raise CommandError(str(error)) from error
    typer.echo(f"{path} is {'no longer trusted' if remove else 'trusted'} by this system")
