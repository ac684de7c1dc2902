"""`limen trust`: has this machine trust the local certificate authority, so that browsers and curl need no option."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limen.cli.failure import CommandError
from limen.cli.options import takes_settings
from limen.config import Settings
from limen.data_dir import DataDirectory

if TYPE_CHECKING:
    from limen.cli.trust_stores import Command


@takes_settings("data_dir")
def trust(
    settings: Settings,
    remove: Annotated[bool, typer.Option("--remove", help="Take the certificate authority out again")] = False,
    only_print: Annotated[bool, typer.Option("--print", help="Print the commands, run none")] = False,
) -> None:
    """Trust the local certificate authority. Installs it in the trust store of this system, and with it those that
    sign for custom domain names."""
    from limen.cli.trust_stores import Certificate, TrustError, find_trust_store

    path = DataDirectory(settings.data_dir).certificate_authority.absolute()
    if not path.exists():
        raise CommandError(f"there is no {path}: start limen serve first, or give --data-dir")
    try:
        certificates = Certificate.read_all(path)
        store = find_trust_store(sys.platform, Path("/"))
        if remove and not only_print:
            certificates = [each for each in certificates if not store.is_surely_absent(each)]
        if not certificates:
            typer.echo(f"{path} is not installed")
            return
        change = store.commands_to_remove if remove else store.commands_to_install
        for command in _once_at_last([command for each in certificates for command in change(each)]):
            if only_print:
                typer.echo(str(command))
                continue
            typer.echo(str(command))
            command.run()
    except TrustError as error:
        raise CommandError(str(error)) from error
    if not only_print:
        typer.echo(f"{path} is {'no longer trusted' if remove else 'trusted'} by this system")


def _once_at_last(commands: "list[Command]") -> "list[Command]":
    """What gathers all that is installed is run once, behind them."""
    return list(reversed(dict.fromkeys(reversed(commands))))
